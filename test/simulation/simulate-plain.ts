/** How fast simulation is where nothing goes wrong, on one core. */
import { print } from '../../runtime/cli/output.ts';
import { plainPlan } from './plan.ts';
import { Tally } from './tally.ts';
import { runPlan } from './universe.ts';

/** The first round is for the engine to compile what it runs. */
const rounds = 5;

export async function simulatePlain(seed: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const tally = new Tally();
    const startedMs = performance.now();
    const ending = await runPlan(plainPlan(seed + round));
    tally.add({ seed: seed + round, ...ending });
    print(tally.line(performance.now() - startedMs));
  }
}
