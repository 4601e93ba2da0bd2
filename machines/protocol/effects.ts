/**
 * Everything a node may ask of the world. The runtime is the only reader, and this union is
 * the whole list of what a node can do. Wishes of one transition leave together, in order,
 * once it has settled, or not at all.
 */
import type { Entry, HardState, Proposal } from './entry.ts';
import type { RefusalCode } from './errors.ts';
import type { LogIndex, NodeId, ProposalId, Term } from './ids.ts';
import type { Addressed } from './messages.ts';

/** Send now. Nothing in these messages promises that anything is on disk. */
export type Send = Readonly<{ type: 'send'; envelopes: readonly Addressed[] }>;

/**
 * Make durable, then send `thenSend`, then report `disk.flushed`. Votes and append
 * acknowledgements travel here, because each one is a promise about our disk. With nothing
 * to write it waits for what is being written already. An entry at or below the last index
 * replaces that entry and all after it.
 */
export type Persist = Readonly<{
  type: 'persist';
  hardState: HardState | null;
  entries: readonly Entry[];
  thenSend: readonly Addressed[];
}>;

/** Feed these committed entries, which follow those fed before, to the replicated machines. */
export type Apply = Readonly<{ type: 'apply'; entries: readonly Entry[] }>;

/** These proposals stand in our log, in this order from `firstIndex` on, and may still be lost. */
export type Placed = Readonly<{
  type: 'placed';
  proposalIds: readonly ProposalId[];
  firstIndex: LogIndex;
  term: Term;
}>;
/** Handed on to the leader. Whether they arrive, only the log will tell. */
export type Forwarded = Readonly<{
  type: 'forwarded';
  to: NodeId;
  proposals: readonly Proposal[];
}>;
/** Certainly not placed, here or through us. */
export type RefuseProposals = Readonly<{
  type: 'refuse';
  proposalIds: readonly ProposalId[];
  code: RefusalCode;
  message: string;
}>;

/** A read under this number is linearizable once everything up to `index` has been applied. */
export type ReadReady = Readonly<{ type: 'readReady'; readId: number; index: LogIndex }>;
/** No leader could vouch for it. Ask again when there is one. */
export type ReadFailed = Readonly<{ type: 'readFailed'; readId: number }>;

/** Who leads, as far as we know. Whatever still waits for a place may be offered again. */
export type LeaderChanged = Readonly<{ type: 'leaderChanged'; leader: NodeId | null }>;

/** The first leader takes a new cluster from Init to Running. */
export type ProposeRunning = Readonly<{ type: 'proposeRunning' }>;

/** A failed flush: stop this process, answer nobody. */
export type FallSilent = Readonly<{ type: 'fallSilent'; reason: string }>;

export type Effect =
  | Send
  | Persist
  | Apply
  | Placed
  | Forwarded
  | RefuseProposals
  | ReadReady
  | ReadFailed
  | LeaderChanged
  | ProposeRunning
  | FallSilent;
