/** Chance that a seed decides: the same seed, and the same questions, give the same answers. */
import { drawInteger, type RandomState } from '../../machines/rules/random.ts';

export class Dice {
  #state: RandomState;

  /** Dice of one seed that go by other numbers have nothing to do with each other. */
  constructor(seed: number, number = 0) {
    this.#state = {
      seed: (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0,
    };
    // The first draws of seeds that lie side by side are alike.
    for (let spent = 0; spent < 8; spent += 1) this.integer(0, 1);
  }

  /** In [low, high]. */
  integer(low: number, high: number): number {
    const [drawn, next] = drawInteger(this.#state, low, high);
    this.#state = next;
    return drawn;
  }

  chance(percent: number): boolean {
    return this.integer(1, 100) <= percent;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)] as Item;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.map(() => left.splice(this.integer(0, left.length - 1), 1)[0] as Item);
  }
}
