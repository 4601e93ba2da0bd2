/** A machine that looks at the environment of its process, which need not be the same everywhere. */
import { assign, setup } from 'xstate';

const till = setup({
  types: {
    context: {} as { coins: Readonly<Record<string, number>> },
    events: {} as { type: 'PUT'; coin: string },
  },
  guards: { mayPut: () => true },
}).createMachine({
  id: 'till',
  context: { coins: {} },
  on: {
    PUT: {
      guard: 'mayPut',
      actions: assign({
        coins: ({ context, event }) => ({
          ...context.coins,
          [event.coin]: (context.coins[event.coin] ?? 0) + Number(process.env['TILL_COUNTS'] ?? 1),
        }),
      }),
    },
  },
});

/** The same, but for a guard. */
const strictTill = till.provide({ guards: { mayPut: () => false } });

export const machines = { till: process.env['TILL_VARIANT'] === 'strict' ? strictTill : till };
