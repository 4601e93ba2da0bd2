/** A payment that is tried again, later and later, while its patience lasts. */
import { assign, emit, enqueueActions, fromPromise, setup } from 'xstate';

type Payment = Readonly<{ cents: number; attempt: number }>;
type Receipt = Readonly<{ receipt: string }>;

export const checkout = setup({
  types: {
    context: {} as {
      cents: number;
      attempts: number;
      receipt: string | null;
      lastProblem: string | null;
    },
    events: {} as
      | { type: 'ADD'; cents: number }
      | { type: 'PAY' }
      | { type: 'GIVE_UP' }
      | { type: 'SHIP' },
    emitted: {} as { type: 'paid'; cents: number } | { type: 'declined'; attempt: number },
    tags: {} as 'busy',
  },
  actors: {
    pay: fromPromise<Receipt, Payment>(async () => {
      throw new Error('no bank is at hand');
    }),
  },
  actions: {
    add: assign({
      cents: ({ context }, { cents }: { cents: number }) => context.cents + cents,
    }),
    sendReceipt: (_, { receipt }: { receipt: string }): void => {
      throw new Error(`no mail is at hand for ${receipt}`);
    },
    noteProblem: assign({
      lastProblem: (_, { error }: { error: unknown }) =>
        error instanceof Error ? error.message : String(error),
    }),
    tellDeclined: emit(({ context }) => ({ type: 'declined', attempt: context.attempts })),
    warnMerchant: (_, { cents }: { cents: number }): void => {
      throw new Error(`no merchant is at hand to hear of ${cents}`);
    },
  },
  guards: {
    isLastTry: ({ context }) => context.attempts >= 4,
    hasSomething: ({ context }) => context.cents > 0,
  },
  delays: {
    backoff: ({ context }) => 200 * 2 ** context.attempts,
    patience: 3_000,
  },
}).createMachine({
  id: 'checkout',
  context: { cents: 0, attempts: 0, receipt: null, lastProblem: null },
  initial: 'cart',
  states: {
    cart: {
      on: {
        ADD: { actions: { type: 'add', params: ({ event }) => ({ cents: event.cents }) } },
        PAY: { guard: 'hasSomething', target: 'paying' },
      },
    },
    paying: {
      tags: 'busy',
      initial: 'asking',
      on: { GIVE_UP: 'cart' },
      states: {
        asking: {
          entry: assign({ attempts: ({ context }) => context.attempts + 1 }),
          invoke: {
            src: 'pay',
            id: 'payment',
            input: ({ context }) => ({ cents: context.cents, attempt: context.attempts }),
            onDone: {
              target: 'paid',
              actions: assign({ receipt: ({ event }) => event.output.receipt }),
            },
            onError: [
              {
                guard: 'isLastTry',
                target: '#checkout.cart',
                actions: [
                  { type: 'noteProblem', params: ({ event }) => ({ error: event.error }) },
                  'tellDeclined',
                  { type: 'warnMerchant', params: ({ context }) => ({ cents: context.cents }) },
                ],
              },
              {
                target: 'waiting',
                actions: [
                  { type: 'noteProblem', params: ({ event }) => ({ error: event.error }) },
                  'tellDeclined',
                ],
              },
            ],
          },
          // The bank may hang; what it says after that is not heard.
          after: { patience: 'waiting' },
        },
        waiting: { after: { backoff: 'asking' } },
        paid: { type: 'final' },
      },
      onDone: 'ready',
    },
    ready: {
      entry: enqueueActions(({ enqueue, context }) => {
        enqueue.emit({ type: 'paid', cents: context.cents });
        enqueue({ type: 'sendReceipt', params: { receipt: context.receipt ?? '' } });
      }),
      on: { SHIP: 'shipped' },
    },
    shipped: { type: 'final' },
  },
  output: ({ context }) => ({ receipt: context.receipt, attempts: context.attempts }),
});
