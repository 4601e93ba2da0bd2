/**
 * Plants each bug in turn, and runs seed after seed until something is found wrong. Says so in a
 * line of JSON for each: `node --import ./register.mjs --import tsx hunt.ts SEEDS [NAME…]`.
 */
import { readFileSync } from 'node:fs';
import type { drawPlan } from '../plan.ts';
import type { runPlan } from '../universe.ts';

export type Bug = Readonly<{
  name: string;
  source: string;
  file: string;
  from: string;
  to: string;
}>;

/** `null`: that many seeds did not show it. */
export type Caught = Readonly<{
  bug: string;
  caught: Readonly<{ seed: number; steps: number; check: string; what: string }> | null;
  seeds: number;
}>;

type Planted = Readonly<{ drawPlan: typeof drawPlan; runPlan: typeof runPlan }>;

const bugs = JSON.parse(readFileSync(new URL('./bugs.json', import.meta.url), 'utf8')) as Bug[];

async function hunt(bug: string, from: number, seedsMax: number): Promise<Caught> {
  const query = `?bug=${encodeURIComponent(bug)}`;
  const [{ drawPlan: draw }, { runPlan: run }] = (await Promise.all([
    import(`../plan.ts${query}`),
    import(`../universe.ts${query}`),
  ])) as [Planted, Planted];
  for (let seed = from; seed < from + seedsMax; seed += 1) {
    const { failure } = await run(draw(seed));
    if (failure === null) continue;
    const { check, what, step: steps } = failure;
    return { bug, caught: { seed, steps, check, what }, seeds: seed - from + 1 };
  }
  return { bug, caught: null, seeds: seedsMax };
}

const [seedsMax = '30', ...names] = process.argv.slice(2);
for (const { name } of bugs) {
  if (names.length > 0 && !names.includes(name)) continue;
  const caught = await hunt(name, 1, Number(seedsMax));
  process.stdout.write(`${JSON.stringify(caught)}\n`);
}
