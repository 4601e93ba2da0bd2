/** What `npm run fuzz` does with a target, and says about it. */
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { usageError } from '../../runtime/cli/exit.ts';
import { Fuzzer, type Failure } from './fuzzer.ts';
import { checkGuarded } from './guards.ts';
import { failureKind, minimised } from './minimise.ts';
import { dropSeed, inputOf, isKeptForGood, type Seeds } from './seeds.ts';
import type { OpenTarget, Target } from './target.ts';

const progressMs = 2_000;
const shown = (file: string): string => relative(process.cwd(), file);

async function howItFails({ check }: OpenTarget, input: Uint8Array): Promise<unknown> {
  try {
    await checkGuarded(check, input);
    return null;
  } catch (error) {
    return error;
  }
}

/** Keeps the smallest input that fails so, and says how to run it again. */
async function report(
  target: Target,
  opened: OpenTarget,
  failure: Failure,
  seeds: Seeds,
): Promise<void> {
  const fails = async (input: Uint8Array): Promise<string | null> => {
    const error = await howItFails(opened, input);
    return error === null ? null : failureKind(error);
  };
  process.exitCode = 1;
  const file = seeds.keep(target.name, await minimised(failure.input, fails), 'broke-');
  console.log(failure.error instanceof Error ? failure.error.stack : failure.error);
  console.log(`\n${target.name} failed. To run that input alone:`);
  console.log(`  npm run fuzz -- --target ${target.name} --replay ${shown(file)}`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
};

function inputIn(file: string): Uint8Array {
  try {
    return inputOf(file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw usageError(`--replay ${file}: ${reasons[code] ?? `it cannot be read (${code})`}.`);
  }
}

export async function replay(target: Target, file: string): Promise<void> {
  const input = inputIn(file);
  const opened = await target.open();
  try {
    const error = await howItFails(opened, input);
    if (error !== null) throw error;
    console.log(`${target.name}: ${shown(file)} is taken as it should be`);
  } finally {
    await opened.close();
  }
}

/** Small ones first, so that of two which reach the same the smaller stays. */
export async function prune(target: Target, seeds: Seeds): Promise<void> {
  const opened = await target.open();
  try {
    const kept = seeds.of(target.name).toSorted((a, b) => a.input.length - b.input.length);
    let dropped = 0;
    const failure = await new Fuzzer(target, opened.check, 0).replay(kept, (seed) => {
      if (isKeptForGood(seed)) return;
      dropSeed(seed);
      dropped += 1;
    });
    if (failure) return await report(target, opened, failure, seeds);
    console.log(`${target.name}: dropped ${dropped} of ${kept.length} kept inputs`);
  } finally {
    await opened.close();
  }
}

export type Duration = Readonly<{ forMs: number; isToStop: () => boolean }>;

/** For that long, and one batch of inputs at least. */
export async function fuzz(
  target: Target,
  seeds: Seeds,
  seed: number,
  { forMs, isToStop }: Duration,
): Promise<void> {
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
    let failure = await fuzzer.replay(seeds.of(target.name));
    while (failure === null) {
      failure = await fuzzer.step((input) => seeds.keep(target.name, input));
      // Most targets never wait for anything, and Ctrl-C is heard only by who does.
      await new Promise(setImmediate);
      const nowMs = performance.now();
      if (isToStop() || nowMs >= startMs + forMs) break;
      if (nowMs < nextMs) continue;
      progress(nowMs);
      nextMs += progressMs;
    }
    progress(performance.now());
    if (failure) await report(target, opened, failure, seeds);
  } finally {
    await opened.close();
  }
}

/** The folder with the inputs is part of the project: what is new there must not go unnoticed. */
export function tellWritten({ written }: Seeds): void {
  if (written.length === 0) return;
  const files = written.length === 1 ? 'One input is' : `${written.length} inputs are`;
  console.log(`\n${files} new. Commit what is to be tried in every run from now on:`);
  for (const file of written) console.log(`  ${shown(file)}`);
}
