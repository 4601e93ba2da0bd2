/**
 * A client's way to a cluster: the published protocol over one bare WebSocket at a time, to
 * whichever node takes it. Asks once and repeats nothing: what to make of silence is the
 * asker's business.
 */
import { WebSocket } from 'ws';

export type Answer = Readonly<{
  type: string;
  id: string;
  index?: number;
  term?: number;
  code?: string;
  accepted?: boolean;
  snapshot?: unknown;
}>;

/** `unsent`: no node took the connection. `lost`: it was sent, and what became of it is not known. */
export type NoAnswer = 'unsent' | 'lost';

export class Line {
  readonly #ports: readonly number[];
  readonly #waiting = new Map<string, (answer: Answer | NoAnswer) => void>();
  #turn: number;
  #socket: WebSocket | null = null;
  #opening: Promise<WebSocket | null> | null = null;

  constructor(ports: readonly number[], turn: number) {
    this.#ports = ports;
    this.#turn = turn;
  }

  /** A node that is silent for so long is left; everything else asked on this line is lost with it. */
  async ask(
    message: Readonly<{ id: string; [field: string]: unknown }>,
    patienceMs = 7_000,
  ): Promise<Answer | NoAnswer> {
    const socket = await this.#open();
    if (socket === null) return 'unsent';
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.hangUp(), patienceMs);
      this.#waiting.set(message.id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      socket.send(JSON.stringify(message));
    });
  }

  /** The next question goes to the next node. */
  hangUp(): void {
    this.#socket?.terminate();
    this.#socket = null;
    for (const [id, answer] of this.#waiting) {
      this.#waiting.delete(id);
      answer('lost');
    }
  }

  async #open(): Promise<WebSocket | null> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
    this.#opening ??= this.#dial().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #dial(): Promise<WebSocket | null> {
    this.#turn += 1;
    const port = this.#ports[this.#turn % this.#ports.length];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/client`, { handshakeTimeout: 1_000 });
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (!opened) return null;
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.hangUp();
    });
    socket.on('message', (data: Buffer) => {
      const said = JSON.parse(data.toString()) as Answer | readonly Answer[];
      for (const answer of Array.isArray(said) ? (said as readonly Answer[]) : [said as Answer]) {
        const waiting = this.#waiting.get(answer.id);
        this.#waiting.delete(answer.id);
        waiting?.(answer);
      }
    });
    return socket;
  }
}
