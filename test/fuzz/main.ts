/** `npm run fuzz`: looks for inputs that break what is claimed of our decoders, for as long as wanted. */
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CommanderError, InvalidArgumentError } from 'commander';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { wholeNumber } from '../../runtime/cli/arguments.ts';
import { command } from '../../runtime/cli/command.ts';
import { endReporting, usageError, endWithReader } from '../../runtime/cli/exit.ts';
// Before the targets: it begins to count, and what was there before does not count.
import { Fuzzer, type Failure } from './fuzzer.ts';
import { allTargets } from './all-targets.ts';
import { checkGuarded } from './guards.ts';
import { failureKind, minimised } from './minimise.ts';
import { dropSeed, inputOf, isKeptForGood, keepSeed, seedsOf } from './seeds.ts';
import type { OpenTarget, Target } from './target.ts';

type Flags = Readonly<{
  target?: readonly Target[];
  minutes: number;
  seed?: number;
  replay?: string;
  prune: boolean;
}>;

const progressMs = 2_000;
const shown = (file: string): string => relative(process.cwd(), file);

function targetNamed(name: string, before: readonly Target[] = []): readonly Target[] {
  const target = allTargets.find((each) => each.name === name);
  if (target) return [...before, target];
  const names = allTargets.map((each) => each.name).join(', ');
  throw new InvalidArgumentError(`There are ${names}.`);
}

function minutes(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}

async function howItFails({ check }: OpenTarget, input: Uint8Array): Promise<unknown> {
  try {
    await checkGuarded(check, input);
    return null;
  } catch (error) {
    return error;
  }
}

/** Keeps the smallest input that fails so, and says how to run it again. */
async function report(target: Target, opened: OpenTarget, failure: Failure): Promise<void> {
  const fails = async (input: Uint8Array): Promise<string | null> => {
    const error = await howItFails(opened, input);
    return error === null ? null : failureKind(error);
  };
  process.exitCode = 1;
  const file = keepSeed(target.name, await minimised(failure.input, fails), 'broke-');
  console.log(failure.error instanceof Error ? failure.error.stack : failure.error);
  console.log(`\n${target.name} failed. To run that input alone:`);
  console.log(`  npm run fuzz -- --target ${target.name} --replay ${shown(file)}`);
}

async function replay(target: Target, file: string): Promise<void> {
  const opened = await target.open();
  try {
    const error = await howItFails(opened, inputOf(file));
    if (error !== null) throw error;
    console.log(`${target.name}: ${shown(file)} is taken as it should be`);
  } finally {
    await opened.close();
  }
}

/** Small ones first, so that of two which reach the same the smaller stays. */
async function prune(target: Target): Promise<void> {
  const opened = await target.open();
  try {
    const seeds = seedsOf(target.name).toSorted((a, b) => a.input.length - b.input.length);
    let dropped = 0;
    const failure = await new Fuzzer(target, opened.check, 0).replay(seeds, (seed) => {
      if (isKeptForGood(seed)) return;
      dropSeed(seed);
      dropped += 1;
    });
    if (failure) return await report(target, opened, failure);
    console.log(`${target.name}: dropped ${dropped} of ${seeds.length} kept inputs`);
  } finally {
    await opened.close();
  }
}

async function fuzzOne(target: Target, seed: number, forMs: number): Promise<void> {
  const opened = await target.open();
  const fuzzer = new Fuzzer(target, opened.check, seed);
  const startMs = performance.now();
  let nextMs = startMs + progressMs;
  const progress = (nowMs: number): void => {
    const { reached } = fuzzer;
    const perSecond = Math.round((1_000 * fuzzer.runs) / (nowMs - startMs));
    console.log(
      `${target.name}: ${fuzzer.runs} runs, ${perSecond} a second, corpus ${fuzzer.corpusSize}, ` +
        `${reached.percent.toFixed(1)} % of ${reached.functions} functions`,
    );
  };

  try {
    let failure = await fuzzer.replay(seedsOf(target.name));
    while (failure === null && performance.now() < startMs + forMs) {
      failure = await fuzzer.step((input) => keepSeed(target.name, input));
      if (performance.now() < nextMs) continue;
      progress(performance.now());
      nextMs += progressMs;
    }
    progress(performance.now());
    if (failure) await report(target, opened, failure);
  } finally {
    await opened.close();
  }
}

async function run({ target: chosen = allTargets, ...flags }: Flags): Promise<void> {
  if (flags.replay !== undefined) {
    const [target, ...more] = chosen;
    if (!target || more.length > 0) throw usageError('--replay needs one --target.');
    return replay(target, flags.replay);
  }
  if (flags.prune) {
    for (const target of chosen) await prune(target);
    return;
  }
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 32);
  console.log(`--seed ${seed}`);
  const forMs = (flags.minutes * 60_000) / chosen.length;
  for (const target of chosen) await fuzzOne(target, seed, forMs);
}

const names = allTargets.map(({ name, claim }) => `  ${name}\n      ${claim}.`);
const program = command('fuzz', 'give the decoders what they do not expect')
  .name('npm run fuzz --')
  .option('--target <name>', 'what to fuzz, repeatable (default: each in turn)', targetNamed)
  .option('--minutes <number>', 'for how long, all together', minutes, 1)
  .option('--seed <number>', 'where chance begins', wholeNumber(0, 2 ** 32 - 1))
  .option('--replay <file>', 'run one kept input and say what becomes of it')
  .option('--prune', 'drop kept inputs that reach nothing that smaller ones do not', false)
  .addHelpText('after', `\nTargets:\n${names.join('\n')}`)
  .action(run);

endWithReader();

try {
  await program.parseAsync();
} catch (error) {
  const isUsage = error instanceof QuorateError && error.code === 'usage';
  // A target that failed: here the whole stack helps.
  if (!(error instanceof QuorateError) && !(error instanceof CommanderError)) console.log(error);
  endReporting(
    isUsage ? usageError(error.message.replace('quorate fuzz', 'npm run fuzz --')) : error,
  );
}
