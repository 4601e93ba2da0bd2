/** Upgrades to WebSocket: clients to the gateway, peers to whoever speaks with peers. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { RefusalCode } from '../../machines/protocol/errors.ts';
import type { ViewerDoor } from '../inspector/bridges/viewers.ts';
import type { ClientGateway } from '../gateway/client-gateway.ts';
import type { DoorLimits } from '../gateway/door-limits.ts';
import type { DoorLogger } from '../gateway/logger.ts';
import { closeCodes } from '../gateway/outbox.ts';
import type { Inspector } from '../inspector/inspector.ts';
import { feedPath } from '../inspector/protocol.ts';
import { refusalOfPage } from './origin.ts';
import { replyOnSocket } from './reply.ts';
import { splitTarget } from './target.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** Gets each peer's connection once the WebSocket handshake is done; ours comes after it. */
export type OnPeer = (webSocket: WebSocket, request: IncomingMessage) => void;

export type UpgradesOptions = Readonly<{
  clients: ClientGateway;
  inspector: Inspector | null;
  onPeer: OnPeer;
  bridges: ReadonlyMap<string, ViewerDoor>;
  limits: DoorLimits;
  logger: DoorLogger;
  room: WaitingRoom;
}>;

export function createUpgrades(parts: UpgradesOptions) {
  const { clients, inspector, bridges, onPeer, limits, logger, room } = parts;
  const options = {
    noServer: true,
    maxPayload: limits.frameBytesMax,
    closeTimeout: limits.handshakeTimeoutMs,
  };
  const peers = new WebSocketServer(options);
  const viewers = [...bridges.values(), ...(inspector === null ? [] : [inspector])];
  for (const { handshakes } of [{ handshakes: peers }, clients, ...viewers]) {
    handshakes.on('wsClientError', ({ message }, socket) => {
      refuse(socket, 400, 'bad-request', `this is no WebSocket handshake: ${message}`);
    });
  }

  const take = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until ws has taken it over, nobody else hears that the socket broke.
    socket.on('error', () => socket.destroy());
    const { path, query } = splitTarget(request.url ?? '');
    const refusal = refusalOfPage(request);
    if (refusal) return replyOnSocket(socket, 403, refusal);
    if (path === '/v1/client') {
      if (clients.isFull) {
        const sentence = `this node has ${limits.clientConnectionsMax} clients, which is all it takes; ask another, or later`;
        return refuse(socket, 503, 'overloaded', sentence);
      }
      clients.take(request, socket, head);
    } else if (path === feedPath && inspector !== null) {
      const scope = query.get('scope') === 'node' ? 'node' : 'cluster';
      const full = inspector.fullBecause(scope);
      if (full !== null) return refuse(socket, 503, 'overloaded', full);
      inspector.take(request, socket, head, scope);
    } else if (path === '/v1/peer') {
      peers.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', (error) => {
          logger.debug({ err: error }, 'a peer broke the WebSocket protocol');
        });
        onPeer(webSocket, request);
      });
    } else {
      const bridge = bridges.get(path);
      if (bridge === undefined) {
        const remedy =
          path === '/inspect/stately' ? 'start the node with --inspect stately' : 'try /v1/client';
        return refuse(socket, 404, 'bad-request', `there is no WebSocket at ${path}; ${remedy}`);
      }
      if (bridge.isFull()) {
        return refuse(socket, 503, 'overloaded', `too many inspectors at ${path}; close one`);
      }
      bridge.take(request, socket, head);
    }
    if (!socket.destroyed && !socket.writableEnded) room.leave(socket as Socket);
  };

  return {
    take,
    /** Peers are told as clients are; they know what to make of it. */
    sendAway() {
      for (const viewer of viewers) viewer.sendAway();
      for (const peer of peers.clients) peer.close(closeCodes.goingAway, 'this node is stopping');
    },
    cutOff() {
      for (const viewer of viewers) viewer.cutOff();
      for (const peer of peers.clients) peer.terminate();
    },
  };
}

const refuse = (socket: Duplex, status: number, code: RefusalCode, message: string): void =>
  replyOnSocket(socket, status, { code, message });
