/**
 * The one machine that every cluster replicates beside its users' own. It lives in the log
 * like theirs, under the name `lifecycle` and the key `cluster`, so what it says is agreed.
 */
import { setup } from 'xstate';

export const lifecycleName = 'lifecycle';
export const lifecycleKey = 'cluster';

type LifecycleEvent = Readonly<{ type: 'RUN' }> | Readonly<{ type: 'STOP' }>;

export const lifecycleMachine = setup({
  types: { events: {} as LifecycleEvent },
}).createMachine({
  id: 'lifecycle',
  description: 'Whether the cluster takes proposals to the machines that it hosts.',
  initial: 'Init',
  states: {
    Init: {
      description: 'The cluster has just been founded and takes no proposals yet.',
      on: { RUN: 'Running', STOP: 'Stopped' },
    },
    Running: {
      description: 'Proposals to every machine are taken and applied.',
      // Running already: nothing to do.
      on: { RUN: {}, STOP: 'Stopped' },
    },
    Stopped: {
      description:
        'Proposals are refused until the cluster is told to run again; reads are served.',
      // Stopped already: nothing to do.
      on: { RUN: 'Running', STOP: {} },
    },
  },
});
