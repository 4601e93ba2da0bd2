/** A saga: three steps, each undone, in the opposite order, where a later one fails. */
import { assign, fromPromise, setup } from 'xstate';

type Place = Readonly<{ trip: string; what: 'flight' | 'hotel' }>;
type Booked = Readonly<{ what: 'flight' | 'hotel'; code: string }>;

const unplugged = async (): Promise<never> => {
  throw new Error('no travel agency is at hand');
};

export const booking = setup({
  types: {
    context: {} as { trip: string; booked: readonly Booked[]; failure: string | null },
    events: {} as { type: 'BOOK'; trip: string } | { type: 'AGAIN' },
    output: {} as { codes: readonly string[]; failure: string | null },
  },
  actors: {
    reserve: fromPromise<Booked, Place>(unplugged),
    release: fromPromise<void, Booked>(unplugged),
    charge: fromPromise<{ receipt: string }, { trip: string }>(unplugged),
  },
  actions: {
    keep: assign({ booked: ({ context }, booked: Booked) => [...context.booked, booked] }),
    giveBack: assign({ booked: ({ context }) => context.booked.slice(0, -1) }),
    blame: assign({
      failure: (_, { error }: { error: unknown }) =>
        error instanceof Error ? error.message : String(error),
    }),
    callTheDesk: (_, { about }: { about: string }): void => {
      throw new Error(`no telephone is at hand to ask about ${about}`);
    },
  },
  guards: {
    hasBooked: ({ context }) => context.booked.length > 0,
  },
}).createMachine({
  id: 'booking',
  context: { trip: '', booked: [], failure: null },
  initial: 'idle',
  states: {
    idle: {
      on: { BOOK: { target: 'flight', actions: assign({ trip: ({ event }) => event.trip }) } },
    },
    flight: {
      invoke: {
        src: 'reserve',
        input: ({ context }) => ({ trip: context.trip, what: 'flight' }),
        onDone: { target: 'hotel', actions: { type: 'keep', params: ({ event }) => event.output } },
        onError: {
          target: 'undoing',
          actions: { type: 'blame', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    hotel: {
      invoke: {
        src: 'reserve',
        input: ({ context }) => ({ trip: context.trip, what: 'hotel' }),
        onDone: {
          target: 'payment',
          actions: { type: 'keep', params: ({ event }) => event.output },
        },
        onError: {
          target: 'undoing',
          actions: { type: 'blame', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    payment: {
      invoke: {
        src: 'charge',
        input: ({ context }) => ({ trip: context.trip }),
        onDone: 'booked',
        onError: {
          target: 'undoing',
          actions: { type: 'blame', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    undoing: {
      initial: 'looking',
      states: {
        looking: {
          always: [{ guard: 'hasBooked', target: 'releasing' }, { target: 'undone' }],
        },
        releasing: {
          invoke: {
            src: 'release',
            input: ({ context }) => context.booked.at(-1) ?? { what: 'flight', code: '' },
            onDone: { target: 'looking', actions: 'giveBack' },
            onError: {
              target: 'pausing',
              actions: {
                type: 'callTheDesk',
                params: ({ context }) => ({ about: context.booked.at(-1)?.code ?? '' }),
              },
            },
          },
          // A release that hangs is given up, and begun again.
          after: { 1_500: 'pausing' },
        },
        pausing: { after: { 400: 'looking' } },
        undone: { type: 'final' },
      },
      onDone: 'failed',
    },
    failed: { on: { AGAIN: { target: 'flight', actions: assign({ failure: null }) } } },
    booked: { type: 'final' },
  },
  output: ({ context }) => ({
    codes: context.booked.map(({ code }) => code),
    failure: context.failure,
  }),
});
