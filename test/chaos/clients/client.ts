/**
 * One client: does one thing at a time, and asks again elsewhere, under the same proposal id,
 * until it is answered or has had enough. Writes down what it asked for and how that ended.
 *
 * An operation ends
 *   ok       committed, or read
 *   refused  where every sending of it was refused: then none was applied
 *   unknown  else. A refusal speaks for its own sending alone, so after a sending of which
 *            nothing was heard, no refusal proves anything
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import type { Answer, Line } from '../../cluster/line.ts';
import type { InstanceInput } from '../../simulation/checkers/models/instance.ts';
import type { Chance } from '../../world/random.ts';
import type { Recorder } from '../recorder.ts';
import type { Key, Keys, MachineName } from './keys.ts';
import { drawEvent } from './operations.ts';

export type End = 'ok' | 'refused' | 'unknown';

/** Whoever keeps count. */
export type Notice = Readonly<{ ended: (end: End) => void; refused: (code: string) => void }>;

type Surroundings = Readonly<{
  dice: Chance;
  recorder: Recorder;
  notice: Notice;
  /** When so, it stops asking, and what it is at ends unknown. */
  isAbandoned: () => boolean;
}>;

type Sending = Readonly<{ end: 'ok'; answer: Answer }> | Readonly<{ end: 'refused' | 'unknown' }>;

/** A node may well answer in its own time; then it is worth a little more of ours. */
const graceMs = 500;

export class Client {
  readonly #name: string;
  readonly #line: Line;
  readonly #dice: Chance;
  readonly #recorder: Recorder;
  readonly #notice: Notice;
  readonly #isAbandoned: () => boolean;
  #operations = 0;
  #sendings = 0;
  #latest: string | null = null;

  constructor(name: string, line: Line, { dice, recorder, notice, isAbandoned }: Surroundings) {
    this.#name = name;
    this.#line = line;
    this.#dice = dice;
    this.#recorder = recorder;
    this.#notice = notice;
    this.#isAbandoned = isAbandoned;
  }

  /** Works until it is told to stop, and finishes what it is at. */
  async work(keys: Keys, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const key = keys.take(this.#dice);
      this.#operations += 1;
      const unique = `${this.#name}.${this.#operations}`;
      const event = drawEvent(this.#dice, key.machine, unique, this.#latest);
      const patienceMs = this.#dice.happens(0.25) ? 1_000 : 10_000;
      const end = await this.#perform(key, event, patienceMs);
      if (end === 'unknown' && event !== null) key.unknowns += 1;
      // Now and then it turns to another node though nothing is wrong with this one.
      if (this.#dice.happens(0.02)) this.#line.hangUp();
      await sleep(this.#dice.integer(1, 20));
    }
    this.hangUp();
  }

  hangUp(): void {
    this.#line.hangUp();
  }

  read(machine: MachineName, key: string, patienceMs: number): Promise<End> {
    return this.#perform({ machine, key }, null, patienceMs);
  }

  async #perform(
    { machine, key }: Pick<Key, 'machine' | 'key'>,
    event: MachineEvent | null,
    patienceMs: number,
  ): Promise<End> {
    const client = this.#name;
    const input: InstanceInput =
      event === null ? { op: 'read', key } : { op: 'propose', key, event };
    this.#recorder.add({ type: 'call', client, machine, input });
    const sent = await this.#insist(
      event === null
        ? { type: 'read', machine, key }
        : { type: 'propose', machine, key, event, proposalId: randomUUID() },
      patienceMs,
    );
    if (sent.end === 'ok') {
      const { index, accepted, snapshot } = sent.answer;
      const view = snapshot as InstanceView | null;
      this.#note(view);
      this.#recorder.add({
        type: 'return',
        client,
        machine,
        output: accepted === undefined ? { view } : { accepted, view },
        ...(index !== undefined && { index }),
      });
    } else {
      this.#recorder.add({ type: sent.end, client, machine });
    }
    this.#notice.ended(sent.end);
    return sent.end;
  }

  async #insist(
    message: Readonly<{ [field: string]: unknown }>,
    patienceMs: number,
  ): Promise<Sending> {
    const untilMs = performance.now() + patienceMs;
    let end: 'refused' | 'unknown' = 'refused';
    for (;;) {
      this.#sendings += 1;
      const timeoutMs = this.#dice.integer(500, 2_000);
      const answer = await this.#line.ask(
        { ...message, id: String(this.#sendings), timeoutMs },
        timeoutMs + graceMs,
      );
      if (typeof answer === 'object') {
        if (answer.type === 'committed' || answer.type === 'state') return { end: 'ok', answer };
        if (answer.type === 'refused') this.#notice.refused(answer.code ?? 'no code');
        else end = 'unknown';
        this.#line.hangUp();
      } else if (answer === 'lost') {
        end = 'unknown';
      }
      if (this.#isAbandoned()) return { end: 'unknown' };
      if (performance.now() > untilMs) return { end };
      await sleep(this.#dice.integer(5, 100));
    }
  }

  #note(view: InstanceView | null): void {
    const context = view?.context as { value?: string | null } | undefined;
    if (context?.value !== undefined) this.#latest = context.value;
  }
}
