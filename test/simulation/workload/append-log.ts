/** A list that only grows, and in which everything is told apart from everything else. */
import { assign, setup } from 'xstate';
import type { ByHand, Load } from './load.ts';

type Context = { items: number[] };
type Event = { type: 'APPEND'; item: number };

const machine = setup({
  types: { context: {} as Context, events: {} as Event },
}).createMachine({
  id: 'append-log',
  context: { items: [] },
  on: {
    APPEND: { actions: assign({ items: ({ context, event }) => [...context.items, event.item] }) },
  },
});

const byHand: ByHand = {
  start: { value: {}, context: { items: [] } },
  take({ value, context }, event) {
    const { items } = context as Context;
    return { value, context: { items: [...items, (event as Event).item] } };
  },
};

export const appendLog: Load = {
  name: 'append-log',
  machine,
  byHand,
  draw: (_, nth) => ({ type: 'APPEND', item: nth }),
  flaw({ context }) {
    const { items } = context as Context;
    return new Set(items).size === items.length
      ? null
      : `an item is in the log twice: ${items.join(' ')}`;
  },
};
