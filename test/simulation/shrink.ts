/**
 * Boils a failing plan down, as long as the same property fails: leaves out faults, then clients
 * (delta debugging, Zeller and Hildebrandt 2002), then cuts the storm short, and with it what
 * everybody does in it. Each try is a whole run.
 */
import { cutDown, type Kept } from './cut-down.ts';
import type { Plan } from './plan.ts';
import { runPlan, type Ending } from './universe.ts';

/** All of it said in so many numbers. */
type Least = Readonly<{ [part in keyof Kept]: NonNullable<Kept[part]> }>;

/** `ending` is that of the plan cut down to `kept`. */
export type Shrunk = Readonly<{ kept: Least; ending: Ending; tries: number }>;

export type ShrinkOptions = Readonly<{
  triesMax: number;
  /** Asked before each try; if so, the best there is by then is what becomes of it. */
  isToStop?: () => boolean;
  /** Called before each try, with the best so far. */
  trying?: (tries: number, best: Least) => void;
  run?: (plan: Plan) => Promise<Ending>;
}>;

/** Storms that differ by less than this part of them are equally long. */
const precision = 0.02;

export async function shrink(
  plan: Plan,
  failed: Ending,
  { triesMax, isToStop = () => false, trying = () => {}, run = runPlan }: ShrinkOptions,
): Promise<Shrunk> {
  if (failed.failure === null) throw new Error('only what has failed can be boiled down');
  const { check } = failed.failure;
  let best: Least = {
    faults: plan.faults.map(({ id }) => id),
    clients: plan.clients.flatMap((client, n) => (client === null ? [] : [n])),
    stormMs: plan.stormMs,
  };
  let ending = failed;
  let failedAtMs = failed.failure.atMs;
  let tries = 0;
  const mayTry = (): boolean => tries < triesMax && !isToStop();

  const stillFails = async (kept: Least): Promise<boolean> => {
    tries += 1;
    trying(tries, best);
    const tried = await run(cutDown(plan, kept));
    if (tried.failure?.check !== check) return false;
    best = kept;
    ending = tried;
    failedAtMs = tried.failure.atMs;
    return true;
  };

  const until = (stormMs: number): Least => ({
    ...best,
    stormMs,
    faults: plan.faults
      .filter(({ id, atMs }) => atMs < stormMs && best.faults.includes(id))
      .map(({ id }) => id),
  });

  /** What would have happened after the failure did not bring it about. */
  const endThere = async (): Promise<void> => {
    const thereMs = Math.floor(failedAtMs) + 1;
    if (thereMs < best.stormMs && mayTry()) await stillFails(until(thereMs));
  };

  /** Leaves out one piece after the other, and then smaller pieces. */
  const reduce = async (part: 'faults' | 'clients'): Promise<void> => {
    let pieces = 2;
    while (mayTry()) {
      const items = best[part];
      if (items.length === 0) return;
      const size = Math.ceil(items.length / pieces);
      let isSmaller = false;
      for (let from = 0; from < items.length && mayTry(); from += size) {
        const rest = items.filter((_, at) => at < from || at >= from + size);
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

  /** The shortest storm that it takes, as far as halving finds it. */
  const shorten = async (): Promise<void> => {
    let tooShortMs = 0;
    while (mayTry() && best.stormMs - tooShortMs > Math.max(1, precision * best.stormMs)) {
      const middleMs = Math.floor((tooShortMs + best.stormMs) / 2);
      if (!(await stillFails(until(middleMs)))) tooShortMs = middleMs;
      else await endThere();
    }
  };

  // What one of them achieved may leave more to do for the others.
  for (let before: Least | null = null; mayTry() && before !== best;) {
    before = best;
    await endThere();
    await reduce('faults');
    await reduce('clients');
    await shorten();
  }
  return { kept: best, ending, tries };
}
