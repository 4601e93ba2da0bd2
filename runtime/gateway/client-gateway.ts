/** The door for clients, `/v1/client`: every connection that is open, and how each ends. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Alarm, Clock } from '../clock.ts';
import type { MessageSocket } from '../message-socket.ts';
import type { NodeService } from '../service.ts';
import { ClientSession, type Gateway } from './client-session.ts';
import type { DoorLimits } from './door-limits.ts';
import { InstanceFeeds } from './instance-feeds.ts';
import type { DoorLogger } from './logger.ts';
import { Outbox, type Corkable } from './outbox.ts';
import type { Tally } from './tally.ts';
import { askForSignsOfLife } from './signs-of-life.ts';

export type ClientGatewayOptions = Readonly<{
  service: NodeService;
  clock: Clock;
  logger: DoorLogger;
  limits: DoorLimits;
  tally: Tally;
}>;

type Connection = {
  readonly webSocket: MessageSocket;
  readonly session: ClientSession;
  wasHeard: boolean;
};

export class ClientGateway {
  /** Emits `wsClientError` for an upgrade that is no WebSocket handshake. */
  readonly handshakes: WebSocketServer;
  readonly #gateway: Gateway;
  readonly #logger: DoorLogger;
  readonly #connections = new Set<Connection>();
  #nextRound: Alarm;

  constructor({ service, clock, logger, limits, tally }: ClientGatewayOptions) {
    this.#gateway = { service, clock, limits, tally, feeds: new InstanceFeeds(service) };
    this.#logger = logger;
    const options = {
      noServer: true,
      clientTracking: false,
      maxPayload: limits.clientFrameBytesMax,
      // Who does not answer a close frame is cut off no later than who never spoke at all.
      // (Named apart from the call, because the types of ws do not know this option yet.)
      closeTimeout: limits.handshakeTimeoutMs,
    };
    this.handshakes = new WebSocketServer(options);
    this.#nextRound = this.#scheduleRound();
    service.whenRefusing((why) => {
      for (const { session } of this.#connections) session.endSubscriptions(why);
    });
  }

  get isFull(): boolean {
    return this.#connections.size >= this.#gateway.limits.clientConnectionsMax;
  }

  /** Completes the handshake of an upgrade to `/v1/client`. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.handshakes.handleUpgrade(request, socket, head, (webSocket) => {
      this.open(webSocket, socket);
    });
  }

  /** Serves a connection whose handshake is done. */
  open(webSocket: MessageSocket, socket: Corkable): void {
    const { clock, limits, tally } = this.#gateway;
    const outbox = new Outbox({
      webSocket,
      socket,
      clock,
      limits,
      written: () => session.written(),
    });
    const session = new ClientSession(this.#gateway, outbox);
    const connection: Connection = { webSocket, session, wasHeard: true };
    this.#connections.add(connection);
    tally.clientConnections = this.#connections.size;

    webSocket.on('message', (data, isBinary) => {
      connection.wasHeard = true;
      // A text frame comes as one Buffer, as long as nobody changes `binaryType`.
      if (isBinary) session.heardBinary();
      else session.heardText((data as Buffer).toString());
    });
    webSocket.on('ping', () => (connection.wasHeard = true));
    webSocket.on('pong', () => (connection.wasHeard = true));
    // Frames that break RFC 6455 or the size limit: ws closes with the code that says so.
    webSocket.on('error', (error) => {
      this.#logger.debug({ err: error }, 'a client broke the WebSocket protocol');
    });
    webSocket.on('close', () => {
      session.ended();
      this.#connections.delete(connection);
      tally.clientConnections = this.#connections.size;
    });
  }

  /** Tells every client to turn to another node. */
  sendAway(): void {
    this.#gateway.clock.clearTimeout(this.#nextRound);
    for (const { session } of this.#connections) session.sendAway();
  }

  /** For those who did not go. */
  cutOff(): void {
    for (const { webSocket } of this.#connections) webSocket.terminate();
  }

  #round(): void {
    askForSignsOfLife(this.#connections);
    this.#nextRound = this.#scheduleRound();
  }

  #scheduleRound(): Alarm {
    const { clock, limits } = this.#gateway;
    return clock.setTimeout(() => this.#round(), limits.clientSilenceMsMax / 2);
  }
}
