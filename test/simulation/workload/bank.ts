/** Accounts between which money moves: none is made, none is lost, nobody owes. */
import { assign, setup } from 'xstate';
import type { ByHand, Load } from './load.ts';

type Context = { balances: number[] };
type Event =
  | { type: 'TRANSFER'; from: number; to: number; amount: number }
  | { type: 'FREEZE' | 'THAW' };

const accounts = 4;
const total = 100 * accounts;

const machine = setup({
  types: {
    context: {} as Context,
    events: {} as Event,
  },
  guards: {
    isCovered: ({ context, event }) =>
      event.type === 'TRANSFER' && (context.balances[event.from] ?? 0) >= event.amount,
  },
  actions: {
    transfer: assign({
      balances: ({ context, event }) => {
        if (event.type !== 'TRANSFER') return context.balances;
        const { from, to, amount } = event;
        return context.balances.map(
          (balance, at) => balance - (at === from ? amount : 0) + (at === to ? amount : 0),
        );
      },
    }),
  },
}).createMachine({
  id: 'bank',
  context: { balances: Array.from({ length: accounts }, () => total / accounts) },
  initial: 'open',
  states: {
    open: {
      on: {
        TRANSFER: { guard: 'isCovered', actions: 'transfer' },
        FREEZE: 'frozen',
      },
    },
    frozen: { on: { THAW: 'open' } },
  },
});

const byHand: ByHand = {
  start: { value: 'open', context: { balances: Array<number>(accounts).fill(total / accounts) } },
  take({ value, context }, happened) {
    const event = happened as Event;
    if (event.type === 'THAW') return value === 'frozen' ? { value: 'open', context } : null;
    if (value === 'frozen') return null;
    if (event.type !== 'TRANSFER') return { value: 'frozen', context };
    const balances = [...(context as Context).balances];
    const { from, to, amount } = event;
    if ((balances[from] ?? 0) < amount) return null;
    balances[from] = (balances[from] ?? 0) - amount;
    balances[to] = (balances[to] ?? 0) + amount;
    return { value, context: { balances } };
  },
};

export const bank: Load = {
  name: 'bank',
  machine,
  byHand,
  draw(dice) {
    if (dice.happens(0.1)) return { type: dice.happens(0.4) ? 'FREEZE' : 'THAW' };
    const from = dice.integer(0, accounts - 1);
    const to = dice.integer(0, accounts - 1);
    return { type: 'TRANSFER', from, to, amount: dice.integer(1, 60) };
  },
  flaw({ context }) {
    const { balances } = context as Context;
    const sum = balances.reduce((before, balance) => before + balance, 0);
    if (sum !== total) return `the bank holds ${sum} instead of ${total}: ${balances.join(' ')}`;
    return balances.some((balance) => balance < 0) ? `somebody owes: ${balances.join(' ')}` : null;
  },
};
