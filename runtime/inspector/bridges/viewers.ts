/**
 * Those who look by one bridge: WebSocket connections that are written to and not waited for. Who
 * does not read what was sent is sent away; what a viewer says can only ever be ignored.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { closeCodes } from '../../gateway/outbox.ts';
import type { DoorLogger } from '../../gateway/logger.ts';
import type { Clock } from '../../clock.ts';
import type { Observation } from './observation.ts';
import type { Sight, Subject } from './sights.ts';

const viewerLimits = {
  perBridgeMax: 16,
  /** Sent and not read yet. */
  backlogBytesMax: 16 * 1024 * 1024,
  /** Of what a viewer says. */
  frameBytesMax: 1024 * 1024,
} as const;

/** One protocol. All that is said is JSON. */
export type Bridge = Readonly<{
  /** Whether a viewer must ask before it is told anything. */
  waitsToBeAsked: boolean;
  /** Everybody, for one who begins to look, or who asks again. */
  introduce(everybody: readonly Subject[]): readonly object[];
  tell(sights: readonly Sight[]): readonly object[];
  /** Anything at all, from anybody. `answer` goes to this viewer alone. */
  heard(message: unknown, viewer: Viewer): void;
}>;

export type Viewer = Readonly<{
  /** It wants to be told of everybody, now and from here on. */
  introduce(): void;
  answer(message: object): void;
}>;

/** The way in to it, for whoever handles upgrades. */
export type ViewerDoor = Readonly<{
  handshakes: WebSocketServer;
  isFull(): boolean;
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  sendAway(): void;
  cutOff(): void;
}>;

type Parts = Readonly<{
  bridge: Bridge;
  observation: Observation;
  clock: Clock;
  logger: DoorLogger;
}>;

export function viewersOf({ bridge, observation, clock, logger }: Parts): ViewerDoor {
  const handshakes = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: viewerLimits.frameBytesMax,
  });
  /** Who is told what happens. */
  const looking = new Set<WebSocket>();
  /** Who is to be told of everybody in the next turn. */
  let newcomers = new Set<WebSocket>();
  let callOff: (() => void) | null = null;

  const send = (webSocket: WebSocket, frame: string): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    webSocket.send(frame);
    if (webSocket.bufferedAmount <= viewerLimits.backlogBytesMax) return;
    logger.warn({}, 'an inspector does not read what it is sent, and is sent away');
    left(webSocket);
    // Its place in a queue of that length would keep a close frame from it for long.
    webSocket.terminate();
  };

  /** None, rather than anything thrown into the node. */
  const framesOf = (say: () => readonly object[]): readonly string[] => {
    try {
      return say().map((message) => JSON.stringify(message));
    } catch (error) {
      logger.warn({ err: error }, 'something could not be told to an inspector');
      return [];
    }
  };

  const tell = (sights: readonly Sight[]): void => {
    const frames = framesOf(() => bridge.tell(sights));
    for (const webSocket of looking) for (const frame of frames) send(webSocket, frame);
  };

  const introduceAll = (): void => {
    const due = newcomers;
    newcomers = new Set();
    if (due.size === 0) return;
    callOff ??= observation.look(tell);
    // Those who look already are told first what happened until now: `everybody` sees to that.
    const everybody = observation.everybody();
    const frames = framesOf(() => bridge.introduce(everybody));
    for (const webSocket of due) {
      looking.add(webSocket);
      for (const frame of frames) send(webSocket, frame);
    }
  };

  const introduce = (webSocket: WebSocket): void => {
    if (newcomers.size === 0) clock.soon(introduceAll);
    newcomers.add(webSocket);
  };

  const left = (webSocket: WebSocket): void => {
    looking.delete(webSocket);
    newcomers.delete(webSocket);
    if (looking.size > 0) return;
    callOff?.();
    callOff = null;
  };

  const open = (webSocket: WebSocket): void => {
    const viewer: Viewer = {
      introduce: () => introduce(webSocket),
      answer: (message) => send(webSocket, JSON.stringify(message)),
    };
    webSocket.on('message', (data, isBinary) => {
      const message = isBinary ? undefined : parsed((data as Buffer).toString());
      bridge.heard(message, viewer);
    });
    webSocket.on('error', (error) => {
      logger.debug({ err: error }, 'an inspector broke the WebSocket protocol');
    });
    webSocket.on('close', () => left(webSocket));
    if (!bridge.waitsToBeAsked) introduce(webSocket);
  };

  return {
    handshakes,
    isFull: () => handshakes.clients.size >= viewerLimits.perBridgeMax,
    take: (request, socket, head) => handshakes.handleUpgrade(request, socket, head, open),
    sendAway() {
      for (const webSocket of handshakes.clients) {
        webSocket.close(closeCodes.goingAway, 'this node is stopping');
      }
    },
    cutOff: () => handshakes.clients.forEach((webSocket) => webSocket.terminate()),
  };
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
