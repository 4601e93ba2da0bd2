/** One dialed connection between two programs: its two directions, its two ends, and its fate. */
import { frameOf, type Frame, type FrameKind } from './frame.ts';
import type { Plane, Route } from './route.ts';
import { SimulatedSocket } from './simulated-socket.ts';
import { Way, type Program, type Scheduler } from './way.ts';

/** Every frame as it is sent. Not all arrive. */
export type OnFrame = (
  from: string,
  to: string,
  plane: Plane,
  kind: FrameKind,
  bytes: Uint8Array,
) => void;

export type ConnectionOptions = Readonly<{
  from: string;
  to: string;
  plane: Plane;
  route: Route;
  routeBack: Route;
  scheduler: Scheduler;
  systemBytesMax: number;
  onFrame: OnFrame;
  program: Program;
  closeTimeoutMs: number;
  /** That end can be forgotten. */
  finished: (connection: Connection, end: SimulatedSocket) => void;
}>;

type Side = Readonly<{ program: Program; closeTimeoutMs: number }>;

export class Connection {
  readonly dialer: SimulatedSocket;
  acceptor: SimulatedSocket | null = null;
  readonly #options: ConnectionOptions;
  /** From the dialer, and to it. */
  readonly #there: Way;
  #back: Way | null = null;
  #endsOpen = 1;
  #resets = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { program, from, to, route, closeTimeoutMs } = options;
    this.#there = this.#way(program, route, from, to, () => this.dialer);
    this.dialer = this.#socket({ program, closeTimeoutMs }, this.#there);
  }

  /** Whether the dialer still waits for an answer. */
  get isWanted(): boolean {
    return this.dialer.readyState === 0 && !this.dialer.program.isDead;
  }

  /** The system of the other computer has taken the call, in the name of a program there. */
  arrive(side: Side): SimulatedSocket {
    const back = this.#wayBack(side.program);
    const acceptor = this.#socket(side, back);
    this.acceptor = acceptor;
    this.#endsOpen += 1;
    const { program } = side;
    this.#there.leadTo({ program, heard: (frame) => acceptor.heard(frame) }, back);
    return acceptor;
  }

  /** What the other side answers to the dial, be it a program or only its system. */
  answer(kind: 'upgraded' | 'refused' | 'full', program: Program = this.dialer.program): void {
    (this.#back ?? this.#wayBack(program)).send(frameOf(kind));
  }

  /** The process of that end is gone. Its system says so, unless the whole computer is off. */
  orphan(end: SimulatedSocket, how: 'process' | 'power'): void {
    const out = end === this.dialer ? this.#there : this.#back;
    if (how === 'power') {
      out?.dropUnsent();
    } else {
      out?.dropWaiting(new Error('its process is gone'));
      out?.send(frameOf('end'));
    }
    this.#oneLess();
  }

  /** The computer of that end is up again, and will have nothing of it. */
  estrange(end: SimulatedSocket): void {
    (end === this.dialer ? this.#back : this.#there)?.estrange();
  }

  break(): void {
    this.#there.close();
    this.#back?.close();
    const { route, routeBack } = this.#options;
    this.dialer.program.happen(this.dialer.fell, routeBack.delayMs());
    this.acceptor?.program.happen(this.acceptor.fell, route.delayMs());
  }

  #wayBack(program: Program): Way {
    const { from, to, routeBack } = this.#options;
    const back = this.#way(program, routeBack, to, from, () => this.acceptor);
    back.leadTo(
      { program: this.dialer.program, heard: (frame) => this.dialer.heard(frame) },
      this.#there,
    );
    this.#back = back;
    return back;
  }

  #way(
    program: Program,
    route: Route,
    from: string,
    to: string,
    writer: () => SimulatedSocket | null,
  ): Way {
    const { scheduler, systemBytesMax, onFrame, plane } = this.#options;
    return new Way(program, {
      route,
      scheduler,
      systemBytesMax,
      left: (frame: Frame, error) => writer()?.told(frame, error),
      sent: ({ kind, data }) => onFrame(from, to, plane, kind, data),
      broken: () => this.break(),
      strange: () => this.#resetFrom(route),
    });
  }

  #socket({ program, closeTimeoutMs }: Side, out: Way): SimulatedSocket {
    const socket: SimulatedSocket = new SimulatedSocket({
      program,
      out,
      closeTimeoutMs,
      finished: () => {
        this.#options.finished(this, socket);
        this.#oneLess();
      },
    });
    return socket;
  }

  /** What came along that route met a computer that does not know this connection. */
  #resetFrom(route: Route): void {
    if (this.#resets > 0) return;
    this.#resets += 1;
    const back = route === this.#options.route ? this.#back : this.#there;
    back?.send(frameOf('reset'));
  }

  #oneLess(): void {
    this.#endsOpen -= 1;
    if (this.#endsOpen > 0) return;
    this.#there.close();
    this.#back?.close();
  }
}
