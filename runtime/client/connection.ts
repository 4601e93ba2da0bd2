/**
 * One WebSocket to one node. Matches answers to requests; retries nothing. A node that does not
 * answer in time is taken for lost, and the connection is closed: what is asked anew goes elsewhere.
 */
import { WebSocket } from 'ws';
import { limits } from '../../machines/protocol/limits.ts';
import { realClock, type Alarm, type Clock } from '../clock.ts';
import type { MessageSocket } from '../message-socket.ts';
import { hostOf } from './address.ts';
import type { Answer, ClientMessage, RefusedAnswer, StateAnswer } from './messages.ts';

/** Nothing was sent. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** What was asked on it may or may not have been done. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export interface Connection {
  readonly url: string;
  /** The one answer. Rejects with ConnectionLost when there is none within `patienceMs`. */
  ask(message: ClientMessage, patienceMs: number): Promise<Answer>;
  /**
   * Calls back for each state. Settles only when that ends: resolves with the refusal, or
   * rejects with ConnectionLost.
   */
  subscribe(
    message: Extract<ClientMessage, { type: 'subscribe' }>,
    heard: (state: StateAnswer) => void,
  ): Promise<RefusedAnswer>;
  close(): void;
}

/** Begins to connect. The socket says how that ends: with an error, if not within `patienceMs`. */
export type Dial = (url: string, patienceMs: number) => MessageSocket;

export type ConnectOptions = Readonly<{ clock?: Clock; patienceMs?: number; dial?: Dial }>;

type Waiting = Readonly<{ heard: (answer: Answer) => void; lost: (why: ConnectionLost) => void }>;

const dialWebSocket: Dial = (url, patienceMs) =>
  new WebSocket(url, {
    handshakeTimeout: patienceMs,
    maxPayload: limits.frameBytesMax,
    perMessageDeflate: false,
  });

/** A silent node is asked for a sign of life this often while it has nothing else to say. */
const signOfLifeMs = 5_000;

export function connect(
  url: string,
  { clock = realClock, patienceMs = 2_000, dial = dialWebSocket }: ConnectOptions = {},
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = dial(url, patienceMs);
    const refuse = (error: Error): void => {
      reject(new Unreachable(`${hostOf(url)}: ${error.message || codeOf(error)}`));
    };
    socket.on('error', refuse);
    socket.once('open', () => resolve(overSocket(socket, url, clock)));
  });
}

/** Where a name has several addresses, Node throws them all together, without a message. */
const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.name);

function overSocket(socket: MessageSocket, url: string, clock: Clock): Connection {
  const waiting = new Map<string, Waiting>();
  let requests = 0;
  let whyLost: ConnectionLost | null = null;

  const lose = (why: string): void => {
    if (whyLost !== null) return;
    whyLost = new ConnectionLost(`${hostOf(url)}: ${why}`);
    socket.terminate();
    for (const { lost } of waiting.values()) lost(whyLost);
    waiting.clear();
  };
  socket.on('error', (error) => lose(error.message));
  socket.on('close', () => lose('the connection was closed'));
  socket.on('message', (data) => {
    // Buffers, since no other `binaryType` was asked for.
    const answers = parseFrame((data as Buffer).toString());
    if (answers === null) return lose('it does not speak the client protocol');
    for (const { id, ...answer } of answers) {
      if (id !== undefined) waiting.get(id)?.heard(answer as Answer);
    }
  });

  const request = (message: ClientMessage, listener: Waiting): string => {
    requests += 1;
    const id = String(requests);
    if (whyLost === null) {
      waiting.set(id, listener);
      socket.send(JSON.stringify({ ...message, id }));
    } else {
      listener.lost(whyLost);
    }
    return id;
  };

  return {
    url,
    ask: (message, patienceMs) =>
      new Promise((resolve, reject) => {
        const impatient = clock.setTimeout(() => lose('no answer in time'), patienceMs);
        const id = request(message, {
          heard: (answer) => {
            clock.clearTimeout(impatient);
            waiting.delete(id);
            resolve(answer);
          },
          lost: (why) => {
            clock.clearTimeout(impatient);
            reject(why);
          },
        });
      }),
    subscribe: (message, heard) =>
      new Promise((resolve, reject) => {
        const stopWatching = watchForLife(socket, clock, () => lose('it has fallen silent'));
        request(message, {
          heard: (answer) => {
            if (answer.type === 'state') return heard(answer);
            stopWatching();
            if (answer.type === 'refused') resolve(answer);
          },
          lost: (why) => {
            stopWatching();
            reject(why);
          },
        });
      }),
    close: () => lose('we closed it'),
  };
}

/** Half-open connections carry nothing and end never: only asking tells. */
function watchForLife(socket: MessageSocket, clock: Clock, silent: () => void): () => void {
  let alive = true;
  let alarm: Alarm;
  const sign = (): void => {
    alive = true;
  };
  const check = (): void => {
    if (!alive) return silent();
    alive = false;
    socket.ping();
    alarm = clock.setTimeout(check, signOfLifeMs);
  };
  socket.on('pong', sign);
  socket.on('message', sign);
  alarm = clock.setTimeout(check, signOfLifeMs);
  return () => {
    clock.clearTimeout(alarm);
    socket.off('pong', sign);
    socket.off('message', sign);
  };
}

type Framed = Readonly<{ id?: string }>;

/** A frame holds one message or an array of them. */
function parseFrame(text: string): readonly Framed[] | null {
  try {
    const frame = JSON.parse(text) as Framed | readonly Framed[] | null;
    const answers = Array.isArray(frame) ? (frame as readonly Framed[]) : [frame as Framed | null];
    return answers.every((answer) => typeof answer === 'object' && answer !== null)
      ? answers
      : null;
  } catch {
    return null;
  }
}
