/** What `quorate bench` writes to: a register that also counts. Loaded like any user's machines. */
import { assign, setup } from 'xstate';

const register = setup({
  types: {
    context: {} as { writes: number; value: string },
    events: {} as { type: 'WRITE'; value: string },
  },
}).createMachine({
  id: 'register',
  description: 'Holds what was written last.',
  context: { writes: 0, value: '' },
  on: {
    WRITE: {
      actions: assign({
        writes: ({ context }) => context.writes + 1,
        value: ({ event }) => event.value,
      }),
    },
  },
});

export const machines = { register };
