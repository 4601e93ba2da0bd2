/** What a node's core is given, and what it offers to those around it (`node-core.ts` makes one). */
import type { AnyActorRef } from 'xstate';
import type { NodeId } from '../machines/protocol/ids.ts';
import type { Message } from '../machines/protocol/messages.ts';
import type { Replica } from '../machines/replica/replica.ts';
import type { Clock } from './clock.ts';
import type { Divergence } from './divergence/divergence.ts';
import type { NodeActor, NodeSnapshot } from './host.ts';
import type { Logger } from './logger.ts';
import type { ProposalDesk } from './proposal-desk.ts';
import type { ReadDesk } from './read-desk.ts';
import type { Storage } from './storage/port.ts';
import type { Transport, TransportListener } from './transport/port.ts';
import type { Watchers } from './watchers.ts';

export type CoreOptions = Readonly<{
  id: NodeId;
  /** Ourselves included. */
  voters: readonly NodeId[];
  /** Wait in Init for somebody to propose Running. */
  hold: boolean;
  storage: Storage;
  replica: Replica;
  clock: Clock;
  logger: Logger;
  connect: (listener: TransportListener, parent: NodeActor) => Transport;
  /** Handed the node's actor before there is any other in its system. */
  made?: (actor: NodeActor) => void;
  /** A flush failed, or a bug showed: this node has fallen silent for good. */
  fellSilent: (cause: unknown) => void;
}>;

/** Hears of every frame, and must not throw. */
export type MessageTap = Readonly<{
  sent(to: NodeId, messages: readonly Message[]): void;
  heard(from: NodeId, messages: readonly Message[]): void;
}>;

export type Core = Readonly<{
  actor: NodeActor;
  start(): void;
  snapshot(): NodeSnapshot;
  replica: Replica;
  proposals: ProposalDesk;
  reads: ReadDesk;
  watchers: Watchers;
  divergence: Pick<Divergence, 'quarantine' | 'whenSecluded'>;
  isLinked(peer: NodeId): boolean;
  /** Makes sure that a turn comes soon: somebody is at one of the desks. */
  awake(): void;
  /** Those it consists of, but for its links and the proposals in flight. */
  actors(): readonly AnyActorRef[];
  /** Somebody wants to know what goes to and comes from the peers; null: nobody any more. */
  tapMessages(tap: MessageTap | null): void;
  /** The cluster's own time: as we make it where we lead, otherwise of the last entry that we hold. */
  clusterTimeMs(): number;
  /** Hands leadership to that node, or to the best follower; does nothing on one that does not lead. */
  transfer(to: NodeId | null): void;
  /** Ends what is in flight, waits for the disk, and hears nothing more. Leaves the storage open. */
  stop(): Promise<void>;
}>;
