/** What the cluster replicates during a chaos run. Each shows another way of going wrong. */
import { assign, setup } from 'xstate';

/** One value: a stale read or a lost write shows at once. */
export const register = setup({
  types: {
    context: {} as { value: string | null },
    events: {} as
      | { type: 'WRITE'; value: string }
      | { type: 'SWAP'; from: string | null; to: string },
  },
  guards: {
    isAsExpected: ({ context, event }) => event.type === 'SWAP' && context.value === event.from,
  },
  actions: {
    write: assign({
      value: ({ event }) => (event.type === 'WRITE' ? event.value : event.to),
    }),
  },
}).createMachine({
  id: 'register',
  context: { value: null },
  initial: 'set',
  states: {
    set: { on: { WRITE: { actions: 'write' }, SWAP: { guard: 'isAsExpected', actions: 'write' } } },
  },
});

/** Everything it was ever sent, in order: what is lost, repeated or swapped shows for ever. */
export const journal = setup({
  types: {
    context: {} as { items: readonly string[] },
    events: {} as { type: 'APPEND'; item: string },
  },
  actions: {
    append: assign({ items: ({ context, event }) => [...context.items, event.item] }),
  },
}).createMachine({
  id: 'journal',
  context: { items: [] },
  initial: 'open',
  states: { open: { on: { APPEND: { actions: 'append' } } } },
});

export const accounts = ['ann', 'bob', 'cai'] as const;
export const bankTotal = 300;
type Account = (typeof accounts)[number];

/** Money that moves and never grows or shrinks: half a transfer shows. */
export const bank = setup({
  types: {
    context: {} as { balances: Readonly<Record<Account, number>> },
    events: {} as { type: 'TRANSFER'; from: Account; to: Account; cents: number },
  },
  guards: {
    isCovered: ({ context, event }) => context.balances[event.from] >= event.cents,
  },
  actions: {
    transfer: assign({
      balances: ({ context: { balances }, event: { from, to, cents } }) => ({
        ...balances,
        [from]: balances[from] - cents,
        [to]: balances[to] + cents,
      }),
    }),
  },
}).createMachine({
  id: 'bank',
  context: { balances: { ann: 100, bob: 100, cai: 100 } },
  initial: 'open',
  states: { open: { on: { TRANSFER: { guard: 'isCovered', actions: 'transfer' } } } },
});

/** Takes what is only meant to fill the log. */
const ballast = setup({ types: { events: {} as { type: 'DROP'; weight: string } } }).createMachine({
  id: 'ballast',
  initial: 'hold',
  states: { hold: { on: { DROP: {} } } },
});

export const machines = { register, journal, bank, ballast };
