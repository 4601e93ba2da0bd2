/** One value that is written, or swapped if it is what somebody thinks it is. */
import { assign, setup } from 'xstate';
import type { Load } from './load.ts';

const machine = setup({
  types: {
    context: {} as { value: number },
    events: {} as { type: 'WRITE'; value: number } | { type: 'SWAP'; from: number; to: number },
  },
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

const values = [0, 1, 2, 3, 4] as const;

export const register: Load = {
  name: 'register',
  machine,
  draw: (dice) =>
    dice.happens(0.5)
      ? { type: 'WRITE', value: dice.pick(values) }
      : { type: 'SWAP', from: dice.pick(values), to: dice.pick(values) },
  flaw: () => null,
};
