/** What the clients of a world have asked, and what they were told. */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { proposalId } from '../../machines/protocol/ids.ts';
import type { Outcome } from '../../machines/protocol/outcome.ts';
import type { Consistency, ReadOutcome } from '../../runtime/service.ts';
import type { Chronicle } from './chronicle.ts';
import type { Process } from './process.ts';
import type { Witness } from './witness.ts';

/** One proposal as its client sees it. */
export type Asking = {
  readonly proposalId: string;
  readonly node: string;
  readonly key: string;
  readonly askedMs: number;
  outcome: Outcome | null;
  endedMs: number;
  /** Its node went down before it answered. */
  isLost: boolean;
};

export type Reading = {
  readonly node: string;
  readonly askedMs: number;
  answer: ReadOutcome | null;
  endedMs: number;
};

type Instance = Readonly<{ key?: string; machine?: string; timeoutMs?: number }>;
export type ProposeOptions = Instance &
  Readonly<{
    id?: string;
    /** Once it has been answered, or its node went down before. */
    over?: (asking: Asking) => void;
  }>;
export type ReadOptions = Instance &
  Readonly<{
    consistency?: Consistency;
    /** Once it has been answered, or its node went down before. */
    over?: (reading: Reading) => void;
  }>;

export class Clients {
  readonly asked: Asking[] = [];
  readonly #waiting = new Map<Asking, (asking: Asking) => void>();
  readonly #reading = new Map<Reading, (reading: Reading) => void>();
  readonly #witness: Witness;
  readonly #now: () => number;
  readonly #chronicle: Chronicle;

  constructor(witness: Witness, chronicle: Chronicle, now: () => number) {
    this.#witness = witness;
    this.#chronicle = chronicle;
    this.#now = now;
  }

  propose(
    process: Process | null,
    node: string,
    event: MachineEvent,
    id: string,
    { key = 'k', machine = 'counter', timeoutMs = 5_000, over = () => {} }: ProposeOptions,
  ): Asking {
    const asking: Asking = {
      proposalId: id,
      node,
      key,
      askedMs: this.#now(),
      outcome: null,
      endedMs: Infinity,
      isLost: process === null,
    };
    this.asked.push(asking);
    if (process === null) {
      over(asking);
      return asking;
    }
    this.#waiting.set(asking, over);
    const request = { proposalId: proposalId(id), machine, key, event, timeoutMs };
    const ended = (outcome: Outcome): void => {
      if (process.life.isDead) return;
      asking.outcome = outcome;
      asking.endedMs = this.#now();
      this.#chronicle.steps += 1;
      if (this.#chronicle.isRead)
        this.#chronicle.tell(node, `answers ${id}: ${JSON.stringify(outcome)}`);
      this.#witness.answered(request.proposalId, `${machine}/${key}`, outcome);
      this.#waiting.delete(asking);
      over(asking);
    };
    this.#chronicle.steps += 1;
    if (this.#chronicle.isRead)
      this.#chronicle.tell(node, `is asked ${id}: ${machine}/${key} ${JSON.stringify(event)}`);
    this.#witness.asked(request.proposalId);
    process.life.happen(() => process.service.propose(request, { ended }));
    return asking;
  }

  read(process: Process | null, node: string, options: ReadOptions): Reading {
    const { key = 'k', machine = 'counter', timeoutMs = 5_000 } = options;
    const { consistency = 'linearizable', over = () => {} } = options;
    const reading: Reading = { node, askedMs: this.#now(), answer: null, endedMs: Infinity };
    const instance = `${machine}/${key}`;
    const floor = this.#witness.floor(instance);
    this.#chronicle.steps += 1;
    if (this.#chronicle.isRead)
      this.#chronicle.tell(node, `is asked to read ${instance}, ${consistency}`);
    if (process === null) {
      over(reading);
      return reading;
    }
    this.#reading.set(reading, over);
    process.life.happen(() => {
      process.service.read({ machine, key, consistency, timeoutMs }, (answer) => {
        if (process.life.isDead) return;
        reading.answer = answer;
        reading.endedMs = this.#now();
        this.#chronicle.steps += 1;
        if (this.#chronicle.isRead)
          this.#chronicle.tell(node, `answers the read of ${instance}: ${JSON.stringify(answer)}`);
        this.#witness.read(instance, consistency === 'local' ? null : floor, answer);
        this.#reading.delete(reading);
        over(reading);
      });
    });
    return reading;
  }

  /** Whoever still waits for this node waits in vain. */
  lose(node: string): void {
    for (const [asking, over] of this.#waiting) {
      if (asking.node !== node) continue;
      this.#waiting.delete(asking);
      asking.isLost = true;
      over(asking);
    }
    for (const [reading, over] of this.#reading) {
      if (reading.node !== node) continue;
      this.#reading.delete(reading);
      over(reading);
    }
  }

  isEveryoneAnswered(): boolean {
    return this.#waiting.size === 0;
  }
}
