/** The next version of what the clusters under test replicate: the ledger has another state, and counts. */
import { assign, setup } from 'xstate';
import { replicated } from '../../machines/replica/replicated.ts';
import { ledger, machines as before } from './machines.ts';

const counting = setup({
  types: {
    context: {} as { values: readonly string[]; count: number; found: number },
    events: {} as { type: 'APPEND'; value: string },
  },
  actions: {
    append: assign({
      values: ({ context, event }) => [...context.values, event.value],
      count: ({ context }) => context.count + 1,
    }),
  },
}).createMachine({
  id: 'ledger',
  context: { values: [], count: 0, found: 0 },
  initial: 'counting',
  states: { counting: { on: { APPEND: { actions: 'append' } } } },
});

export const machines = {
  ...before,
  ledger: replicated(counting, {
    upgrades: ledger,
    migrate({ context }) {
      const { values } = context as { values: readonly string[] };
      return { value: 'counting', context: { values, count: values.length, found: values.length } };
    },
  }),
};
