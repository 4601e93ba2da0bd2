/**
 * The messages this system began with: Proposal in, Acknowledgment and Commit out. They speak of
 * the cluster's own lifecycle, which in today's words is the machine `lifecycle`, key `cluster`.
 */
import type { NodeId, ProposalId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { refused, type Committed, type Outcome } from '../../machines/protocol/outcome.ts';
import type { ProposeListener, ProposeRequest } from '../service.ts';
import { proposalAnswer } from './answers.ts';
import type { Original } from './client-protocol.ts';
import { briefly } from './explain.ts';

const eventFor = new Map([
  ['Running', 'RUN'],
  ['Stopped', 'STOP'],
]);

/** Null where the message names a state that no event leads to. */
export function lifecycleProposal(message: Original, id: ProposalId): ProposeRequest | null {
  const type = eventFor.get(message.proposed_state);
  if (type === undefined) return null;
  return {
    proposalId: id,
    machine: 'lifecycle',
    key: 'cluster',
    event: { type },
    timeoutMs: limits.proposalTimeoutMsDefault,
  };
}

/** Says in the original words how it goes: Acknowledgment before Commit, each once. */
export function originalListener(
  node: NodeId,
  state: string,
  id: string,
  say: (answer: object) => void,
): ProposeListener {
  let isAcknowledged = false;
  const speak = (kind: 'Acknowledgment' | 'Commit'): void =>
    say({ sender_id: node, message_type: kind, proposed_state: state, proposal_id: id });
  const acknowledge = (): void => {
    if (isAcknowledged) return;
    isAcknowledged = true;
    speak('Acknowledgment');
  };
  return {
    inFlight: acknowledge,
    ended: (outcome) => {
      if (outcome.end !== 'committed' || !holds(outcome, state)) {
        return say(originalRefusal(id, asRefused(outcome, state)));
      }
      // A retry learns of the Commit alone; whoever speaks this form waits for both.
      acknowledge();
      speak('Commit');
    },
  };
}

/**
 * Whether the event led to that state, or found the cluster in it: what `RUN` and `STOP` are not
 * accepted in. (A late retry comes without the view, and then that reason alone must do.)
 */
const holds = ({ accepted, view }: Committed, state: string): boolean =>
  accepted || view === null || view.value === state;

/** A committed event that led elsewhere did nothing: no later retry of it will, either. */
const asRefused = (outcome: Outcome, state: string): Outcome =>
  outcome.end === 'committed'
    ? refused(
        'invalid-event',
        `the cluster is ${briefly(outcome.view?.value)}, not ${briefly(state)}`,
      )
    : outcome;

/** As today's answer, with the id in the old spelling beside the new. */
export const originalRefusal = (id: string, outcome: Outcome): object => ({
  ...proposalAnswer({}, id, outcome),
  proposal_id: id,
});

export const noSuchState = (state: string): Outcome =>
  refused(
    'invalid-event',
    `"proposed_state" is ${briefly(state)}; send "Running" or "Stopped", which are all a cluster can be told to be`,
  );
