/**
 * Clients that write as hard as they can, each one event at a time, and never give up: whatever
 * does not end in `committed` is sent again under the same proposal id, to any node. Speaks the
 * published protocol over a bare WebSocket.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

export type Acknowledged = Readonly<{ key: string; value: string; index: number }>;
type Answer = Readonly<{ type: string; id: string; index?: number; code?: string }>;

/** One connection at a time, to whichever node takes it. */
class Line {
  readonly #ports: readonly number[];
  readonly #waiting = new Map<string, (answer: Answer | null) => void>();
  #turn: number;
  #socket: WebSocket | null = null;

  constructor(ports: readonly number[], turn: number) {
    this.#ports = ports;
    this.#turn = turn;
  }

  /** Null when the connection broke or said nothing in time: the outcome is not known. */
  async ask(message: Readonly<{ id: string }>): Promise<Answer | null> {
    const socket = await this.#open();
    if (socket === null) return null;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.hangUp(), 7_000);
      this.#waiting.set(message.id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      socket.send(JSON.stringify(message));
    });
  }

  hangUp(): void {
    this.#socket?.terminate();
    this.#socket = null;
    for (const [id, answer] of this.#waiting) {
      this.#waiting.delete(id);
      answer(null);
    }
  }

  async #open(): Promise<WebSocket | null> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
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

export class Writers {
  readonly acknowledged: Acknowledged[] = [];
  /** How often an answer was not `committed`, by kind. */
  readonly detours = new Map<string, number>();
  #state: 'writing' | 'finishing' = 'writing';
  readonly #all: Promise<unknown>;

  constructor(ports: readonly number[], count: number, keys: readonly string[]) {
    this.#all = Promise.all(
      Array.from({ length: count }, (_, nth) =>
        this.#write(new Line(ports, nth), nth, keys[nth % keys.length] ?? 'a'),
      ),
    );
  }

  /** Lets each finish the event it is at. Resolves when all have. */
  async finish(): Promise<readonly Acknowledged[]> {
    this.#state = 'finishing';
    await this.#all;
    return this.acknowledged;
  }

  async #write(line: Line, nth: number, key: string): Promise<void> {
    for (let count = 0; this.#state === 'writing'; count += 1) {
      const value = `${nth}-${count}`;
      const proposalId = randomUUID();
      for (let attempt = 0; ; attempt += 1) {
        const answer = await line.ask({
          type: 'propose',
          id: `${value}-${attempt}`,
          proposalId,
          machine: 'ledger',
          key,
          event: { type: 'APPEND', value },
          reply: 'none',
        } as Readonly<{ id: string }>);
        if (answer?.type === 'committed' && answer.index !== undefined) {
          this.acknowledged.push({ key, value, index: answer.index });
          // A breath, so that the ledgers, copied at every event, do not outgrow the test.
          await sleep(20);
          break;
        }
        const detour = answer === null ? 'no answer' : (answer.code ?? answer.type);
        this.detours.set(detour, (this.detours.get(detour) ?? 0) + 1);
        if (answer !== null) line.hangUp();
        await sleep(20);
      }
    }
    line.hangUp();
  }
}
