/** A list that only grows, and in which everything is told apart from everything else. */
import { assign, setup } from 'xstate';
import type { Load } from './load.ts';

type Context = { items: number[] };

const machine = setup({
  types: { context: {} as Context, events: {} as { type: 'APPEND'; item: number } },
}).createMachine({
  id: 'append-log',
  context: { items: [] },
  on: {
    APPEND: { actions: assign({ items: ({ context, event }) => [...context.items, event.item] }) },
  },
});

export const appendLog: Load = {
  name: 'append-log',
  machine,
  draw: (_, nth) => ({ type: 'APPEND', item: nth }),
  flaw({ context }) {
    const { items } = context as Context;
    return new Set(items).size === items.length
      ? null
      : `an item is in the log twice: ${items.join(' ')}`;
  },
};
