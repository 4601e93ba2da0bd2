/** One process of the farm: is given seeds, and runs their universes one after the other. */
import { Coverage } from './coverage/coverage.ts';
import { coverageFlag } from './farm.ts';
import { drawPlan } from './plan.ts';
import { runPlan } from './universe.ts';

const coverage = process.argv.includes(coverageFlag) ? new Coverage() : null;
coverage?.listenToGuards();

// Ctrl-C is for the farm: it lets what is under way come to its end.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
process.on('message', (seed: number) => void run(seed));

async function run(seed: number): Promise<void> {
  const ending = await runPlan(
    drawPlan(seed),
    coverage ? { made: (world) => coverage.watch(world) } : {},
  );
  // The farm may be gone by now.
  process.send?.({ seed, ...ending, visits: coverage?.take() ?? {} }, () => {});
}
