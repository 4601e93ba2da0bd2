/**
 * Boils a failing plan down: leaves out faults, then clients, as long as the same property fails
 * (delta debugging, Zeller and Hildebrandt 2002). Each try is a whole run.
 */
import { cutDown, type Kept } from './cut-down.ts';
import type { Plan } from './plan.ts';
import { runPlan, type Ending } from './universe.ts';

export type Shrunk = Readonly<{ kept: Kept; ending: Ending; tries: number }>;

export type ShrinkOptions = Readonly<{
  triesMax: number;
  /** Called before each try. */
  trying?: (tries: number, kept: Kept) => void;
  run?: (plan: Plan) => Promise<Ending>;
}>;

export async function shrink(
  plan: Plan,
  failed: Ending,
  { triesMax, trying = () => {}, run = runPlan }: ShrinkOptions,
): Promise<Shrunk> {
  if (failed.failure === null) throw new Error('only what has failed can be boiled down');
  let best: Kept = {
    faults: plan.faults.map(({ id }) => id),
    clients: plan.clients.map((_, n) => n),
  };
  let ending = failed;
  let tries = 0;
  const mayTry = (): boolean => tries < triesMax;

  const stillFails = async (kept: Kept): Promise<boolean> => {
    tries += 1;
    trying(tries, best);
    const tried = await run(cutDown(plan, kept));
    if (tried.failure?.check !== failed.failure?.check) return false;
    best = kept;
    ending = tried;
    return true;
  };

  /** Leaves out one piece after the other, and then smaller pieces. */
  const reduce = async (part: keyof Kept): Promise<void> => {
    let pieces = 2;
    while (mayTry()) {
      const items = best[part] ?? [];
      if (items.length === 0) return;
      const size = Math.ceil(items.length / pieces);
      let isSmaller = false;
      for (let from = 0; from < items.length && mayTry(); from += size) {
        const rest = items.filter((_, at) => at < from || at >= from + size);
        // What happened after the failure did not bring it about, but nobody knows that yet.
        if (await stillFails({ ...best, [part]: rest })) {
          isSmaller = true;
          break;
        }
      }
      if (isSmaller) pieces = Math.max(2, pieces - 1);
      else if (size === 1) return;
      else pieces = Math.min(items.length, pieces * 2);
    }
  };

  await reduce('faults');
  await reduce('clients');
  return { kept: best, ending, tries };
}
