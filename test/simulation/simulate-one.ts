/** One seed again, in all detail; if it fails, what of it is needed to fail. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { progressOn } from '../../runtime/cli/progress.ts';
import { exitStatus, usageError } from '../../runtime/cli/exit.ts';
import { print } from '../../runtime/cli/output.ts';
import type { Flags } from './command.ts';
import { cutDown, replayCommand, type Kept } from './cut-down.ts';
import { drawPlan, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';
import { runPlan, type Ending } from './universe.ts';

const triesMax = 150;

export async function simulateOne(flags: Flags, seed: number): Promise<void> {
  const whole = drawPlan(seed);
  const kept: Kept = { faults: flags.faults ?? null, clients: flags.clients ?? null };
  refuseUnknown('faults', kept.faults, whole.faults.length);
  refuseUnknown('clients', kept.clients, whole.clients.length);
  const plan = cutDown(whole, kept);
  const traceFile = flags.trace === undefined || flags.trace === '-' ? null : flags.trace;
  if (traceFile !== null) makeSureOf('--trace', () => writeFileSync(traceFile, ''));
  if (flags.out !== undefined) makeFolder(flags.out);
  describe(plan);
  const startedMs = performance.now();
  const ending = await runPlan(plan, flags.trace === '-' ? { reader: print } : {});
  if (traceFile !== null) await writeTrace(plan, traceFile);
  const tally = new Tally();
  tally.add({ seed, ...ending });
  print(tally.line(performance.now() - startedMs));
  if (ending.failure === null) return;
  process.exitCode = exitStatus.failed;
  tellFailure(seed, ending);
  if (kept.faults === null && kept.clients === null) await boilDown(whole, ending, flags.out);
}

/** Throws `usage` where nothing can be written to it. */
export const makeFolder = (folder: string): void =>
  makeSureOf('--out', () => mkdirSync(folder, { recursive: true }));

function makeSureOf(flag: string, isWritable: () => void): void {
  try {
    isWritable();
  } catch (error) {
    throw usageError(`${flag} cannot be written: ${error instanceof Error ? error.message : ''}.`);
  }
}

function refuseUnknown(flag: string, asked: readonly number[] | null, count: number): void {
  const unknown = asked?.find((place) => place >= count);
  if (unknown === undefined) return;
  throw usageError(`--${flag} ${unknown}: this seed has ${count} of them, counted from 0.`);
}

/** Called for a seed that failed among many, too. */
export async function boilDown(plan: Plan, ending: Ending, out?: string): Promise<void> {
  print(`replay:  ${replayCommand(plan, { faults: null, clients: null })}`);
  const progress = progressOn(process.stderr);
  const shrunk = await shrink(plan, ending, {
    triesMax,
    trying: (tries, { faults }) =>
      progress.say(`shrinking: ${faults?.length ?? 0} faults left, try ${tries} of ${triesMax}`),
  });
  progress.done();
  const folder = out ?? join(tmpdir(), 'quorate-simulation');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `seed-${plan.seed}.trace`);
  await writeTrace(cutDown(plan, shrunk.kept), file);
  const { failure, steps } = shrunk.ending;
  print(
    `smaller: ${replayCommand(plan, shrunk.kept)}\n` +
      `         ${shrunk.kept.faults?.length ?? 0} of ${plan.faults.length} faults, ${steps} steps: ${failure?.what ?? ''}`,
  );
  print(`trace:   ${file}`);
}

export function tellFailure(seed: number, { failure }: Pick<Ending, 'failure'>): void {
  if (failure === null) return;
  const { check, what, atMs, step } = failure;
  print(`seed ${seed}: ${check} does not hold, at ${atMs.toFixed(3)} ms, step ${step}:\n${what}`);
}

function describe({ nodes, clients, loads, carrier, faults, stormMs }: Plan): void {
  const asking = clients.filter((client) => client !== null).length;
  print(
    `${nodes.length} nodes, ${asking} clients on ${loads.join(', ')}, over ${carrier}; ` +
      `${faults.length} faults in ${stormMs / 1_000} s`,
  );
}

async function writeTrace(plan: Plan, file: string): Promise<void> {
  const stream = createWriteStream(file);
  await runPlan(plan, { reader: (line) => stream.write(`${line}\n`) });
  stream.end();
  await once(stream, 'finish');
}
