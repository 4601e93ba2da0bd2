/** The replicated machine of the scenarios: not idempotent, so that a repetition shows. */
import { assign, setup } from 'xstate';

export const counterMachine = setup({
  types: {
    context: {} as { count: number },
    events: {} as { type: 'ADD'; by: number } | { type: 'NEVER' },
  },
  actions: {
    add: assign({
      count: ({ context, event }) => context.count + (event.type === 'ADD' ? event.by : 0),
    }),
  },
}).createMachine({
  id: 'counter',
  context: { count: 0 },
  initial: 'counting',
  states: { counting: { on: { ADD: { actions: 'add' } } } },
});
