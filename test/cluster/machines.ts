/** What the clusters under test replicate. */
import { assign, setup } from 'xstate';

/** Keeps every value it was ever sent, in order: whatever is lost, repeated or swapped, shows. */
export const ledger = setup({
  types: {
    context: {} as { values: readonly string[] },
    events: {} as { type: 'APPEND'; value: string },
  },
  actions: {
    append: assign({ values: ({ context, event }) => [...context.values, event.value] }),
  },
}).createMachine({
  id: 'ledger',
  context: { values: [] },
  initial: 'open',
  states: { open: { on: { APPEND: { actions: 'append' } } } },
});

/** Its guard throws when it is asked to: the same must come of it on every node. */
const moody = setup({
  types: { events: {} as { type: 'POKE'; throws: boolean } },
  guards: {
    mayPass: ({ event }) => {
      if (event.throws) throw new Error('the guard has had enough');
      return true;
    },
  },
}).createMachine({
  id: 'moody',
  initial: 'calm',
  states: {
    calm: { on: { POKE: { guard: 'mayPass', target: 'poked' } } },
    poked: { on: { POKE: { guard: 'mayPass', target: 'calm' } } },
  },
});

export const machines = { ledger, moody };
