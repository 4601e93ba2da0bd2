/** An observable that is polled for readings, a reducer that counts them, and an alarm. */
import { assign, emit, fromObservable, fromTransition, log, raise, sendTo, setup } from 'xstate';

export type Reading = Readonly<{ celsius: number }>;
export type Statistics = Readonly<{ count: number; highest: number }>;

const statistics = fromTransition(
  (state: Statistics, event: { type: 'READING'; celsius: number } | { type: 'FORGET' }) =>
    event.type === 'FORGET'
      ? { count: 0, highest: 0 }
      : { count: state.count + 1, highest: Math.max(state.highest, event.celsius) },
  { count: 0, highest: 0 },
);

/** Never says anything. */
const silence = { subscribe: () => ({ unsubscribe() {} }) };

export const thermometer = setup({
  types: {
    context: {} as {
      celsius: number | null;
      statistics: Statistics;
      isOver: boolean;
      problem: string | null;
    },
    events: {} as
      | { type: 'BEGIN' }
      | { type: 'END' }
      | { type: 'FORGET' }
      | { type: 'TOO_HOT' }
      | { type: 'door.opened' }
      | { type: 'door.closed' },
    emitted: {} as { type: 'alarm'; celsius: number } | { type: 'allClear' },
    tags: {} as 'alarming',
  },
  actors: {
    poll: fromObservable<Reading, { everyMs: number }>(() => silence),
    statistics,
  },
  guards: {
    isHot: ({ context }) => (context.celsius ?? 0) > 30,
  },
}).createMachine({
  id: 'thermometer',
  context: {
    celsius: null,
    statistics: { count: 0, highest: 0 },
    isOver: false,
    problem: null,
  },
  invoke: {
    src: 'statistics',
    id: 'statistics',
    systemId: 'statistics',
    onSnapshot: {
      actions: assign({ statistics: ({ event }) => event.snapshot.context }),
    },
  },
  initial: 'off',
  on: { FORGET: { actions: sendTo('statistics', { type: 'FORGET' }) } },
  states: {
    off: { on: { BEGIN: 'on' } },
    on: {
      invoke: {
        src: 'poll',
        id: 'poll',
        input: { everyMs: 500 },
        onSnapshot: {
          actions: [
            assign({ celsius: ({ event }) => event.snapshot.context?.celsius ?? null }),
            sendTo(
              ({ system }) => system.get('statistics'),
              ({ context }) => ({
                type: 'READING',
                celsius: context.celsius ?? 0,
              }),
            ),
            log(({ context }) => context.celsius, 'reading'),
          ],
        },
        onDone: { target: 'off', actions: assign({ isOver: true }) },
        onError: {
          target: 'off',
          actions: assign({
            problem: ({ event }) => (event.error instanceof Error ? event.error.message : '?'),
          }),
        },
      },
      on: { END: 'off' },
      initial: 'fine',
      states: {
        fine: { always: { guard: 'isHot', target: 'warm' } },
        warm: {
          entry: raise({ type: 'TOO_HOT' }, { delay: 1_200 }),
          always: { guard: ({ context }) => (context.celsius ?? 0) <= 30, target: 'fine' },
          on: { TOO_HOT: 'alarm' },
        },
        alarm: {
          tags: 'alarming',
          entry: emit(({ context }) => ({ type: 'alarm', celsius: context.celsius ?? 0 })),
          exit: emit({ type: 'allClear' }),
          always: { guard: ({ context }) => (context.celsius ?? 0) <= 30, target: 'fine' },
        },
      },
    },
  },
});
