/**
 * The transport between nodes over WebSocket. Each node dials each of its peers and says what it
 * has to say on the link that it dialed, so an ordered pair of nodes has one connection, and each
 * end of it has one job.
 */
import type { AnyActorRef } from 'xstate';
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { drawInteger } from '../../machines/rules/random.ts';
import type { Clock } from '../clock.ts';
import type { MessageSocket } from '../message-socket.ts';
import { acceptedConnections } from './accepted.ts';
import { complaintsTo, type Logger } from './complaints.ts';
import {
  dialedLink,
  dialWebSocket,
  type Dial,
  type DialedLink,
  type LinkActor,
  type PeerStatus,
} from './dialed.ts';
import { greeting, peerPath, type Identity } from './handshake.ts';
import type { Transport, TransportListener } from './port.ts';

export { peerPath } from './handshake.ts';
export type { Identity } from './handshake.ts';
export type { Logger } from './complaints.ts';
export type { PeerStatus } from './dialed.ts';

export type WebSocketTransportOptions = Readonly<{
  self: Identity;
  /** Where each peer is dialed: `ws://HOST:PORT` or `wss://HOST:PORT`. */
  peers: ReadonlyMap<NodeId, string>;
  clock: Clock;
  listener: TransportListener;
  logger: Logger;
  /** For the jitter of the back-off. */
  seed: number;
  /** Through the real network, if left out. */
  dial?: Dial;
  /** The links live in its system, and an inspector sees them as its children. */
  parent?: AnyActorRef;
}>;

export interface WebSocketTransport extends Transport {
  /** Takes over a connection that was just upgraded on {@link peerPath}, with {@link peerSocketOptions}. */
  accept(socket: MessageSocket): void;
  peers(): readonly PeerStatus[];
  /** One for each link that we dial. */
  links(): ReadonlyMap<NodeId, LinkActor>;
}

/** What the server that upgrades connections of peers must give to its `WebSocketServer`. */
export const peerSocketOptions = {
  perMessageDeflate: false,
  maxPayload: limits.frameBytesMax,
  closeTimeout: 1_000,
};

export function createWebSocketTransport(options: WebSocketTransportOptions): WebSocketTransport {
  const { self, clock, listener, logger, dial = dialWebSocket, parent } = options;
  const complaints = complaintsTo(logger, clock);
  const links = new Map<NodeId, DialedLink>();
  const peers = new Set(options.peers.keys());
  let tells = true;
  let random = { seed: options.seed };

  refuseTooManyMachines(self);

  for (const [peer, url] of options.peers) {
    const [seed, next] = drawInteger(random, 0, 0xffff_ffff);
    random = next;
    links.set(
      peer,
      dialedLink({
        self,
        peer,
        address: peerAddress(peer, url),
        dial,
        seed,
        clock,
        complaints,
        opened: () => tells && listener.linkOpened(peer),
        lost: () => tells && listener.linkLost(peer),
        ...(parent && { parent }),
      }),
    );
  }

  const accepted = acceptedConnections({
    self,
    peers,
    clock,
    complaints,
    heard: (from, messages) => tells && listener.heard(from, messages),
    arrived: (peer) => links.get(peer)?.arrived(),
  });

  for (const link of links.values()) link.start();

  const closeAll = async (): Promise<void> => {
    await Promise.all([accepted.close(), ...[...links.values()].map((link) => link.close())]);
  };
  let closed: Promise<void> | null = null;

  return {
    send: (to, messages) => links.get(to)?.send(messages),
    accept: accepted.accept,
    peers: () => [...links.values()].map((link) => link.status()),
    links: () => new Map([...links].map(([peer, link]) => [peer, link.actor])),
    close() {
      tells = false;
      closed ??= closeAll();
      return closed;
    },
  };
}

function peerAddress(peer: NodeId, url: string): URL {
  if (!URL.canParse(url) || !/^wss?:/.test(url)) {
    throw new QuorateError(
      'usage',
      `the address of ${peer}, "${url}", is not one of a node: write it as ws://HOST:PORT`,
      { peer },
    );
  }
  const address = new URL(url);
  address.pathname = peerPath;
  address.hash = '';
  return address;
}

/** Otherwise every peer would refuse us, and say no more than that our hello is too long. */
function refuseTooManyMachines(self: Identity): void {
  const hello = greeting('hello', self, self.node);
  if (Buffer.byteLength(hello) + limits.nodeIdCharsMax <= limits.peerHelloBytesMax) return;
  throw new QuorateError(
    'machine-unsupported',
    'the names of so many machines do not fit the greeting between nodes: name fewer in --machines',
  );
}
