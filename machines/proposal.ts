/**
 * One proposal in flight, from asked to its named end, on the node that took it from a client.
 *
 *   hears    log.*    it stands in our log; it was applied, or refused when its turn came
 *            link.*   it was handed to the leader; it came back; the leader was lost
 *            clock.*  the asker waits no longer
 *
 * Committed, refused (it certainly did not and will not happen) and unknown (it may) are never
 * mixed up. What may be in some node's log may still happen, however many nodes refuse it later:
 * only the log itself, or nothing at all having been sent, can prove otherwise.
 */
import { assign, setup } from 'xstate';
import type { NodeId } from './protocol/ids.ts';
import { refused, type Applied, type Outcome, type Refused } from './protocol/outcome.ts';

export type ProposalEvent =
  | Readonly<{ type: 'log.placed' }>
  | Readonly<{ type: 'log.applied'; outcome: Applied }>
  | Readonly<{ type: 'link.forwarded'; to: NodeId }>
  | Readonly<{ type: 'link.leaderLost' }>
  | Readonly<{ type: 'node.refused'; refusal: Refused }>
  | Readonly<{ type: 'clock.deadline' }>
  /** There has been no leader for longer than anybody should wait for one. */
  | Readonly<{ type: 'clock.leaderless' }>
  | Readonly<{ type: 'node.stopped' }>
  /** What this node makes of the log is wrong: it cannot tell what became of anything. */
  | Readonly<{ type: 'node.diverged' }>;

export type ProposalContext = Readonly<{ outcome: Outcome | null }>;

const timedOut: Outcome = {
  end: 'unknown',
  message:
    'no answer in time: it may or may not be applied; send it again with the same proposalId to learn which',
};

const stopped: Outcome = {
  end: 'unknown',
  message: 'this node stopped: send it again with the same proposalId to another node',
};

const secluded: Outcome = {
  end: 'unknown',
  message:
    'this node has come to wrong states: send it again with the same proposalId to another node',
};

export const proposalMachine = setup({
  types: {
    context: {} as ProposalContext,
    events: {} as ProposalEvent,
    output: {} as Outcome,
    tags: {} as 'mayStillHappen',
  },
  actions: {
    keepOutcome: assign({
      outcome: ({ context, event }) =>
        event.type === 'log.applied' ? event.outcome : context.outcome,
    }),
    keepRefusal: assign({
      outcome: ({ context, event }) =>
        event.type === 'node.refused' ? event.refusal : context.outcome,
    }),
    neverPlaced: assign({
      outcome: refused('no-leader', 'no leader took it in time: nothing was applied; try again'),
    }),
    neverSent: assign({
      outcome: refused('shutting-down', 'this node is stopping: nothing was applied; ask another'),
    }),
    timedOut: assign({ outcome: timedOut }),
    stopped: assign({ outcome: stopped }),
    neverTaken: assign({
      outcome: refused(
        'diverged',
        'this node has come to wrong states: nothing was applied; ask another',
      ),
    }),
    secluded: assign({ outcome: secluded }),
  },
  guards: {
    isCommitted: ({ event }) => event.type === 'log.applied' && event.outcome.end === 'committed',
    isRefused: ({ event }) => event.type === 'log.applied' && event.outcome.end === 'refused',
    mayTryElsewhere: ({ event }) =>
      event.type === 'node.refused' && event.refusal.code === 'no-leader',
  },
}).createMachine({
  id: 'proposal',
  context: { outcome: null },
  initial: 'unplaced',
  // What the log decided is the end, wherever we believed it to be: a retry may have brought it there.
  on: {
    'log.applied': [
      { guard: 'isCommitted', target: '.committed', actions: 'keepOutcome' },
      { guard: 'isRefused', target: '.refused', actions: 'keepOutcome' },
      { target: '.unknown', actions: 'keepOutcome' },
    ],
  },
  states: {
    unplaced: {
      description: 'In no log and on no wire: it waits for a leader.',
      on: {
        'log.placed': 'underWay.placed',
        'link.forwarded': 'underWay.forwarded',
        'node.refused': [
          { guard: 'mayTryElsewhere' },
          { target: 'refused', actions: 'keepRefusal' },
        ],
        'clock.deadline': { target: 'refused', actions: 'neverPlaced' },
        'clock.leaderless': { target: 'refused', actions: 'neverPlaced' },
        'node.stopped': { target: 'refused', actions: 'neverSent' },
        'node.diverged': { target: 'refused', actions: 'neverTaken' },
        // It was never handed to that leader.
        'link.leaderLost': {},
      },
    },
    underWay: {
      description: 'Some log may hold it, so it may still happen whatever becomes of that leader.',
      tags: 'mayStillHappen',
      initial: 'adrift',
      on: {
        'clock.deadline': { target: 'unknown', actions: 'timedOut' },
        'node.stopped': { target: 'unknown', actions: 'stopped' },
        'node.diverged': { target: 'unknown', actions: 'secluded' },
        'log.placed': '.placed',
        'link.forwarded': '.forwarded',
        'link.leaderLost': '.adrift',
        // The asker has time left, and the log may yet tell.
        'clock.leaderless': {},
        // A node that would not take it says nothing of others that it may have reached before,
        // nor of a second copy of the same message.
        'node.refused': '.adrift',
      },
      states: {
        placed: {
          description: 'In our own log, on its way to a majority.',
        },
        forwarded: {
          description: 'Handed to the leader. The log will tell whether it arrived.',
        },
        adrift: {
          description: 'Nobody is known to have it. The next leader is given it under the same id.',
        },
      },
    },
    committed: { type: 'final', description: 'In the log of a majority, and applied.' },
    refused: { type: 'final', description: 'It was not and never will be applied.' },
    unknown: {
      type: 'final',
      description: 'It may or may not be applied; the same id makes a retry safe.',
    },
  },
  output: ({ context }) => context.outcome ?? timedOut,
});
