/** One process of the farm: is given seeds, and runs their universes one after the other. */
import { drawPlan } from './plan.ts';
import { runPlan } from './universe.ts';

// Ctrl-C is for the farm: it lets what is under way come to its end.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
process.on('message', (seed: number) => {
  void runPlan(drawPlan(seed)).then((ending) => process.send?.({ seed, ...ending }));
});
