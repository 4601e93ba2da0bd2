/**
 * What a node hears. The prefix says who may send it, the rest what already happened;
 * only `client.*` and `operator.*` ask for something.
 *
 *   wire.*      another node said
 *   disk.*      our own storage finished, or failed
 *   log.*       what is committed has been applied
 *   link.*      a connection to a peer came or went
 *   client.*    somebody asks
 *   operator.*  whoever runs the process asks
 *
 * The host stamps each with `nowMs`, its monotone clock, so that no chart needs to look at one.
 */
import type { HardState, Proposal } from './entry.ts';
import type { LogEnd, LogIndex, NodeId } from './ids.ts';
import type { ConsensusMessage, MessageOf } from './messages.ts';

export type LifecycleState = 'Init' | 'Running' | 'Stopped';

type Heard<Type extends string, Fields = unknown> = Readonly<
  { type: Type; nowMs: number } & Fields
>;

/** `wire.append`, `wire.voteGranted`, …: one event type for each kind of message that consensus is made of. */
export type WireEvent = {
  [Kind in ConsensusMessage['kind']]: Heard<
    `wire.${Kind}`,
    { from: NodeId; message: MessageOf<Kind> }
  >;
}[ConsensusMessage['kind']];

/** A write and its flush are done: these are the last hard state and the last entry that it held. */
export type DiskFlushed = Heard<
  'disk.flushed',
  { hardState: HardState | null; last: LogEnd | null }
>;
/** A write or a flush failed. There is no telling what is on the disk, so: silence. */
export type DiskFailed = Heard<'disk.failed', { reason: string }>;

/** Everything up to `through` has been applied; the lifecycle that the cluster agreed on is this. */
export type LogApplied = Heard<'log.applied', { through: LogIndex; lifecycle: LifecycleState }>;

export type LinkOpened = Heard<'link.opened', { peer: NodeId }>;
export type LinkLost = Heard<'link.lost', { peer: NodeId }>;

/** One batch of proposals: all that arrived in one turn of the event loop. */
export type ClientProposes = Heard<'client.proposes', { proposals: readonly Proposal[] }>;
/** One batch of linearizable reads, under one number of this node's own. */
export type ClientReads = Heard<'client.reads', { readId: number }>;

/** Hand leadership over: to the node named, or to the best follower. */
export type OperatorTransfers = Heard<'operator.transfers', { to: NodeId | null }>;

export type NodeEvent =
  | WireEvent
  | DiskFlushed
  | DiskFailed
  | LogApplied
  | LinkOpened
  | LinkLost
  | ClientProposes
  | ClientReads
  | OperatorTransfers;

/** The same before the host has stamped it. */
export type Unstamped<Event> = Event extends unknown ? Omit<Event, 'nowMs'> : never;
