/**
 * What the log holds. Consensus looks at index and term alone; the payload is opaque
 * to it and is encoded once, on the node that took the proposal.
 */
import type { Chore } from './chore.ts';
import type { LogIndex, NodeId, ProposalId, Term } from './ids.ts';

/**
 * - `noop`: a new leader's first entry; it commits what came before it (Raft §5.4.2, §8).
 * - `command`: one proposal.
 * - `configuration`: who votes. Reserved: membership is fixed by the command line for now.
 */
export type EntryKind = 'noop' | 'command' | 'configuration';

export type Entry = Readonly<{
  index: LogIndex;
  term: Term;
  kind: EntryKind;
  /** The cluster's own monotone time in ms, as stamped by the leader. Never goes back along the log. */
  timeMs: number;
  /** Unsigned 32 bits drawn by the leader, for whatever in the entry needs chance. */
  seed: number;
  /** Empty unless `kind` is `command`. */
  payload: Uint8Array;
}>;

/** A node's promises about elections. Term and vote are durable in one step (Raft figure 2). */
export type HardState = Readonly<{ term: Term; votedFor: NodeId | null }>;

/** A proposal on its way into the log: the id in the clear, the rest as it will be stored. */
export type Proposal = Readonly<{
  proposalId: ProposalId;
  payload: Uint8Array;
}>;

/** What a `command` entry's payload says once decoded: what a client asked for, or a leader. */
export type Payload = Command | Readonly<{ proposalId: ProposalId; chore: Chore }>;

/** One event from a client. */
export type Command = Readonly<{
  proposalId: ProposalId;
  machine: string;
  key: string;
  event: MachineEvent;
  /**
   * What the node that took it had applied by then. Where the proposal window has since forgotten
   * something later, nobody can tell any more whether this one was applied before.
   */
  since: LogIndex;
  /** Only looked at when this event begins the instance. */
  input?: unknown;
}>;

export type MachineEvent = Readonly<{ type: string; [field: string]: unknown }>;
