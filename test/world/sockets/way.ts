/**
 * One direction of one connection, as TCP would have it: what was sent waits in its process while
 * the system has no room, then in the system and on the wire, then in the system of the other
 * computer until the other process reads it. In order, and nothing lost but with the connection.
 */
import type { Life } from '../life.ts';
import type { Frame } from './frame.ts';
import type { Route } from './route.ts';

/** What a life is to the network. */
export type Program = Pick<Life, 'happen' | 'isDead' | 'clock'>;

export type Scheduler = Readonly<{
  nowMs: number;
  add(run: () => void, delayMs: number): unknown;
}>;

export type WayOptions = Readonly<{
  route: Route;
  scheduler: Scheduler;
  /** What the systems of both sides and the wire take. */
  systemBytesMax: number;
  /** Left its process; `error` where it never will. */
  left: (frame: Frame, error: Error | null) => void;
  sent: (frame: Frame) => void;
  /** A reset came between: all of the connection is void. */
  broken: () => void;
  /** The computer is up, but knows of no such connection. */
  strange: () => void;
}>;

type Reader = Readonly<{ program: Program; heard: (frame: Frame) => void }>;

/** Sums of delays are not exact. */
const slackMs = 1e-6;

export class Way {
  readonly route: Route;
  readonly #options: WayOptions;
  readonly #scheduler: Scheduler;
  /** Who sends. Its program moves the bytes on, so it must be awake. */
  readonly #writer: Program;
  #reader: Reader | null = null;
  /** The computer of the reader was off, and has forgotten the connection. */
  #isStrange = false;
  /** The other direction, by which the news of what was read comes back. */
  #back: Way | null = null;

  #waiting: Frame[] = [];
  #waitingBytes = 0;
  #flying: Frame[] = [];
  #firstFlying = 0;
  #systemBytes = 0;
  /** Read, but the news of it was stopped on its way. */
  #unheardOfBytes = 0;
  #lineFreeMs = 0;
  #lastArrivalMs = 0;
  #isRefilling = false;
  #isOver = false;

  constructor(writer: Program, options: WayOptions) {
    this.#writer = writer;
    this.#options = options;
    this.route = options.route;
    this.#scheduler = options.scheduler;
    this.route.ways.add(this);
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }
  get isStalled(): boolean {
    return this.#flying.length > 0 && this.#flying.at(-1)?.atMs === Infinity;
  }

  leadTo(reader: Reader, back: Way): void {
    this.#reader = reader;
    this.#back = back;
  }

  send(frame: Frame): void {
    if (this.#isOver) return this.#options.left(frame, null);
    this.#options.sent(frame);
    if (this.route.state === 'refusing') {
      this.#options.left(frame, null);
      return this.brokenBy();
    }
    if (this.#waiting.length === 0 && this.#hasRoomFor(frame)) return this.#depart(frame);
    this.#waiting.push(frame);
    this.#waitingBytes += frame.bytes;
  }

  /** What has not left the process never will. */
  dropWaiting(why: Error): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const frame of dropped) this.#options.left(frame, why);
  }

  /** The computer of the writer is off: what is not on the wire never will be. */
  dropUnsent(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.isStalled) this.#flying = this.#flying.filter(({ atMs }) => atMs < Infinity);
  }

  /** The computer of the reader was off, and knows nothing of what is under way. */
  estrange(): void {
    this.#isStrange = true;
    if (this.#systemBytes === 0) return;
    const tryAgain = (): void => {
      if (!this.#isOver && this.route.isWhole) this.#options.strange();
    };
    this.#scheduler.add(tryAgain, this.route.retryMs());
  }

  stall(): void {
    const { nowMs } = this.#scheduler;
    for (let place = this.#firstFlying; place < this.#flying.length; place += 1) {
      const frame = this.#flying[place];
      if (frame !== undefined && frame.atMs > nowMs) frame.atMs = Infinity;
    }
  }

  resume(afterMs: number): void {
    const { nowMs } = this.#scheduler;
    if (this.isStalled) {
      this.#lineFreeMs = nowMs;
      this.#lastArrivalMs = nowMs + afterMs;
      for (const frame of this.#flying.slice(this.#firstFlying)) {
        if (frame.atMs === Infinity) this.#fly(frame);
      }
    }
    if (this.#isStrange && this.#systemBytes > 0) this.#options.strange();
    this.#back?.hearOfReading();
  }

  /** News of what was read comes back again. */
  hearOfReading(): void {
    const bytes = this.#unheardOfBytes;
    this.#unheardOfBytes = 0;
    if (bytes > 0) this.#free(bytes);
  }

  brokenBy(): void {
    if (!this.#isOver) this.#options.broken();
  }

  close(): void {
    this.#isOver = true;
    this.#flying = [];
    this.#firstFlying = 0;
    this.route.ways.delete(this);
  }

  #hasRoomFor({ bytes }: Frame): boolean {
    const { systemBytesMax } = this.#options;
    return bytes === 0 || this.#systemBytes === 0 || this.#systemBytes + bytes <= systemBytesMax;
  }

  #depart(frame: Frame): void {
    this.#systemBytes += frame.bytes;
    if (frame.left !== null) this.#options.left(frame, null);
    if (this.#isStrange) {
      if (this.route.isWhole) this.#options.strange();
      return;
    }
    this.#flying.push(frame);
    if (this.route.isWhole) this.#fly(frame);
  }

  #fly(frame: Frame): void {
    const { nowMs } = this.#scheduler;
    const { bytesPerMs } = this.route.weather;
    this.#lineFreeMs = Math.max(nowMs, this.#lineFreeMs) + frame.bytes / bytesPerMs;
    frame.atMs = Math.max(this.#lastArrivalMs, this.#lineFreeMs + this.route.delayMs());
    this.#lastArrivalMs = frame.atMs;
    this.#reader?.program.happen(this.#arrive, frame.atMs - nowMs);
  }

  /** One is set off for each frame, and takes the first: so none overtakes. */
  readonly #arrive = (): void => {
    const frame = this.#flying[this.#firstFlying];
    // It was stopped under way, and another is set off for it.
    if (frame === undefined || frame.atMs > this.#scheduler.nowMs + slackMs) return;
    this.#firstFlying += 1;
    if (this.#firstFlying === this.#flying.length) {
      this.#flying.length = 0;
      this.#firstFlying = 0;
    } else if (this.#firstFlying > 1_024) {
      this.#flying.splice(0, this.#firstFlying);
      this.#firstFlying = 0;
    }
    if (this.#back?.route.isWhole === false) this.#unheardOfBytes += frame.bytes;
    else this.#free(frame.bytes);
    this.#reader?.heard(frame);
  };

  #free(bytes: number): void {
    this.#systemBytes -= bytes;
    if (this.#waiting.length === 0 || this.#isRefilling) return;
    this.#isRefilling = true;
    this.#writer.happen(this.#refill, this.#back?.route.weather.delayMs[0] ?? 0);
  }

  readonly #refill = (): void => {
    this.#isRefilling = false;
    let departed = 0;
    for (const frame of this.#waiting) {
      if (!this.#hasRoomFor(frame)) break;
      departed += 1;
      this.#waitingBytes -= frame.bytes;
      this.#depart(frame);
    }
    this.#waiting.splice(0, departed);
  };
}
