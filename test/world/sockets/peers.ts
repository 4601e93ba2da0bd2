/** The transport between nodes that is shipped, on simulated sockets. */
import type { AnyActorRef } from 'xstate';
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { TransportListener } from '../../../runtime/transport/port.ts';
import {
  createWebSocketTransport,
  type Identity,
  type Logger,
  type WebSocketTransport,
} from '../../../runtime/transport/websocket.ts';
import { socketAddress, type Host } from './network.ts';

/** As the transport has it for real sockets. */
const closeTimeoutMs = 1_000;

const silentLogger: Logger = { info() {}, warn() {} };

export type SocketTransportOptions = Readonly<{
  host: Host;
  self: Identity;
  /** All others. */
  peers: readonly NodeId[];
  listener: TransportListener;
  logger?: Logger;
  /** The links live in its system: `parent.system.inspect` sees their charts. */
  parent?: AnyActorRef;
}>;

export function socketTransport(options: SocketTransportOptions): WebSocketTransport {
  const { host, self, peers, listener, logger = silentLogger, parent } = options;
  const { clock } = host.program;
  const transport = createWebSocketTransport({
    self,
    peers: new Map(peers.map((peer) => [peer, socketAddress(peer)])),
    clock,
    listener,
    logger,
    seed: clock.seed(),
    dial: (address) => host.dial(address, { closeTimeoutMs }),
    ...(parent && { parent }),
  });
  host.listen('peer', { accept: (socket) => transport.accept(socket) });
  return transport;
}
