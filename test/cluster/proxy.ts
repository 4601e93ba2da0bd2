/** A wire between two processes that a test can cut, slow down, hold back, or make fall silent. */
import { createServer, connect, type Server, type Socket } from 'node:net';

/** What becomes of the bytes in one direction. */
export type Flow =
  | 'whole'
  /** Held back, in the middle of what was being said; all of it comes when the wire is whole again. */
  | 'held'
  /** Nothing arrives any more, not even that the other side has closed. Such a connection is lost. */
  | 'silent'
  | Readonly<{ delayMs: number }>
  | Readonly<{ bytesPerSecond: number }>;

export type Wire =
  | 'whole'
  /** Every connection is reset, and none is taken. */
  | 'cut'
  | 'silent'
  /** From the one who dialled to the one who was dialled, and back. */
  | Readonly<{ there: Flow; back: Flow }>;

type Connection = Readonly<{ there: Way; back: Way; reset: () => void }>;

export class Proxy {
  readonly #connections = new Set<Connection>();
  readonly #server: Server;
  #wire: Wire = 'whole';
  port = 0;

  private constructor(target: number) {
    this.#server = createServer((incoming) => {
      if (this.#wire === 'cut') abort(incoming);
      else this.#join(incoming, connect(target, '127.0.0.1'));
    });
  }

  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    await new Promise<void>((listening) => proxy.#server.listen(0, '127.0.0.1', listening));
    proxy.port = (proxy.#server.address() as { port: number }).port;
    return proxy;
  }

  set wire(wire: Wire) {
    this.#wire = wire;
    const { there, back } = flowsOf(wire);
    for (const { there: way, back: wayBack, reset } of this.#connections) {
      // What was lost in silence is no whole stream any more.
      if (wire === 'cut' || way.isLostUnder(there) || wayBack.isLostUnder(back)) reset();
      way.flow = there;
      wayBack.flow = back;
    }
  }

  close(): void {
    for (const { reset } of this.#connections) reset();
    this.#server.close();
  }

  #join(incoming: Socket, outgoing: Socket): void {
    const { there, back } = flowsOf(this.#wire);
    const connection: Connection = {
      there: new Way(incoming, outgoing, there),
      back: new Way(outgoing, incoming, back),
      reset: () => {
        abort(incoming);
        abort(outgoing);
      },
    };
    this.#connections.add(connection);
    const forget = (): void => {
      if (incoming.destroyed && outgoing.destroyed) this.#connections.delete(connection);
    };
    incoming.on('close', forget);
    outgoing.on('close', forget);
  }
}

/** Node never closes a socket that it is to reset and that is still ending, or connecting. */
function abort(socket: Socket): void {
  const isIdle = !socket.connecting && !socket.writableEnded && socket.writableLength === 0;
  if (isIdle && !socket.destroyed) socket.resetAndDestroy();
  else socket.destroy();
}

/** Nothing flows through a wire that is cut, for there is no connection. */
const flowsOf = (wire: Wire): Readonly<{ there: Flow; back: Flow }> => {
  if (typeof wire === 'object') return wire;
  const flow = wire === 'cut' ? 'silent' : wire;
  return { there: flow, back: flow };
};

/** Beyond this the sender feels it, as it would feel a full buffer of the kernel's. */
const waitingBytesMax = 1024 * 1024;
const dripMs = 20;

/** One direction of one connection. */
class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #waiting: { bytes: Buffer; cameMs: number }[] = [];
  #waitingBytes = 0;
  #hasEnded = false;
  #flow: Flow;
  #isBroken = false;
  #alarm: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, flow: Flow) {
    this.#from = from;
    this.#to = to;
    this.#flow = flow;
    from.on('data', (bytes) => {
      this.#waiting.push({ bytes, cameMs: performance.now() });
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes > waitingBytesMax) from.pause();
      this.#pass();
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.#hasEnded = true;
      this.#pass();
    });
    to.on('close', () => clearTimeout(this.#alarm));
  }

  isLostUnder(next: Flow): boolean {
    return (
      this.#flow === 'silent' && next !== 'silent' && (this.#waitingBytes > 0 || this.#hasEnded)
    );
  }

  set flow(flow: Flow) {
    this.#flow = flow;
    this.#isBroken = false;
    this.#pass();
  }

  /** Passes on what may go now, and sees to it that the rest is looked at again. */
  #pass(): void {
    clearTimeout(this.#alarm);
    const flow = this.#flow;
    if (flow === 'silent') return;
    if (flow === 'held') return this.#breakOff();
    if (flow === 'whole') {
      this.#give(this.#waitingBytes);
    } else if ('delayMs' in flow) {
      const dueMs = performance.now() - flow.delayMs;
      let due = 0;
      for (const { bytes, cameMs } of this.#waiting) if (cameMs <= dueMs) due += bytes.length;
      this.#give(due);
      const [next] = this.#waiting;
      if (next !== undefined) this.#lookAgain(next.cameMs - dueMs);
    } else if (this.#waitingBytes > 0) {
      this.#give(Math.max(1, Math.round((flow.bytesPerSecond * dripMs) / 1_000)));
      if (this.#waitingBytes > 0) this.#lookAgain(dripMs);
    }
    if (this.#hasEnded && this.#waitingBytes === 0) this.#to.end();
  }

  #lookAgain(inMs: number): void {
    this.#alarm = setTimeout(() => this.#pass(), Math.max(1, inMs));
  }

  /** In the middle of a frame, if there is one: half of what comes first still arrives. */
  #breakOff(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#isBroken) return;
    this.#isBroken = true;
    this.#give(Math.floor(first.bytes.length / 2));
  }

  #give(count: number): void {
    let left = Math.min(count, this.#waitingBytes);
    this.#waitingBytes -= left;
    while (left > 0) {
      const first = this.#waiting[0] as { bytes: Buffer; cameMs: number };
      const part = first.bytes.subarray(0, left);
      left -= part.length;
      if (part.length === first.bytes.length) this.#waiting.shift();
      else first.bytes = first.bytes.subarray(part.length);
      if (!this.#to.destroyed) this.#to.write(part);
    }
    if (this.#waitingBytes <= waitingBytesMax && this.#from.isPaused()) this.#from.resume();
  }
}
