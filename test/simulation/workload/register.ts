/** One value that is written, or swapped if it is what somebody thinks it is. */
import { assign, setup } from 'xstate';
import type { ByHand, Load } from './load.ts';

type Context = { value: number };
type Event = { type: 'WRITE'; value: number } | { type: 'SWAP'; from: number; to: number };

const machine = setup({
  types: { context: {} as Context, events: {} as Event },
  guards: {
    isAsThought: ({ context, event }) => event.type === 'SWAP' && context.value === event.from,
  },
}).createMachine({
  id: 'register',
  context: { value: 0 },
  on: {
    WRITE: { actions: assign({ value: ({ event }) => event.value }) },
    SWAP: { guard: 'isAsThought', actions: assign({ value: ({ event }) => event.to }) },
  },
});

const byHand: ByHand = {
  start: { value: {}, context: { value: 0 } },
  take({ value: state, context }, happened) {
    const event = happened as Event;
    if (event.type === 'WRITE') return { value: state, context: { value: event.value } };
    const isAsThought = (context as Context).value === event.from;
    return isAsThought ? { value: state, context: { value: event.to } } : null;
  },
};

const values = [0, 1, 2, 3, 4] as const;

export const register: Load = {
  name: 'register',
  machine,
  byHand,
  draw: (dice) =>
    dice.happens(0.5)
      ? { type: 'WRITE', value: dice.pick(values) }
      : { type: 'SWAP', from: dice.pick(values), to: dice.pick(values) },
  flaw: () => null,
};
