/** One process of a hunt: is given bugs, and seeds to run with them until something is found wrong. */
import type { World } from '../../world/world.ts';
import type { drawPlan } from '../plan.ts';
import type { runPlan } from '../universe.ts';
import type { Find } from './bugs.ts';

export type Task = Readonly<{
  bug: string;
  seeds: readonly number[];
  /** All seeds are given the first number of steps, then the second, until one of them shows it. */
  patience: readonly number[];
}>;

/** The first that the least patience found; null: no seed showed it. */
export type Hunted = Find | null;

type Planted = Readonly<{ drawPlan: typeof drawPlan; runPlan: typeof runPlan }>;

const outOfPatience = 'patience';
const lookEveryMs = 5;

async function hunt({ bug, seeds, patience }: Task): Promise<Hunted> {
  const query = `?bug=${encodeURIComponent(bug)}`;
  const [{ drawPlan: draw }, { runPlan: run }] = (await Promise.all([
    import(`../plan.ts${query}`),
    import(`../universe.ts${query}`),
  ])) as [Planted, Planted];
  for (const stepsMax of patience) {
    for (const seed of seeds) {
      const { failure } = await run(draw(seed), { made: (world) => endAfter(world, stepsMax) });
      if (failure === null || failure.check === outOfPatience) continue;
      const { check, what, step: steps } = failure;
      return { seed, steps, check, what };
    }
  }
  return null;
}

function endAfter(world: World, stepsMax: number): void {
  const look = (): void => {
    if (world.chronicle.steps > stepsMax) world.find(outOfPatience, 'it takes too many steps');
    world.after(lookEveryMs, look);
  };
  look();
}

process.on('disconnect', () => process.exit());
process.on('message', (task: Task) => {
  void hunt(task).then((hunted) => process.send?.(hunted, () => {}));
});
