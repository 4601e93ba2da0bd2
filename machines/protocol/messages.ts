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

export type Message =
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

export type MessageKind = Message['kind'];
export type MessageOf<Kind extends MessageKind> = Extract<Message, { kind: Kind }>;

/** A message and where it goes. */
export type Addressed = Readonly<{ to: NodeId; message: Message }>;
