/** What is to happen in a world, ordered by time, and by the order of asking where that is equal. */
export type Moment = {
  atMs: number;
  readonly order: number;
  run: () => void;
  isOff: boolean;
};

export class Timeline {
  nowMs = 0;
  #orders = 0;
  /** A binary heap: the next moment first. Called-off ones stay until their time comes. */
  readonly #heap: Moment[] = [];

  add(run: () => void, delayMs: number): Moment {
    const moment = {
      atMs: this.nowMs + Math.max(0, delayMs),
      order: this.#orders,
      run,
      isOff: false,
    };
    this.#orders += 1;
    this.#heap.push(moment);
    this.#rise(this.#heap.length - 1);
    return moment;
  }

  /** The next one by `untilMs`, if there is any; time moves there. */
  take(untilMs: number): Moment | null {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) return null;
      const last = this.#heap.pop();
      if (last !== undefined && last !== next) {
        this.#heap[0] = last;
        this.#sink();
      }
      if (next.isOff) continue;
      this.nowMs = next.atMs;
      return next;
    }
  }

  /** They come sooner, but not before now. */
  hasten(moments: ReadonlySet<Moment>, byMs: number): void {
    for (const moment of moments) moment.atMs = Math.max(this.nowMs, moment.atMs - byMs);
    for (let place = (this.#heap.length >> 1) - 1; place >= 0; place -= 1) this.#sink(place);
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#at(a);
    const second = this.#at(b);
    return first.atMs < second.atMs || (first.atMs === second.atMs && first.order < second.order);
  }

  #at(place: number): Moment {
    const moment = this.#heap[place];
    if (moment === undefined) throw new Error('no moment there');
    return moment;
  }

  #swap(a: number, b: number): void {
    const moment = this.#at(a);
    this.#heap[a] = this.#at(b);
    this.#heap[b] = moment;
  }

  #rise(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from = 0): void {
    let place = from;
    for (;;) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === place) return;
      this.#swap(place, least);
      place = least;
    }
  }
}
