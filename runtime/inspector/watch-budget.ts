/**
 * How many steps of one actor may still be told in full: some at once, and then so many a second.
 * What goes beyond is counted, and told as a number.
 */
import { limits } from '../../machines/protocol/limits.ts';

export class WatchBudget {
  #left: number = limits.stepsToldAtOnceMax;
  #filledAtMs: number;
  skipped = 0;

  constructor(nowMs: number) {
    this.#filledAtMs = nowMs;
  }

  /** Whether the next one may be told. */
  mayTell(nowMs: number): boolean {
    const gained = ((nowMs - this.#filledAtMs) * limits.stepsToldPerSecondMax) / 1_000;
    this.#left = Math.min(limits.stepsToldAtOnceMax, this.#left + gained);
    this.#filledAtMs = nowMs;
    if (this.#left < 1) {
      this.skipped += 1;
      return false;
    }
    this.#left -= 1;
    return true;
  }

  /** Those that were left out since the last time. */
  takeSkipped(): number {
    const { skipped } = this;
    this.skipped = 0;
    return skipped;
  }
}
