/** What many universes came to together, in one line. */
import type { FaultKind } from './faults/fault.ts';
import type { Ending } from './universe.ts';

type Seeded = Ending & Readonly<{ seed: number }>;

export class Tally {
  readonly failed: Seeded[] = [];
  seeds = 0;
  steps = 0;
  readonly ends = { committed: 0, refused: 0, unknown: 0, read: 0 };
  readonly faults = new Map<FaultKind, number>();
  #virtualMs = 0;

  add(report: Seeded): void {
    this.seeds += 1;
    this.steps += report.steps;
    this.#virtualMs += report.virtualMs;
    for (const end of ['committed', 'refused', 'unknown', 'read'] as const) {
      this.ends[end] += report.ends[end];
    }
    for (const [kind, count] of Object.entries(report.faults)) {
      this.faults.set(kind as FaultKind, (this.faults.get(kind as FaultKind) ?? 0) + count);
    }
    if (report.failure !== null) this.failed.push(report);
  }

  /** `elapsedMs` is real time. */
  line(elapsedMs: number): string {
    const seconds = elapsedMs / 1_000;
    const faults = [...this.faults.values()].reduce((sum, count) => sum + count, 0);
    return [
      `${count(this.seeds)} ${this.seeds === 1 ? 'seed' : 'seeds'} (${(this.seeds / seconds).toFixed(1)}/s)`,
      `${count(this.steps / seconds)} steps/s`,
      `${span(this.#virtualMs)} of virtual time`,
      `${count(faults)} faults`,
      `${count(this.ends.committed)} committed`,
      this.failed.length === 0 ? 'nothing wrong' : `${this.failed.length} FAILED`,
    ].join(' · ');
  }

  faultsByKind(): string {
    return [...this.faults]
      .toSorted(([, a], [, b]) => b - a)
      .map(([kind, number]) => `${kind} ${count(number)}`)
      .join(', ');
  }
}

const count = (number: number): string => Math.round(number).toLocaleString('en');

const units = [
  { name: 'h', inMs: 3_600_000 },
  { name: 'min', inMs: 60_000 },
] as const;

/** In the largest unit that there is one of. */
function span(ms: number): string {
  const { name, inMs } = units.find((unit) => ms >= unit.inMs) ?? { name: 's', inMs: 1_000 };
  return `${(ms / inMs).toFixed(1)} ${name}`;
}
