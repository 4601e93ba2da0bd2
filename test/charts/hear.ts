/**
 * The node chart as the host runs it, on a clock that moves when it is told to and a disk that
 * flushes when it is told to: reach a state by events, check the wishes.
 */
import assert from 'node:assert/strict';
import { createActor } from 'xstate';
import type { Effect, Persist } from '../../machines/protocol/effects.ts';
import type { HardState, Proposal } from '../../machines/protocol/entry.ts';
import type { LifecycleState } from '../../machines/protocol/events.ts';
import {
  nodeId,
  proposalId,
  toIndex,
  toTerm,
  type LogEnd,
  type NodeId,
} from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type {
  Addressed,
  ConsensusMessage,
  Message,
  MessageKind,
  MessageOf,
} from '../../machines/protocol/messages.ts';
import { nodeMachine } from '../../machines/node.ts';
import { peerMachine } from '../../machines/peer.ts';
import { lastIndexOf } from '../../machines/rules/log.ts';
import type { NodeInput } from '../../machines/rules/node-state.ts';
import type { Stimulus } from '../../runtime/host.ts';
import { logOfTerms, place } from '../rules/logs.ts';
import { virtualClock } from '../transport/virtual-clock.ts';

export const [alpha, bravo, carol, delta, echo] = ['alpha', 'bravo', 'carol', 'delta', 'echo'].map(
  nodeId,
) as [NodeId, NodeId, NodeId, NodeId, NodeId];
export const threeVoters = [alpha, bravo, carol];
export const fiveVoters = [alpha, bravo, carol, delta, echo];

export type Node = ReturnType<typeof nodeOf>;

/** Alpha of three, in term 3, with a log of terms 1 1 2, unless it is said otherwise. */
export function nodeOf(known: Partial<NodeInput> = {}) {
  const clock = virtualClock();
  let wished: Effect[] = [];
  let unflushed: Persist[] = [];
  let failure: unknown = null;

  const request = (_: unknown, wish: Effect): void => {
    wished.push(wish);
    if (wish.type === 'persist') unflushed.push(wish);
  };
  const actor = createActor(
    nodeMachine.provide({
      actions: { request },
      actors: { peer: peerMachine.provide({ actions: { request } }) },
    }),
    {
      id: alpha,
      clock,
      input: {
        self: alpha,
        voters: threeVoters,
        hold: false,
        hardState: { term: toTerm(3), votedFor: null },
        log: logOfTerms(1, 1, 2),
        seed: 7,
        ...known,
      },
    },
  );
  actor.subscribe({ error: (cause) => (failure = cause) });
  actor.start();

  /** What was wished for since this was last asked. A chart that threw throws here. */
  const wishes = (): Effect[] => {
    if (failure !== null) throw failure;
    const all = wished;
    wished = [];
    return all;
  };
  const hear = (...events: readonly Stimulus[]): Effect[] => {
    for (const event of events) actor.send({ ...event, nowMs: clock.nowMs() });
    return wishes();
  };
  const context = () => actor.getSnapshot().context;

  return {
    actor,
    clock,
    hear,
    wishes,
    context,
    snapshot: () => actor.getSnapshot(),
    role: () => actor.getSnapshot().value.role,
    lifecycle: () => actor.getSnapshot().value.lifecycle,
    term: () => context().hardState.term,
    wait(ms: number): Effect[] {
      clock.advance(ms);
      return wishes();
    },
    /** What would leave with the next flush. */
    promised: (): Addressed[] => unflushed.flatMap(({ thenSend }) => thenSend),
    /** One flush of all that was wished to be durable so far. */
    flush(): Effect[] {
      const batch = unflushed;
      unflushed = [];
      const hardState = batch.reduce<HardState | null>(
        (latest, one) => one.hardState ?? latest,
        null,
      );
      const last = batch.flatMap(({ entries }) => entries).at(-1);
      return hear({
        type: 'disk.flushed',
        hardState,
        last: last === undefined ? null : endAt(last),
      });
    },
    /** All that is committed is applied. */
    applied: (lifecycle: LifecycleState = 'Init'): Effect[] =>
      hear({ type: 'log.applied', through: context().commitIndex, lifecycle }),
    lastIndex: () => lastIndexOf(context().log),
  };
}

const endAt = ({ index, term }: LogEnd): LogEnd => ({ index, term });

export const from = <Kind extends MessageKind>(who: NodeId, message: MessageOf<Kind>): Stimulus =>
  ({ type: `wire.${message.kind}`, from: who, message }) as Stimulus;

export const proposalsNamed = (...names: readonly string[]): Proposal[] =>
  names.map((name) => ({ proposalId: proposalId(name), payload: new Uint8Array([1]) }));

type ConsensusKind = ConsensusMessage['kind'];

/** One message of each kind that the chart hears, well formed, in the term asked for. */
export const example: { readonly [Kind in ConsensusKind]: (term: number) => MessageOf<Kind> } = {
  preVoteRequest: (term) => ({ kind: 'preVoteRequest', term: toTerm(term), last: place(9, term) }),
  preVoteGranted: (term) => ({
    kind: 'preVoteGranted',
    term: toTerm(term),
    forTerm: toTerm(term + 1),
  }),
  preVoteRefused: (term) => ({
    kind: 'preVoteRefused',
    term: toTerm(term),
    forTerm: toTerm(term + 1),
  }),
  voteRequest: (term) => ({
    kind: 'voteRequest',
    term: toTerm(term),
    last: place(9, term),
    transfer: false,
  }),
  voteGranted: (term) => ({ kind: 'voteGranted', term: toTerm(term) }),
  voteRefused: (term) => ({ kind: 'voteRefused', term: toTerm(term) }),
  append: (term) => ({
    kind: 'append',
    term: toTerm(term),
    prev: place(3, 2),
    entries: [],
    commitIndex: toIndex(0),
  }),
  appendAccepted: (term) => ({
    kind: 'appendAccepted',
    term: toTerm(term),
    matchIndex: toIndex(3),
  }),
  appendRefused: (term) => ({
    kind: 'appendRefused',
    term: toTerm(term),
    prevIndex: toIndex(4),
    hint: place(3, 2),
  }),
  heartbeat: (term) => ({
    kind: 'heartbeat',
    term: toTerm(term),
    commitIndex: toIndex(0),
    round: 1,
  }),
  heartbeatAck: (term) => ({ kind: 'heartbeatAck', term: toTerm(term), round: 1 }),
  commit: (term) => ({ kind: 'commit', term: toTerm(term), commitIndex: toIndex(1) }),
  timeoutNow: (term) => ({ kind: 'timeoutNow', term: toTerm(term) }),
  forward: (term) => ({ kind: 'forward', term: toTerm(term), proposals: proposalsNamed('theirs') }),
  forwardRefused: (term) => ({
    kind: 'forwardRefused',
    term: toTerm(term),
    proposalIds: [proposalId('ours')],
    code: 'no-leader',
    message: 'it does not lead',
  }),
  readIndexRequest: (term) => ({ kind: 'readIndexRequest', term: toTerm(term), readId: 7 }),
  readIndexGranted: (term) => ({
    kind: 'readIndexGranted',
    term: toTerm(term),
    readId: 7,
    index: toIndex(3),
  }),
  readIndexRefused: (term) => ({ kind: 'readIndexRefused', term: toTerm(term), readId: 7 }),
};
export const messageKinds = Object.keys(example) as ConsensusKind[];

/** Everything else that a node hears. */
export const otherStimuli: readonly Stimulus[] = [
  { type: 'disk.flushed', hardState: null, last: null },
  { type: 'disk.failed', reason: 'EIO' },
  { type: 'log.applied', through: toIndex(1), lifecycle: 'Init' },
  { type: 'link.opened', peer: bravo },
  { type: 'link.lost', peer: bravo },
  { type: 'client.proposes', proposals: proposalsNamed('ours') },
  { type: 'client.reads', readId: 7 },
  { type: 'operator.transfers', to: null },
];

const heartbeat = (term: number, round = 1): MessageOf<'heartbeat'> => ({
  ...example.heartbeat(term),
  round,
});
export const ack = (who: NodeId, term: number, round = 1): Stimulus =>
  from(who, { kind: 'heartbeatAck', term: toTerm(term), round });
export const accepted = (who: NodeId, term: number, matchIndex: number): Stimulus =>
  from(who, { kind: 'appendAccepted', term: toTerm(term), matchIndex: toIndex(matchIndex) });
export const voteFrom = (who: NodeId, term: number): Stimulus =>
  from(who, example.voteGranted(term));

/** How each state that a node can be in is reached. Each begins as a fresh `nodeOf`. */
export const waysTo = {
  'follower.receptive': (_node: Node): void => {},
  'follower.recording'(node: Node) {
    node.hear(from(bravo, example.voteRefused(node.term() + 1)));
  },
  'follower.voting'(node: Node) {
    const term = node.term();
    node.hear(from(bravo, { ...example.voteRequest(term), last: place(99, term) }));
  },
  'follower.supporting'(node: Node) {
    waysTo['follower.voting'](node);
    node.flush();
  },
  'follower.heeding': (node: Node) => void node.hear(from(bravo, heartbeat(node.term()))),
  preCandidate(node: Node) {
    for (let ms = 0; node.snapshot().matches({ role: 'follower' }); ms += 1) {
      assert.ok(ms <= limits.electionTimeoutMsMax, 'it loses patience in time');
      node.wait(1);
    }
  },
  'candidate.recording'(node: Node) {
    waysTo.preCandidate(node);
    for (const voter of othersOf(node).slice(0, majorityBesides(node))) {
      node.hear(from(voter, example.preVoteGranted(node.term())));
    }
  },
  'candidate.asking'(node: Node) {
    waysTo['candidate.recording'](node);
    node.flush();
  },
  'candidate.sounding'(node: Node) {
    waysTo['candidate.asking'](node);
    node.wait(node.context().patienceMs);
  },
  'leader.fresh'(node: Node) {
    waysTo['candidate.asking'](node);
    for (const voter of othersOf(node).slice(0, majorityBesides(node))) {
      node.hear(voteFrom(voter, node.term()));
    }
  },
  'leader.established'(node: Node) {
    waysTo['leader.fresh'](node);
    node.flush();
    for (const voter of othersOf(node).slice(0, majorityBesides(node))) {
      node.hear(accepted(voter, node.term(), node.lastIndex()));
    }
    node.applied();
  },
  'leader.confirming'(node: Node) {
    waysTo['leader.established'](node);
    node.hear({ type: 'client.reads', readId: 1 });
  },
  'leader.catchingUp'(node: Node) {
    waysTo['leader.established'](node);
    node.hear(
      { type: 'client.proposes', proposals: proposalsNamed('before') },
      { type: 'operator.transfers', to: bravo },
    );
  },
  'leader.summoned'(node: Node) {
    waysTo['leader.catchingUp'](node);
    node.hear(accepted(bravo, node.term(), node.lastIndex()));
  },
  silent: (node: Node) => void node.hear({ type: 'disk.failed', reason: 'EIO' }),
} as const;
export type Way = keyof typeof waysTo;
export const ways = Object.keys(waysTo) as Way[];

const othersOf = (node: Node): readonly NodeId[] =>
  node.context().voters.filter((voter) => voter !== alpha);
const majorityBesides = (node: Node): number => Math.floor(node.context().voters.length / 2);

/** A node that has just come there, its wishes on the way forgotten. */
export function nodeIn(way: Way, known: Partial<NodeInput> = {}): Node {
  const node = nodeOf(known);
  waysTo[way](node);
  node.wishes();
  return node;
}

/** What is said at once, to whom. */
export const sent = (wishes: readonly Effect[]): Addressed[] =>
  wishes.flatMap((wish) => (wish.type === 'send' ? wish.envelopes : []));
export const said = (wishes: readonly Effect[]): Message[] =>
  sent(wishes).map(({ message }) => message);
/** What is said once everything before it is on disk. */
export const promisedBy = (wishes: readonly Effect[]): Message[] =>
  wishes
    .flatMap((wish) => (wish.type === 'persist' ? wish.thenSend : []))
    .map(({ message }) => message);
export const wishesOf = <Type extends Effect['type']>(
  wishes: readonly Effect[],
  type: Type,
): Extract<Effect, { type: Type }>[] =>
  wishes.filter((wish): wish is Extract<Effect, { type: Type }> => wish.type === type);
export const appliedBy = (wishes: readonly Effect[]): number[] =>
  wishesOf(wishes, 'apply').flatMap(({ entries }) => entries.map(({ index }) => Number(index)));
