/**
 * One WebSocket to one node. Matches answers to requests; retries nothing. A node that does not
 * answer in time, or not by the protocol, is taken for lost, and the connection is closed: what
 * is asked anew goes elsewhere.
 */
import type { Alarm, Clock } from '../clock.ts';
import { hostOf } from './address.ts';
import { isAnswerTo } from './answer-check.ts';
import type { ClientSocket, Dial } from './client-socket.ts';
import type {
  AnswerTo,
  Question,
  RefusedAnswer,
  StateAnswer,
  SubscribeMessage,
} from './messages.ts';

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
  /**
   * The one answer. Rejects with ConnectionLost when there is none within `patienceMs`, and with
   * Unreachable where the connection was lost before it was asked.
   */
  ask<Asked extends Question>(message: Asked, patienceMs: number): Promise<AnswerTo<Asked>>;
  /**
   * Calls back for each state. Settles only when that ends: resolves with the refusal, or with
   * null once `signal` has ended it; rejects like `ask`.
   */
  subscribe(
    message: SubscribeMessage,
    heard: (state: StateAnswer) => void,
    signal?: AbortSignal,
  ): Promise<RefusedAnswer | null>;
  /**
   * Ends the subscriptions with ConnectionLost, so that they turn elsewhere, and closes as soon
   * as nothing that was asked is unanswered.
   */
  retire(): void;
  close(): void;
  /** Resolves with the reason when it is closed, whoever did it. */
  readonly closed: Promise<string>;
}

export type ConnectOptions = Readonly<{ dial: Dial; clock: Clock; patienceMs?: number }>;

type Waiting = Readonly<{
  asked: Question['type'] | 'subscribe';
  heard: (answer: never) => void;
  lost: (why: ConnectionLost | Unreachable) => void;
}>;

/** A silent node is asked for a sign of life this often while there are subscriptions. */
const signOfLifeMs = 5_000;

export function connect(
  url: string,
  { dial, clock, patienceMs = 2_000 }: ConnectOptions,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = dial(url, patienceMs);
    socket.on('error', (error) => {
      reject(new Unreachable(`${hostOf(url)}: ${error.message || codeOf(error)}`));
    });
    socket.on('open', () => resolve(overSocket(socket, url, clock)));
  });
}

/** Where a name has several addresses, Node throws them all together, without a message. */
const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.name);

function overSocket(socket: ClientSocket, url: string, clock: Clock): Connection {
  const waiting = new Map<string, Waiting>();
  let requests = 0;
  let whyLost: ConnectionLost | null = null;
  let isRetiring = false;
  let tellClosed: (why: string) => void = () => {};
  const closed = new Promise<string>((resolve) => (tellClosed = resolve));

  const lose = (why: string): void => {
    if (whyLost !== null) return;
    whyLost = new ConnectionLost(`${hostOf(url)}: ${why}`);
    life.stopWatching();
    socket.terminate();
    for (const { lost } of waiting.values()) lost(whyLost);
    waiting.clear();
    tellClosed(whyLost.message);
  };
  const life = watchForLife(socket, clock, () => lose('it has fallen silent'));
  socket.on('error', (error) => lose(error.message));
  socket.on('close', () => lose('the connection was closed'));
  socket.on('message', (data) => {
    if (whyLost !== null) return;
    life.sign();
    const answers = parseFrame(String(data));
    if (answers === null) return lose('it does not speak the client protocol');
    for (const { id, ...answer } of answers) {
      const who = typeof id === 'string' ? waiting.get(id) : undefined;
      if (who === undefined) continue;
      if (!isAnswerTo(who.asked, answer)) return lose('its answer breaks the client protocol');
      who.heard(answer as never);
    }
  });
  socket.on('pong', life.sign);

  const request = (message: Question | SubscribeMessage, waits: Waiting): string => {
    requests += 1;
    const id = String(requests);
    if (whyLost === null) {
      waiting.set(id, waits);
      socket.send(JSON.stringify({ ...message, id }));
    } else {
      waits.lost(new Unreachable(whyLost.message));
    }
    return id;
  };
  const settled = (id: string): void => {
    waiting.delete(id);
    if (isRetiring && waiting.size === 0) lose('we turned to another');
  };

  return {
    url,
    closed,
    ask: <Asked extends Question>(message: Asked, patienceMs: number) =>
      new Promise<AnswerTo<Asked>>((resolve, reject) => {
        const impatient = clock.setTimeout(() => lose('no answer in time'), patienceMs);
        const id = request(message, {
          asked: message.type,
          heard: (answer) => {
            clock.clearTimeout(impatient);
            resolve(answer);
            settled(id);
          },
          lost: (why) => {
            clock.clearTimeout(impatient);
            reject(why);
          },
        });
      }),
    subscribe: (message, heard, signal) =>
      new Promise((resolve, reject) => {
        if (whyLost !== null) return reject(new Unreachable(whyLost.message));
        if (signal?.aborted === true) return resolve(null);
        const end = (): void => {
          life.subscriptions -= 1;
          signal?.removeEventListener('abort', unsubscribe);
          settled(id);
        };
        const unsubscribe = (): void => {
          // What is still on its way is for nobody.
          socket.send(JSON.stringify({ type: 'unsubscribe', id }));
          resolve(null);
          end();
        };
        life.subscriptions += 1;
        const id = request(message, {
          asked: message.type,
          heard: (answer: StateAnswer | RefusedAnswer) => {
            if (answer.type === 'state') return heard(answer);
            if (answer.type !== 'refused') return;
            resolve(answer);
            end();
          },
          lost: (why) => {
            reject(why);
            end();
          },
        });
        signal?.addEventListener('abort', unsubscribe);
      }),
    retire() {
      if (whyLost !== null) return;
      isRetiring = true;
      const moved = new ConnectionLost(`${hostOf(url)}: we turned to another`);
      for (const { asked, lost } of waiting.values()) if (asked === 'subscribe') lost(moved);
      if (waiting.size === 0) lose('we turned to another');
    },
    close: () => lose('we closed it'),
  };
}

/** Half-open connections carry nothing and end never: only asking tells. */
function watchForLife(socket: ClientSocket, clock: Clock, silent: () => void) {
  let alive = true;
  let subscriptions = 0;
  let alarm: Alarm = null;

  const check = (): void => {
    if (!alive) return silent();
    alive = false;
    socket.ping();
    alarm = clock.setTimeout(check, signOfLifeMs);
  };
  return {
    sign: (): void => {
      alive = true;
    },
    get subscriptions() {
      return subscriptions;
    },
    /** Nobody else waits without patience of its own. */
    set subscriptions(count: number) {
      if (subscriptions === 0 && count > 0) {
        alive = true;
        alarm = clock.setTimeout(check, signOfLifeMs);
      }
      if (subscriptions > 0 && count === 0) clock.clearTimeout(alarm);
      subscriptions = count;
    },
    stopWatching: (): void => clock.clearTimeout(alarm),
  };
}

type Framed = Readonly<Record<string, unknown>>;

/** A frame holds one message or an array of them. */
function parseFrame(text: string): readonly Framed[] | null {
  try {
    const frame: unknown = JSON.parse(text);
    const answers: readonly unknown[] = Array.isArray(frame) ? frame : [frame];
    return answers.every((answer) => typeof answer === 'object' && answer !== null)
      ? (answers as readonly Framed[])
      : null;
  } catch {
    return null;
  }
}
