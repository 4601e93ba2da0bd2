import * as fc from 'fast-check';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { build } from './build.ts';
import { plan, script } from './plan.ts';
import { Run } from './run.ts';

// XState warns of events for actors that have ended where it is built for development.
beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue());
afterEach(() => vi.restoreAllMocks());

/** `RUNS=5000 SEED=…` looks further. */
const numRuns = Number(process.env['RUNS'] ?? 300);
const seed = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };
const timeout = 60_000 + 100 * numRuns;

const scripts = fc.array(script(20), { minLength: 1, maxLength: 6 });

test('a replica does all that a plain actor does, at every step', { timeout }, () => {
  const check = fc.property(plan(2), scripts, (chart, each) => {
    const machine = build(chart);
    for (const steps of each) {
      new Run(machine).all(steps);
    }
  });
  fc.assert(check, { numRuns, ...seed });
});

test(
  'and so it does when it is told as plain data at any time, and made again of that',
  { timeout },
  () => {
    const moves = fc.array(fc.nat({ max: 25 }), { minLength: 1, maxLength: 8 });
    const check = fc.property(plan(2), script(20), moves, (chart, steps, at) => {
      const again = [build(chart), build(chart)];
      let compared = 0;
      const run = new Run(build(chart), (replicated) => {
        const next = again[compared % 2];
        if (at.includes(compared) && next !== undefined) replicated.moveTo(next);
        compared += 1;
      });
      run.all(steps);
    });
    fc.assert(check, { numRuns, ...seed });
  },
);
