/**
 * What nodes say to each other. One union is the whole vocabulary; runtime/transport/codec.ts
 * gives it its bytes. `term` is always the sender's current term. Loss, delay, repetition and
 * reordering of any of these may cost time, never truth.
 */
import type { Entry, Proposal } from './entry.ts';
import type { RefusalCode } from './errors.ts';
import type { LogEnd, LogIndex, NodeId, ProposalId, Term } from './ids.ts';

type Said<Kind extends string, Fields = unknown> = Readonly<{ kind: Kind; term: Term } & Fields>;

/** "Would you vote for me in `term + 1`, if I asked?" (Ongaro's dissertation §9.6) */
export type PreVoteRequest = Said<'preVoteRequest', { last: LogEnd }>;
export type PreVoteGranted = Said<'preVoteGranted', { forTerm: Term }>;
export type PreVoteRefused = Said<'preVoteRefused', { forTerm: Term }>;

/** RequestVote (Raft §5.2). `transfer`: the old leader asked for this, so do not protect it (§3.10). */
export type VoteRequest = Said<'voteRequest', { last: LogEnd; transfer: boolean }>;
export type VoteGranted = Said<'voteGranted'>;
export type VoteRefused = Said<'voteRefused'>;

/** AppendEntries (Raft §5.3): these entries follow `prev`. */
export type Append = Said<
  'append',
  { prev: LogEnd; entries: readonly Entry[]; commitIndex: LogIndex }
>;
/** On the sender's disk up to `matchIndex`, as far as that one append proved. */
export type AppendAccepted = Said<'appendAccepted', { matchIndex: LogIndex }>;
/** Nothing at `prevIndex` matched; `hint` is the latest place where the logs may still agree. */
export type AppendRefused = Said<'appendRefused', { prevIndex: LogIndex; hint: LogEnd }>;

/** "I lead." `round` numbers the confirmation of leadership that reads wait for (§6.4). */
export type Heartbeat = Said<'heartbeat', { commitIndex: LogIndex; round: number }>;
export type HeartbeatAck = Said<'heartbeatAck', { round: number }>;

/** Entries up to here are committed. Never beyond what the receiver is known to hold. No answer. */
export type Commit = Said<'commit', { commitIndex: LogIndex }>;

/** "Stand for election now; I step back for you." (§3.10) */
export type TimeoutNow = Said<'timeoutNow'>;

/** A follower hands proposals on to the leader. What becomes of them, the log tells. */
export type Forward = Said<'forward', { proposals: readonly Proposal[] }>;
/** Certainly not placed by this node. `no-leader`: try the next leader. */
export type ForwardRefused = Said<
  'forwardRefused',
  { proposalIds: readonly ProposalId[]; code: RefusalCode; message: string }
>;

/** A follower asks for an index that is safe to read at (ReadIndex, §6.4). */
export type ReadIndexRequest = Said<'readIndexRequest', { readId: number }>;
export type ReadIndexGranted = Said<'readIndexGranted', { readId: number; index: LogIndex }>;
export type ReadIndexRefused = Said<'readIndexRefused', { readId: number }>;

/** What all states of a node come to right after that entry, in 16 hexadecimal digits. */
export type Checkpoint = Readonly<{ index: LogIndex; digest: string }>;
/** One instance, and what it came to after the latest entry that touched it. */
export type StateRow = Checkpoint & Readonly<{ machine: string; key: string }>;

/** For others to compare with theirs. `quarantined`: the sender knows itself to be wrong. */
export type StateDigests = Said<
  'stateDigests',
  { checkpoints: readonly Checkpoint[]; quarantined: boolean }
>;

/**
 * A node that differs asks one that is right where the difference began. `inquiry` numbers the
 * questions of one node; the answer repeats it.
 *
 * What instances came to right after each entry that one of them took, behind `after`, up to `through`.
 */
export type CourseRequest = Said<
  'courseRequest',
  { inquiry: number; after: LogIndex; through: LogIndex }
>;
/** All of them up to `through`, but that up to `forgotten` some may be missing. */
export type Course = Said<
  'course',
  { inquiry: number; forgotten: LogIndex; through: LogIndex; states: readonly Checkpoint[] }
>;
/** Instances that an entry behind `after` touched, from a position among them on. */
export type RowsRequest = Said<'rowsRequest', { inquiry: number; after: LogIndex; from: number }>;
/** `next` is the position to go on from; null at the end. */
export type Rows = Said<
  'rows',
  { inquiry: number; rows: readonly StateRow[]; next: number | null }
>;
/** One instance in full, as that entry left it. Without names: whichever took the entry. */
export type StateRequest = Said<
  'stateRequest',
  { inquiry: number; index: LogIndex; machine: string; key: string }
>;
/** Without names: there is none. Without a text: it is too large, or has changed since. */
export type StateInFull = Said<
  'stateInFull',
  { inquiry: number; machine: string; key: string; text: string | null }
>;

/** What consensus is made of. */
export type ConsensusMessage =
  | PreVoteRequest
  | PreVoteGranted
  | PreVoteRefused
  | VoteRequest
  | VoteGranted
  | VoteRefused
  | Append
  | AppendAccepted
  | AppendRefused
  | Heartbeat
  | HeartbeatAck
  | Commit
  | TimeoutNow
  | Forward
  | ForwardRefused
  | ReadIndexRequest
  | ReadIndexGranted
  | ReadIndexRefused;

/** What finds out whether nodes still agree. Consensus does without. */
export type ComparisonMessage =
  | StateDigests
  | CourseRequest
  | Course
  | RowsRequest
  | Rows
  | StateRequest
  | StateInFull;

export type Message = ConsensusMessage | ComparisonMessage;

const comparisons: ReadonlySet<Message['kind']> = new Set<ComparisonMessage['kind']>([
  'stateDigests',
  'courseRequest',
  'course',
  'rowsRequest',
  'rows',
  'stateRequest',
  'stateInFull',
]);
export const isComparison = (message: Message): message is ComparisonMessage =>
  comparisons.has(message.kind);

export type MessageKind = Message['kind'];
export type MessageOf<Kind extends MessageKind> = Extract<Message, { kind: Kind }>;

/** A message and where it goes. */
export type Addressed = Readonly<{ to: NodeId; message: Message }>;
