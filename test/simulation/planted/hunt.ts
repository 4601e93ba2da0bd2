/**
 * Plants each bug in turn, and runs seeds until something is found wrong. Prints a line of JSON for
 * each bug, as it comes to its end:
 *
 *   npm run simulate:planted              by the seed that showed it last, or else by any other
 *   npm run simulate:planted -- --anew    by a seed that shows it after few steps
 *   npm run simulate:planted -- --write   and writes down what was found
 *   npm run simulate:planted -- NAME …    these bugs alone
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bugs, caught, writeCaught, type Find } from './bugs.ts';
import type { Hunted, Task } from './hunter.ts';

const seedsMax = 48;
/** Not infinite: it is sent as JSON. */
const endless = Number.MAX_SAFE_INTEGER;
/** Few steps of all seeds come before many of the first. */
const patience = [2_000, 8_000, 30_000, 120_000, endless] as const;

/** Each is tried if the one before found nothing. */
function tasksFor(bug: string, isAnew: boolean): readonly Task[] {
  const seeds = Array.from({ length: seedsMax }, (_, n) => n + 1);
  const anywhere = { bug, seeds, patience };
  const known = caught[bug];
  if (isAnew || known === undefined) return [anywhere];
  return [{ bug, seeds: [known.seed], patience: [endless] }, anywhere];
}

const { values: flags, positionals: names } = parseArgs({
  options: {
    anew: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const unknown = names.find((name) => !bugs.some((bug) => bug.name === name));
if (unknown !== undefined) {
  process.stderr.write(`There is no bug "${unknown}". bugs.json names all there are.\n`);
  process.exit(2);
}

// What takes long comes first, or the others would wait for it in the end.
const wanted = bugs
  .map(({ name }) => name)
  .filter((name) => names.length === 0 || names.includes(name))
  .toSorted((a, b) => (caught[b]?.steps ?? Infinity) - (caught[a]?.steps ?? Infinity));
const finds: Record<string, Find> = { ...caught };

async function work(): Promise<void> {
  const hunter = fork(new URL('./hunter.ts', import.meta.url));
  const ended = once(hunter, 'exit').then(([status]) => {
    throw new Error(`a hunting process ended with ${String(status)}`);
  });
  for (let bug = wanted.shift(); bug !== undefined; bug = wanted.shift()) {
    let find: Find | null = null;
    for (const task of tasksFor(bug, flags.anew)) {
      hunter.send(task);
      const [hunted] = (await Promise.race([once(hunter, 'message'), ended])) as [Hunted];
      find = hunted;
      if (find !== null) break;
    }
    process.stdout.write(`${JSON.stringify({ bug, find })}\n`);
    if (find === null) continue;
    finds[bug] = find;
    if (flags.write) writeCaught(finds);
  }
  ended.catch(() => {});
  hunter.disconnect();
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
