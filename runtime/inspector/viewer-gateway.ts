/** The door for viewers, `/inspect/feed`: every connection that is open, and how each ends. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData } from 'ws';
import type { Alarm, Clock } from '../clock.ts';
import type { DoorLogger } from '../gateway/logger.ts';
import type { Corkable } from '../gateway/outbox.ts';
import type { MessageSocket } from '../message-socket.ts';
import type { Contain } from './containment.ts';
import { ViewerOutbox, type ViewerLimits } from './viewer-outbox.ts';
import { ViewerSession, type Scene, type Scope } from './viewer-session.ts';
import { askForSignsOfLife } from '../gateway/signs-of-life.ts';

type Parts = Readonly<{
  scene: Scene;
  clock: Clock;
  logger: DoorLogger;
  limits: ViewerLimits;
  contain: Contain;
  came: (session: ViewerSession) => void;
  left: (session: ViewerSession) => void;
}>;

type Connection = {
  readonly webSocket: MessageSocket;
  readonly session: ViewerSession;
  wasHeard: boolean;
};

export class ViewerGateway {
  readonly handshakes: WebSocketServer;
  readonly #parts: Parts;
  readonly #connections = new Set<Connection>();
  #nextRound: Alarm = null;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    const options = {
      noServer: true,
      clientTracking: false,
      maxPayload: parts.limits.viewerFrameBytesMax,
      closeTimeout: parts.limits.handshakeTimeoutMs,
    };
    this.handshakes = new WebSocketServer(options);
  }

  /** Why nobody more can be taken; null while somebody can. */
  fullBecause(scope: Scope): string | null {
    const { viewersMax, viewingPeersMax } = this.#parts.limits;
    const max = scope === 'node' ? viewingPeersMax : viewersMax;
    let count = 0;
    for (const { session } of this.#connections) if (session.scope === scope) count += 1;
    return count < max
      ? null
      : `this node has ${max} viewers, which is all it takes; look at another node, or later`;
  }

  take(request: IncomingMessage, socket: Duplex, head: Buffer, scope: Scope): void {
    this.handshakes.handleUpgrade(request, socket, head, (webSocket) => {
      this.open(webSocket, socket, scope);
    });
  }

  open(webSocket: MessageSocket, socket: Corkable, scope: Scope): void {
    const { scene, clock, limits, logger, contain, came, left } = this.#parts;
    if (this.#isClosed) return webSocket.terminate();
    const outbox = new ViewerOutbox({
      webSocket,
      socket,
      clock,
      limits,
      caughtUp: (dropped) => session.caughtUp(dropped),
    });
    const session = new ViewerSession({ scene, scope, outbox, limits });
    const connection: Connection = { webSocket, session, wasHeard: true };
    this.#connections.add(connection);
    if (this.#connections.size === 1) this.#nextRound = this.#scheduleRound();

    const heard = contain((data: RawData, isBinary: boolean) => {
      if (isBinary) session.heardBinary();
      else session.heard((data as Buffer).toString());
    });
    webSocket.on('message', (data, isBinary) => {
      connection.wasHeard = true;
      heard(data, isBinary);
    });
    webSocket.on('pong', () => (connection.wasHeard = true));
    webSocket.on('error', (error) => {
      logger.debug({ err: error }, 'a viewer broke the WebSocket protocol');
    });
    webSocket.on('close', () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) clock.clearTimeout(this.#nextRound);
      contain(() => {
        session.ended();
        left(session);
      })();
    });
    contain(() => {
      came(session);
      session.begin();
    })();
  }

  sendAway(): void {
    this.#isClosed = true;
    this.#parts.clock.clearTimeout(this.#nextRound);
    for (const { session } of this.#connections) session.sendAway();
  }

  cutOff(): void {
    for (const { webSocket } of this.#connections) webSocket.terminate();
  }

  #round(): void {
    askForSignsOfLife(this.#connections);
    this.#nextRound = this.#scheduleRound();
  }

  #scheduleRound(): Alarm {
    const { clock, limits } = this.#parts;
    return clock.setTimeout(() => this.#round(), limits.clientSilenceMsMax / 2);
  }
}
