/** What a node knows, for tests of the rules: alpha of five, in term 3, with a log of terms 1 1 2. */
import type { Effect } from '../../machines/protocol/effects.ts';
import { nodeId, toTerm, type NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { wakeUp, type NodeState, type Step } from '../../machines/rules/node-state.ts';
import { logOfTerms } from './logs.ts';

export const voters = ['alpha', 'bravo', 'carol', 'delta', 'echo'].map(nodeId);
export const [alpha, bravo, carol, delta] = voters as [NodeId, NodeId, NodeId, NodeId];

export const three = toTerm(3);

export const stateOf = (known: Partial<NodeState> = {}): NodeState => ({
  ...wakeUp({
    self: alpha,
    voters,
    hold: false,
    hardState: { term: three, votedFor: null },
    log: logOfTerms(1, 1, 2),
    seed: 7,
  }),
  ...known,
});

/** What is known once the step is taken. */
export const after = (state: NodeState, { now }: Step): NodeState => ({ ...state, ...now });

/** What is said at once. */
export const saidIn = (wishes: readonly Effect[] = []): Message[] =>
  wishes
    .flatMap((wish) => (wish.type === 'send' ? wish.envelopes : []))
    .map((sent) => sent.message);

/** What is said once everything before it is on disk. */
export const promisedIn = (wishes: readonly Effect[] = []): Message[] =>
  wishes
    .flatMap((wish) => (wish.type === 'persist' ? wish.thenSend : []))
    .map((sent) => sent.message);
