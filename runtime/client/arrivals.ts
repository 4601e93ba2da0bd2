/** Waiting until a subscription has come as far as some place in the log, for a while. */
import type { Alarm, Clock } from '../clock.ts';

type Waiting = Readonly<{ index: number; arrived: () => void }>;

export class Arrivals {
  readonly #clock: Clock;
  #reached = 0;
  #waiting: readonly Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Infinity when it has ended: nobody waits any more. */
  reached(index: number): void {
    this.#reached = Math.max(this.#reached, index);
    const arrived = this.#waiting.filter((each) => each.index <= index);
    this.#waiting = this.#waiting.filter((each) => each.index > index);
    for (const each of arrived) each.arrived();
  }

  /** Resolves when it is there, or when the time is up. */
  at(index: number, withinMs: number): Promise<void> {
    if (index <= this.#reached || withinMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting: Waiting = {
        index,
        arrived: () => {
          this.#clock.clearTimeout(alarm);
          resolve();
        },
      };
      const alarm: Alarm = this.#clock.setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        resolve();
      }, withinMs);
      this.#waiting = [...this.#waiting, waiting];
    });
  }
}
