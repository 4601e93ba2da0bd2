/**
 * The whole of what a node needs from a network. Loss is normal and order is not promised, so
 * a bad transport can cost time, never truth. Every transport sits the exam in exam.ts.
 */
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';

export interface Transport {
  /**
   * Queues these for one peer, in this order, as one frame. What cannot be sent is dropped.
   * Never blocks, never throws for what a peer or the network does.
   */
  send(to: NodeId, messages: readonly Message[]): void;
  close(): Promise<void>;
}

/** What a transport tells the node it serves. Every call comes in a turn of its own event. */
export type TransportListener = Readonly<{
  /** Checked against the schema and the limits; `from` is who the handshake proved it to be. */
  heard(from: NodeId, messages: readonly Message[]): void;
  /** Our own link to that peer can carry messages now, or can no longer. */
  linkOpened(peer: NodeId): void;
  linkLost(peer: NodeId): void;
}>;
