/**
 * One life of one node's process, from start to stop or crash. Whatever is to happen to it passes
 * here: a paused process (SIGSTOP) gets it all in a burst on waking, its timers first, as an
 * event loop would; a dead one gets nothing.
 */
import { proposalId } from '../../machines/protocol/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Chance } from './random.ts';
import type { Moment, Timeline } from './timeline.ts';

type Held = Readonly<{ moment: Moment; isTimer: boolean; run: () => void }>;

export class Life {
  readonly clock: Clock;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #held: Held[] = [];
  readonly #timeline: Timeline;
  readonly #touched: () => void;

  constructor(
    timeline: Timeline,
    chance: Chance,
    newProposalId: () => string,
    touched: () => void,
  ) {
    this.#timeline = timeline;
    this.#touched = touched;
    this.clock = {
      nowMs: () => timeline.nowMs,
      setTimeout: (ring, delayMs) => this.#happen(ring, delayMs, true),
      clearTimeout: (alarm) => {
        if (alarm !== null && alarm !== undefined) (alarm as Moment).isOff = true;
      },
      soon: (run) => void this.#happen(run, 0, false),
      seed: () => chance.integer(0, 0xffff_ffff),
      newProposalId: () => proposalId(newProposalId()),
    };
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }
  get isDead(): boolean {
    return this.#state === 'dead';
  }

  /** From outside: the network, the disk, a client. */
  happen(run: () => void, delayMs = 0): void {
    this.#happen(run, delayMs, false);
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  wake(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const held = this.#held;
    this.#held = [];
    const inOrder = [...held.filter(({ isTimer }) => isTimer), ...held.filter((h) => !h.isTimer)];
    for (const { moment, run } of inOrder) {
      this.#timeline.add(() => {
        if (!moment.isOff) this.#meet(run);
      }, 0);
    }
  }

  end(): void {
    this.#state = 'dead';
    this.#held = [];
  }

  #happen(run: () => void, delayMs: number, isTimer: boolean): Moment {
    const moment = this.#timeline.add(() => {
      if (this.#state === 'paused') this.#held.push({ moment, isTimer, run });
      else this.#meet(run);
    }, delayMs);
    return moment;
  }

  #meet(run: () => void): void {
    if (this.#state === 'dead') return;
    this.#touched();
    run();
  }
}
