/** A state that re-enters itself by the clock, and a delayed event that is put off and called off. */
import { assign, cancel, raise, setup } from 'xstate';

const forgottenAfterMs = 2_500;

export const stopwatch = setup({
  types: {
    context: {} as { elapsedMs: number; laps: readonly number[] },
    events: {} as
      | { type: 'START' }
      | { type: 'LAP' }
      | { type: 'STOP' }
      | { type: 'RESET' }
      | { type: 'FORGOTTEN' },
    tags: {} as 'ticking',
  },
  actions: {
    tick: assign({ elapsedMs: ({ context }) => context.elapsedMs + 100 }),
    keepLap: assign({ laps: ({ context }) => [...context.laps, context.elapsedMs] }),
    clear: assign({ elapsedMs: 0, laps: [] }),
    expectSomebody: raise({ type: 'FORGOTTEN' }, { id: 'forgotten', delay: forgottenAfterMs }),
    nobodyNeeded: cancel('forgotten'),
  },
  guards: {
    hasRun: ({ context }) => context.elapsedMs > 0,
  },
}).createMachine({
  id: 'stopwatch',
  context: { elapsedMs: 0, laps: [] },
  initial: 'stopped',
  states: {
    stopped: {
      on: {
        START: 'running',
        RESET: { guard: 'hasRun', actions: 'clear' },
      },
    },
    running: {
      tags: 'ticking',
      entry: 'expectSomebody',
      exit: 'nobodyNeeded',
      initial: 'between',
      states: {
        between: { after: { 100: { target: 'between', reenter: true, actions: 'tick' } } },
      },
      on: {
        LAP: { actions: ['keepLap', 'nobodyNeeded', 'expectSomebody'] },
        STOP: 'stopped',
        FORGOTTEN: 'stopped',
      },
    },
  },
});
