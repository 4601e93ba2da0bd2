/**
 * Plants each bug in turn, and runs seed after seed until something is found wrong. Prints a line
 * of JSON for each, and keeps what it found where the next hunt begins:
 *
 *   npm run simulate:planted              all of them, each from the seed that showed it last
 *   npm run simulate:planted -- --write   and writes down which seed showed it now
 *   npm run simulate:planted -- NAME …    these alone
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { drawPlan } from '../plan.ts';
import type { runPlan } from '../universe.ts';

export type Bug = Readonly<{
  name: string;
  source: string;
  file: string;
  from: string;
  to: string;
}>;

export type Find = Readonly<{ seed: number; steps: number; check: string; what: string }>;

/** `find` is null where no seed showed it. */
export type Hunted = Readonly<{ bug: string; seeds: number; find: Find | null }>;

/** By the name of the bug. */
export type Caught = Readonly<Record<string, Find>>;

type Planted = Readonly<{ drawPlan: typeof drawPlan; runPlan: typeof runPlan }>;

/** From the seed that showed it last: a change of the product may make another one necessary. */
const seedsMax = 60;

const bugsFile = new URL('./bugs.json', import.meta.url);
const caughtFile = new URL('./caught.json', import.meta.url);

const bugs = JSON.parse(readFileSync(bugsFile, 'utf8')) as readonly Bug[];
const caught = JSON.parse(readFileSync(caughtFile, 'utf8')) as Caught;

async function hunt(bug: string, from: number): Promise<Hunted> {
  const query = `?bug=${encodeURIComponent(bug)}`;
  const [{ drawPlan: draw }, { runPlan: run }] = (await Promise.all([
    import(`../plan.ts${query}`),
    import(`../universe.ts${query}`),
  ])) as [Planted, Planted];
  for (let seed = from; seed < from + seedsMax; seed += 1) {
    const { failure } = await run(draw(seed));
    if (failure === null) continue;
    const { check, what, step: steps } = failure;
    return { bug, seeds: seed - from + 1, find: { seed, steps, check, what } };
  }
  return { bug, seeds: seedsMax, find: null };
}

const words = process.argv.slice(2);
const isWriting = words.includes('--write');
const names = words.filter((word) => word !== '--write');
const unknown = names.find((name) => !bugs.some((bug) => bug.name === name));
if (unknown !== undefined) {
  process.stderr.write(`There is no bug "${unknown}". bugs.json names all there are.\n`);
  process.exit(2);
}
const finds: Record<string, Find> = { ...caught };
for (const { name } of bugs) {
  if (names.length > 0 && !names.includes(name)) continue;
  const hunted = await hunt(name, caught[name]?.seed ?? 1);
  process.stdout.write(`${JSON.stringify(hunted)}\n`);
  if (hunted.find !== null) finds[name] = hunted.find;
}
if (isWriting) {
  const known = Object.fromEntries(
    bugs.flatMap(({ name }) => (finds[name] === undefined ? [] : [[name, finds[name]]])),
  );
  writeFileSync(caughtFile, `${JSON.stringify(known, null, 2)}\n`);
}
