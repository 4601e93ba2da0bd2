/**
 * What goes out to one client. The answers of one turn of the event loop leave together: as one
 * array frame to a client that speaks in arrays, else frame by frame in one write to the socket.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { MessageSocket } from '../message-socket.ts';
import type { DoorLimits } from './door-limits.ts';

/** Of RFC 6455 §7.4.1, and 1013 ("try again later") of the registry that it opened. */
export const closeCodes = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const;

export type Corkable = Pick<Duplex, 'cork' | 'uncork'>;

export type OutboxOptions = Readonly<{
  webSocket: MessageSocket;
  /** The one under it, as the upgrade handed it over: many frames, one write. */
  socket: Corkable;
  clock: Clock;
  limits: DoorLimits;
  /** Everything handed over before has left for the network. */
  written: () => void;
}>;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #written: () => void;
  #answers: string[] = [];
  #chars = 0;
  #isOpen = true;
  #speaksArrays = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#written = options.written;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** From now on, several answers may go as one array. */
  speakArrays(): void {
    this.#speaksArrays = true;
  }

  /** About what waits for the network here and below. (Characters, where not yet encoded.) */
  get backlogBytes(): number {
    return this.#chars + this.#options.webSocket.bufferedAmount;
  }

  /** Queues one message, already JSON. A client that does not take its answers is sent away. */
  push(answer: string): void {
    if (!this.#isOpen) return;
    if (this.#answers.length === 0) this.#options.clock.soon(() => this.flush());
    this.#answers.push(answer);
    this.#chars += answer.length;
    if (this.backlogBytes <= this.#options.limits.clientBacklogBytesMax) return;
    this.#forget();
    this.close(closeCodes.tryAgainLater, 'answers are not being read fast enough; ask for less');
  }

  flush(): void {
    const { webSocket, socket } = this.#options;
    const answers = this.#answers;
    this.#forget();
    if (answers.length === 0 || webSocket.readyState !== webSocket.OPEN) return;
    const frames = this.#speaksArrays ? this.#arraysOf(answers) : answers;
    const last = frames.length - 1;
    socket.cork();
    for (const [place, frame] of frames.entries()) {
      if (place === last) webSocket.send(frame, this.#written);
      else webSocket.send(frame);
    }
    socket.uncork();
  }

  /** What was pushed before still leaves; what is pushed after does not. */
  close(code: number, reason: string): void {
    this.flush();
    this.#isOpen = false;
    this.#options.webSocket.close(code, reason);
  }

  /** As few arrays as fit the limits that hold for the client's own frames. */
  #arraysOf(answers: readonly string[]): readonly string[] {
    if (answers.length === 1) return answers;
    const { messagesPerFrameMax, clientFrameBytesMax } = this.#options.limits;
    const frames: string[] = [];
    let first = 0;
    let chars = 0;
    for (const [place, answer] of answers.entries()) {
      const isFull =
        place - first === messagesPerFrameMax || chars + answer.length > clientFrameBytesMax;
      if (isFull && place > first) {
        frames.push(`[${answers.slice(first, place).join(',')}]`);
        first = place;
        chars = 0;
      }
      chars += answer.length + 1;
    }
    frames.push(`[${answers.slice(first).join(',')}]`);
    return frames;
  }

  #forget(): void {
    this.#answers = [];
    this.#chars = 0;
  }
}
