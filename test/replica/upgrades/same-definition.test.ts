/** An instance that goes over to a definition that says the same goes on as if nothing had happened. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { build } from '../generated/build.ts';
import { plan, script } from '../generated/plan.ts';
import { Run } from '../generated/run.ts';

// XState warns of events for actors that have ended where it is built for development.
beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue());
afterEach(() => vi.restoreAllMocks());

/** `RUNS=5000 SEED=…` looks further. */
const numRuns = Number(process.env['RUNS'] ?? 100);
const seed = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };

test(
  'a chart goes over to itself at any time, and does all that a plain actor does',
  { timeout: 60_000 + 100 * numRuns },
  () => {
    const moves = fc.array(fc.nat({ max: 25 }), { minLength: 1, maxLength: 4 });
    const check = fc.property(plan(2), script(20), moves, (chart, steps, at) => {
      let compared = 0;
      const run = new Run(build(chart), (replicated) => {
        if (at.includes(compared)) replicated.upgradeTo(build(chart));
        compared += 1;
      });
      run.all(steps);
    });
    fc.assert(check, { numRuns, ...seed });
  },
);
