/** What a run counts while it goes on: operations by how they ended, faults, and times without service. */
import type { End } from './clients/client.ts';
import type { FaultKind } from './schedule.ts';

export class Tally {
  readonly operations: Record<End, number> = { ok: 0, refused: 0, unknown: 0 };
  /** Refused sendings by code; an operation may have had many. */
  readonly refusals = new Map<string, number>();
  /** Those that hit something. */
  readonly faults = new Map<FaultKind, number>();
  readonly gaps = new Gaps();

  readonly ended = (end: End): void => {
    this.operations[end] += 1;
    if (end === 'ok') this.gaps.served();
  };
  readonly refused = (code: string): void => {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  };
  struck(kind: FaultKind): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }
}

/**
 * The longest time in which no operation of any client succeeded; at all, and while no fault was
 * in force: from the latest of a success and the end of a fault, to the next success or fault.
 */
class Gaps {
  longestMs = 0;
  longestInCalmMs = 0;
  #servedMs = performance.now();
  #calmSinceMs = performance.now();
  #faults = 0;
  #isOver = false;

  served(): void {
    this.#look();
    this.#servedMs = performance.now();
  }
  faultBegins(): void {
    this.#look();
    this.#faults += 1;
  }
  faultEnds(): void {
    this.#look();
    this.#faults -= 1;
    this.#calmSinceMs = performance.now();
  }

  /** The end of the time that is looked at. */
  stop(): void {
    this.#look();
    this.#isOver = true;
  }

  #look(): void {
    if (this.#isOver) return;
    const nowMs = performance.now();
    this.longestMs = Math.max(this.longestMs, nowMs - this.#servedMs);
    if (this.#faults > 0) return;
    const sinceMs = Math.max(this.#servedMs, this.#calmSinceMs);
    this.longestInCalmMs = Math.max(this.longestInCalmMs, nowMs - sinceMs);
  }
}
