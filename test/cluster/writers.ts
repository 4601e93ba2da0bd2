/**
 * Clients that write as hard as they can, each one event at a time, and never give up: whatever
 * does not end in `committed` is sent again under the same proposal id, to any node.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Line } from './line.ts';

export type Acknowledged = Readonly<{ key: string; value: string; index: number }>;
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
        });
        const answered = typeof answer === 'object';
        if (answered && answer.type === 'committed' && answer.index !== undefined) {
          this.acknowledged.push({ key, value, index: answer.index });
          // A breath, so that the ledgers, copied at every event, do not outgrow the test.
          await sleep(20);
          break;
        }
        const detour = answered ? (answer.code ?? answer.type) : 'no answer';
        this.detours.set(detour, (this.detours.get(detour) ?? 0) + 1);
        if (answered) line.hangUp();
        await sleep(20);
      }
    }
    line.hangUp();
  }
}
