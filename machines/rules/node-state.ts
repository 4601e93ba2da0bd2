/**
 * What a node knows, and the shape of a decision about it. A decision is a total function of
 * what was known and what was heard: what is known now, and what is wished for. The node chart
 * decides when each is taken; it holds this as its context.
 */
import type { HardState } from '../protocol/entry.ts';
import type { Effect } from '../protocol/effects.ts';
import { indexZero, termZero, type LogEnd, type LogIndex, type NodeId } from '../protocol/ids.ts';
import type { Addressed, Message } from '../protocol/messages.ts';
import type { PeerEvent } from './peer-events.ts';
import { endOf, type Log } from './log.ts';
import type { RandomState } from './random.ts';
import { noReads, type Reads } from './reading.ts';
import type { Reign } from './reign.ts';

export type NodeState = Readonly<{
  self: NodeId;
  /** Who counts towards a majority, ourselves included. Fixed by the command line for now. */
  voters: readonly NodeId[];
  /** Wait in Init for somebody to propose Running. */
  hold: boolean;

  // Facts, on disk or on their way there.
  hardState: HardState;
  /** The latest hard state that is known to be on disk. */
  durable: HardState;
  log: Log;

  // Moods: gone on restart (Raft figure 2, "volatile state").
  commitIndex: LogIndex;
  /** The highest commit index that a leader has named to us: having applied it is having caught up. */
  goalIndex: LogIndex;
  leader: NodeId | null;
  random: RandomState;
  patienceMs: number;
  /** Who would vote for us in the next term. */
  preVotes: ReadonlySet<NodeId>;
  /** Who has voted for us in the term that we stand in, ourselves included once that is on disk. */
  votes: ReadonlySet<NodeId>;
  /** When our own vote in that term set out for the disk. */
  stoodAtMs: number;
  /** Asked to stand by the leader itself, so that voters need not protect it. */
  summoned: boolean;

  // A leader's moods, made anew in each term.
  reign: Reign;
  /** Its first entry. Nothing is known to be current before this is applied (§8). */
  noopIndex: LogIndex;
  /** On whose disk the log is known to match ours, up to where. */
  matched: Readonly<Record<NodeId, LogIndex>>;
  /** Who has answered since the quorum was last counted (dissertation §6.2). */
  heard: ReadonlySet<NodeId>;
  reads: Reads;
  /** What the followers that have no append to learn it from were last told to be committed. */
  toldCommit: LogIndex;
  /** The last entry of each follower's own clients: it waits to hear that it is committed. */
  awaitedBy: Readonly<Record<NodeId, LogIndex>>;
  /** Whom leadership is being handed to. */
  heir: NodeId | null;
}>;

/** A decision. What is left out stays as it is. */
export type Step = Readonly<{
  now?: Partial<NodeState>;
  wishes?: readonly Effect[];
  /** Events for the peer actors, by the follower they stand for. */
  tell?: readonly Readonly<{ peer: NodeId; event: PeerEvent }>[];
}>;

export type NodeInput = Readonly<{
  self: NodeId;
  voters: readonly NodeId[];
  hold: boolean;
  hardState: HardState | null;
  log: Log;
  seed: number;
}>;

export function wakeUp(input: NodeInput): NodeState {
  const hardState = input.hardState ?? { term: termZero, votedFor: null };
  return {
    self: input.self,
    voters: input.voters,
    hold: input.hold,
    hardState,
    durable: hardState,
    log: input.log,
    commitIndex: input.log.base.index,
    goalIndex: indexZero,
    leader: null,
    random: { seed: input.seed },
    patienceMs: 0,
    preVotes: new Set(),
    votes: new Set(),
    stoodAtMs: 0,
    summoned: false,
    reign: { sinceMs: 0, fromTimeMs: 0 },
    noopIndex: indexZero,
    matched: {},
    heard: new Set(),
    reads: noReads,
    toldCommit: indexZero,
    awaitedBy: {},
    heir: null,
  };
}

export const othersOf = ({ self, voters }: NodeState): readonly NodeId[] =>
  voters.filter((voter) => voter !== self);

export const ourEnd = ({ log }: NodeState): LogEnd => endOf(log);

export const toAll = (state: NodeState, message: Message): readonly Addressed[] =>
  othersOf(state).map((to) => ({ to, message }));

/** Whether our term and vote would survive a power cut now. */
export const isPledged = ({ hardState, durable }: NodeState): boolean =>
  durable.term === hardState.term && durable.votedFor === hardState.votedFor;

/** Goes out with the next flush, behind everything that is being written. */
export const promise = (to: NodeId, message: Message): Effect => ({
  type: 'persist',
  hardState: null,
  entries: [],
  thenSend: [{ to, message }],
});

export const say = (to: NodeId, message: Message): Effect => ({
  type: 'send',
  envelopes: [{ to, message }],
});
