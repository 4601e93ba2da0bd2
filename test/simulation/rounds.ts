/**
 * What no single step shows, looked at every so often: whether whoever asked has an answer when
 * the time is up, and whether the time of the cluster goes no faster than clocks do.
 */
import { limits } from '../../machines/protocol/limits.ts';
import { slotMs } from '../../machines/proposals.ts';
import { lastTimeOf } from '../../machines/rules/log.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';

export type RoundsOptions = Readonly<{
  /** How fast the clock of a node runs. */
  rateOf: (node: string) => number;
  /** How often clocks have leapt, at most; of the same leap all nodes may have their share. */
  leaps: () => number;
}>;

type Waiting = {
  readonly what: string;
  readonly node: string | null;
  readonly withinMs: number;
  /** Null: it was asleep all the while, and so has not heard of it. */
  dueMs: number | null;
  roundsOverdue: number;
};

const everyMs = 100;
/** A node looks at its clock once a slot, and finds a deadline over in the slot behind it. */
const nodeSlackMs = 2 * slotMs;
/** In which it was awake: one that has slept has to look at its clock first. */
const roundsOverdueMax = 3;
const timeSlackMs = 1_000;

export class Rounds {
  readonly #world: World;
  readonly #options: RoundsOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #processes = new Map<string, Process>();

  constructor(world: World, options: RoundsOptions) {
    this.#world = world;
    this.#options = options;
    const { onUp } = world;
    world.onUp = (process) => {
      onUp(process);
      this.#processes.set(process.node, process);
    };
    world.after(everyMs, this.#goRound);
  }

  /** Somebody waits for this node, which has so long by its own clock. Call it back at the end. */
  asked(node: string, what: string, timeoutMs: number): () => void {
    const withinMs = (timeoutMs + nodeSlackMs) / this.#options.rateOf(node);
    return this.#begin(`${node}'s answer to ${what}`, node, withinMs);
  }

  /** Somebody waits for a program that is never asleep. */
  promised(what: string, withinMs: number): () => void {
    return this.#begin(what, null, withinMs);
  }

  #begin(what: string, node: string | null, withinMs: number): () => void {
    const dueMs = this.#isAwake(node) ? this.#world.nowMs + withinMs : null;
    const waiting: Waiting = { what, node, withinMs, dueMs, roundsOverdue: 0 };
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  #isAwake(node: string | null): boolean {
    return node === null || this.#processes.get(node)?.life.isRunning === true;
  }

  readonly #goRound = (): void => {
    this.#lookForOverdue();
    this.#lookAtTime();
    this.#world.after(everyMs, this.#goRound);
  };

  #lookForOverdue(): void {
    const { nowMs } = this.#world;
    for (const waiting of this.#waiting) {
      const isAwake = this.#isAwake(waiting.node);
      if (isAwake) waiting.dueMs ??= nowMs + waiting.withinMs;
      const lateMs = nowMs - (waiting.dueMs ?? Infinity);
      if (lateMs <= 0) continue;
      waiting.roundsOverdue = isAwake ? waiting.roundsOverdue + 1 : 0;
      if (waiting.roundsOverdue <= roundsOverdueMax) continue;
      this.#world.find('ends in time', `${waiting.what} is overdue by ${Math.round(lateMs)} ms`);
    }
  }

  /** Time that a node has slept is not lived through by the cluster (runtime/awake-time.ts). */
  #lookAtTime(): void {
    const { nowMs, members } = this.#world;
    const { rateOf, leaps } = this.#options;
    const fastest = Math.max(...members.map(rateOf));
    const latestMs = nowMs * fastest + leaps() * limits.electionTimeoutMsMax + timeSlackMs;
    for (const { node, life, core } of this.#processes.values()) {
      const timeMs = life.isDead ? 0 : lastTimeOf(core.snapshot().context.log);
      if (timeMs <= latestMs) continue;
      const [is, may] = [timeMs, latestMs].map(Math.round);
      this.#world.find(
        'cluster time',
        `${node}'s log is at ${is} ms, and can be at ${may} at most`,
      );
    }
  }
}
