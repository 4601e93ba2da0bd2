/**
 * One end of a simulated connection, in the hands of one process: to whoever holds it, it behaves
 * as a WebSocket of `ws` does. A process that stands still reads nothing and answers no ping; one
 * that is dead says nothing any more.
 */
import { EventEmitter } from 'node:events';
import type { MessageSocket } from '../../../runtime/message-socket.ts';
import { bytesOf, closeBody, frameOf, readCloseBody, type Frame } from './frame.ts';
import type { Program, Way } from './way.ts';

const connecting = 0;
const open = 1;
const closing = 2;
const closed = 3;

const nothing = Buffer.alloc(0);

/** What Node and ws say. */
const closedEarly = 'WebSocket was closed before the connection was established';
const timedOut = 'Opening handshake has timed out';

const systemError = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });

export type SocketOptions = Readonly<{
  program: Program;
  /** For what is sent from here. */
  out: Way;
  /** How long a leave that was taken may go unanswered. */
  closeTimeoutMs: number;
  /** Nothing can be said here any more, and nothing heard. */
  finished: () => void;
}>;

export class SimulatedSocket extends EventEmitter implements MessageSocket {
  readonly OPEN = open;
  readonly CLOSED = closed;
  readonly program: Program;
  readonly #options: SocketOptions;
  readonly #out: Way;
  #state: 0 | 1 | 2 | 3 = connecting;
  /** Sent too late. As ws does, it is counted for ever. */
  #lateBytes = 0;
  #left: ((error?: Error | null) => void)[] = [];
  #leftBadly: ((error?: Error | null) => void)[] = [];
  #isTellingLeft = false;
  #closeSent = false;
  #closeReceived = false;
  #endSent = false;
  #isDestroyed = false;
  #code = 1006;
  #reason: Buffer = nothing;
  #patience: unknown = null;

  constructor(options: SocketOptions) {
    super();
    this.#options = options;
    this.program = options.program;
    this.#out = options.out;
  }

  get readyState(): number {
    return this.#state;
  }
  get bufferedAmount(): number {
    return this.#out.waitingBytes + this.#lateBytes;
  }

  send(data: string | Uint8Array, left?: (error?: Error | null) => void): void {
    const kind = typeof data === 'string' ? 'text' : 'binary';
    this.#say(frameOf(kind, bytesOf(data), left ?? null));
  }

  ping(): void {
    this.#say(frameOf('ping'));
  }

  close(code?: number, reason = ''): void {
    if (this.program.isDead || this.#state === closed) return;
    if (this.#state === connecting) return this.#abort(new Error(closedEarly));
    if (this.#state === open) this.#closeWith(closeBody(code, reason));
  }

  terminate(): void {
    if (this.program.isDead || this.#state === closed || this.#isDestroyed) return;
    if (this.#state === connecting) return this.#abort(new Error(closedEarly));
    this.#destroy();
  }

  /** For a dialer: how long the other side may take to answer. */
  beImpatient(patienceMs: number): void {
    const lose = (): void => {
      if (this.#state === connecting) this.#abort(new Error(timedOut));
    };
    this.#patience = this.program.clock.setTimeout(lose, patienceMs);
  }

  /** For the side that was dialed. */
  open(): void {
    this.#state = open;
  }

  heard(frame: Frame): void {
    if (this.#state === closed || this.#isDestroyed) return;
    switch (frame.kind) {
      case 'upgraded':
        return this.#opened();
      case 'refused':
        return this.#fail(systemError('ECONNREFUSED', 'connect ECONNREFUSED'));
      case 'full':
        return this.#fail(new Error('Unexpected server response: 503'));
      case 'end':
        this.#sayEnd();
        return this.#cease('socket hang up');
      case 'reset':
        return this.#cease('read ECONNRESET');
      default:
        return this.#heardOnceOpen(frame);
    }
  }

  /** Out of the blue: the connection is no more. */
  readonly fell = (): void => {
    if (this.#state !== closed && !this.#isDestroyed) this.#cease('read ECONNRESET');
  };

  /** The way tells when a frame has left; whoever sent it hears of that later in the same turn. */
  told(frame: Frame, error: Error | null): void {
    if (frame.left === null) return;
    (error === null ? this.#left : this.#leftBadly).push(frame.left);
    if (this.#isTellingLeft) return;
    this.#isTellingLeft = true;
    queueMicrotask(this.#tellLeft);
  }

  readonly #tellLeft = (): void => {
    this.#isTellingLeft = false;
    const left = this.#left;
    const leftBadly = this.#leftBadly;
    this.#left = [];
    this.#leftBadly = [];
    if (this.program.isDead) return;
    for (const tell of left) tell();
    for (const tell of leftBadly) tell(new Error('the connection ended before it was sent'));
  };

  #say(frame: Frame): void {
    if (this.program.isDead) return;
    if (this.#state === connecting) {
      throw new Error('WebSocket is not open: readyState 0 (CONNECTING)');
    }
    if (this.#state === open) return this.#out.send(frame);
    this.#lateBytes += frame.data.length;
    this.told(frame, new Error('WebSocket is not open'));
  }

  #opened(): void {
    this.program.clock.clearTimeout(this.#patience);
    this.#state = open;
    this.emit('open');
  }

  #heardOnceOpen({ kind, data }: Frame): void {
    switch (kind) {
      case 'text':
      case 'binary':
        return void this.emit('message', data, kind === 'binary');
      case 'ping':
        if (this.#state === open) this.#out.send(frameOf('pong'));
        return void this.emit('ping', data);
      case 'pong':
        return void this.emit('pong', data);
      case 'close': {
        const { code, reason } = readCloseBody(data);
        this.#closeReceived = true;
        this.#code = code;
        this.#reason = reason;
        if (this.#closeSent) this.#sayEnd();
        else this.#closeWith(data);
      }
    }
  }

  #closeWith(body: Buffer): void {
    this.#state = closing;
    this.#closeSent = true;
    this.#out.send(frameOf('close', body));
    if (this.#closeReceived) this.#sayEnd();
    const { closeTimeoutMs } = this.#options;
    this.#patience = this.program.clock.setTimeout(() => this.#destroy(), closeTimeoutMs);
  }

  #destroy(): void {
    if (this.#state === closed || this.#isDestroyed) return;
    this.#state = closing;
    this.#isDestroyed = true;
    this.#out.dropWaiting(new Error('the connection was cut'));
    this.#sayEnd();
    this.program.happen(() => this.#finish());
  }

  #sayEnd(): void {
    if (this.#endSent) return;
    this.#endSent = true;
    this.#out.send(frameOf('end'));
  }

  /** The other side is gone, or the connection is. */
  #cease(why: string): void {
    if (this.#state === connecting) return this.#fail(systemError('ECONNRESET', why));
    this.#state = closing;
    this.#out.dropWaiting(new Error(why));
    this.#finish();
  }

  /** Our own doing, so not told within the call. */
  #abort(why: Error): void {
    this.#state = closing;
    this.#isDestroyed = true;
    this.#sayEnd();
    this.program.happen(() => {
      this.emit('error', why);
      this.#finish();
    });
  }

  #fail(why: Error): void {
    this.#state = closing;
    this.emit('error', why);
    this.#finish();
  }

  #finish(): void {
    if (this.#state === closed) return;
    this.#state = closed;
    this.program.clock.clearTimeout(this.#patience);
    this.#options.finished();
    this.emit('close', this.#code, this.#reason);
  }
}
