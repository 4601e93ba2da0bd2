/** Actors that come and go: a room for each topic, a messenger for each message within it. */
import {
  assertEvent,
  assign,
  enqueueActions,
  fromPromise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
  type ActorRefFrom,
  type SnapshotFrom,
} from 'xstate';

type Post = Readonly<{ room: string; text: string; attempt: number }>;
type Delivered = { type: 'messenger.delivered'; text: string; attempts: number };
type Lost = { type: 'messenger.lost'; text: string };

const deliver = fromPromise<void, Post>(async () => {
  throw new Error('no wire is at hand');
});

/** Tries to deliver one message, three times. */
export const messenger = setup({
  types: {
    input: {} as Omit<Post, 'attempt'>,
    context: {} as Post,
    events: {} as { type: 'HURRY' },
  },
  actors: { deliver },
  guards: { isWorn: ({ context }) => context.attempt >= 3 },
}).createMachine({
  id: 'messenger',
  context: ({ input }) => ({ ...input, attempt: 0 }),
  initial: 'trying',
  states: {
    trying: {
      entry: assign({ attempt: ({ context }) => context.attempt + 1 }),
      invoke: {
        src: 'deliver',
        input: ({ context }) => context,
        onDone: 'delivered',
        onError: [{ guard: 'isWorn', target: 'lost' }, { target: 'resting' }],
      },
    },
    resting: {
      after: { 500: 'trying' },
      on: { HURRY: 'trying' },
    },
    delivered: {
      type: 'final',
      entry: sendParent(({ context }): Delivered => ({
        type: 'messenger.delivered',
        text: context.text,
        attempts: context.attempt,
      })),
    },
    lost: {
      type: 'final',
      entry: sendParent(({ context }): Lost => ({ type: 'messenger.lost', text: context.text })),
    },
  },
});

/** Counts what all rooms have to say. It has a name in the system, and no parent asks it. */
export const archive = setup({
  types: {
    context: {} as { lines: readonly string[] },
    events: {} as { type: 'KEEP'; line: string },
  },
}).createMachine({
  id: 'archive',
  context: { lines: [] },
  on: {
    KEEP: { actions: assign({ lines: ({ context, event }) => [...context.lines, event.line] }) },
  },
});

export const room = setup({
  types: {
    input: {} as { name: string },
    context: {} as { name: string; said: number; delivered: readonly string[] },
    events: {} as
      | Delivered
      | Lost
      | { type: 'SAY'; text: string }
      | { type: 'HURRY' }
      | { type: 'CLOSE' },
    output: {} as { delivered: number },
  },
  actors: { messenger },
  actions: {
    keep: sendTo(
      ({ system }) => system.get('archive'),
      ({ context }, { text }: { text: string }) => ({
        type: 'KEEP',
        line: `${context.name}: ${text}`,
      }),
    ),
  },
}).createMachine({
  id: 'room',
  context: ({ input }) => ({ name: input.name, said: 0, delivered: [] }),
  initial: 'open',
  states: {
    open: {
      on: {
        SAY: {
          actions: [
            assign({ said: ({ context }) => context.said + 1 }),
            spawnChild('messenger', {
              id: ({ context }) => `messenger-${context.said}`,
              input: ({ context, event }) => {
                assertEvent(event, 'SAY');
                return { room: context.name, text: event.text };
              },
            }),
          ],
        },
        HURRY: { actions: sendTo(({ context }) => `messenger-${context.said}`, { type: 'HURRY' }) },
        'messenger.delivered': {
          actions: [
            assign({
              delivered: ({ context, event }) => [
                ...context.delivered,
                `${event.text} (${event.attempts})`,
              ],
            }),
            { type: 'keep', params: ({ event }) => ({ text: event.text }) },
          ],
        },
        'messenger.lost': {
          actions: sendParent(({ context, event }) => ({
            type: 'room.complains',
            room: context.name,
            text: event.text,
          })),
        },
        CLOSE: 'closed',
      },
    },
    closed: { type: 'final' },
  },
  output: ({ context }) => ({ delivered: context.delivered.length }),
});

type Room = ActorRefFrom<typeof room>;

export const chat = setup({
  types: {
    context: {} as {
      rooms: Readonly<Record<string, Room>>;
      complaints: readonly string[];
      closed: readonly string[];
      lines: readonly string[];
    },
    events: {} as
      | { type: 'OPEN'; room: string }
      | { type: 'SAY'; room: string; text: string }
      | { type: 'HURRY'; room: string }
      | { type: 'CLOSE'; room: string }
      | { type: 'DROP'; room: string }
      | { type: 'room.complains'; room: string; text: string },
    children: {} as { archive: 'archive' },
  },
  actors: { room, archive },
}).createMachine({
  id: 'chat',
  context: { rooms: {}, complaints: [], closed: [], lines: [] },
  entry: spawnChild('archive', { id: 'archive', systemId: 'archive', syncSnapshot: true }),
  on: {
    OPEN: {
      guard: ({ context, event }) => !(event.room in context.rooms),
      actions: assign({
        rooms: ({ context, event, spawn }) => ({
          ...context.rooms,
          [event.room]: spawn('room', { id: `room-${event.room}`, input: { name: event.room } }),
        }),
      }),
    },
    SAY: {
      guard: ({ context, event }) => event.room in context.rooms,
      actions: sendTo(
        ({ event }) => `room-${event.room}`,
        ({ event }) => ({
          type: 'SAY',
          text: event.text,
        }),
      ),
    },
    HURRY: {
      guard: ({ context, event }) => event.room in context.rooms,
      actions: sendTo(({ event }) => `room-${event.room}`, { type: 'HURRY' }),
    },
    CLOSE: {
      guard: ({ context, event }) => event.room in context.rooms,
      actions: sendTo(({ event }) => `room-${event.room}`, { type: 'CLOSE' }),
    },
    DROP: {
      guard: ({ context, event }) => event.room in context.rooms,
      actions: enqueueActions(({ enqueue, context, event }) => {
        enqueue(stopChild(`room-${event.room}`));
        const { [event.room]: _dropped, ...rooms } = context.rooms;
        enqueue.assign({ rooms });
      }),
    },
    'room.complains': {
      actions: assign({
        complaints: ({ context, event }) => [...context.complaints, `${event.room}: ${event.text}`],
      }),
    },
    'xstate.done.actor.*': {
      actions: assign({
        closed: ({ context, event }) => {
          const { actorId, output } = event as unknown as { actorId: string; output: unknown };
          return [...context.closed, `${actorId} ${JSON.stringify(output)}`];
        },
      }),
    },
    'xstate.snapshot.archive': {
      actions: assign({
        lines: ({ context, event }) => {
          const { snapshot } = event as unknown as { snapshot: SnapshotFrom<typeof archive> };
          return snapshot.context?.lines ?? context.lines;
        },
      }),
    },
  },
});
