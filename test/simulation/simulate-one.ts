/** One seed again, in all detail; if it fails, what of it is needed to fail. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { exitStatus, usageError } from '../../runtime/cli/exit.ts';
import { print } from '../../runtime/cli/output.ts';
import { attended } from './attended.ts';
import type { Flags } from './command.ts';
import { cutDown, keepAll, replayCommand, type Kept } from './cut-down.ts';
import { drawPlan, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';
import { runPlan, type Ending } from './universe.ts';

const triesMax = 150;

export async function simulateOne(flags: Flags, seed: number): Promise<void> {
  const whole = drawPlan(seed);
  const kept: Kept = {
    faults: flags.faults ?? null,
    clients: flags.clients ?? null,
    stormMs: flags.storm ?? null,
  };
  refuseUnknown('faults', kept.faults, whole.faults.length);
  refuseUnknown('clients', kept.clients, whole.clients.length);
  if (kept.stormMs !== null && kept.stormMs > whole.stormMs) {
    throw usageError(`--storm ${kept.stormMs}: the storm of this seed lasts ${whole.stormMs} ms.`);
  }
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
  const isWhole = Object.values(kept).every((part) => part === null);
  if (isWhole) await boilDown(whole, ending, flags.out);
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
export async function boilDown(plan: Plan, failed: Ending, out?: string): Promise<void> {
  let tries = 0;
  let best: Kept = keepAll;
  const shrunk = await attended(
    {
      howFar: () => `shrinking: ${sizeOf(plan, best)}, try ${tries} of ${triesMax}`,
      leaving: () => print(`so far:  ${replayCommand(plan, best)}`),
    },
    (isToStop) => {
      print(`replay:  ${replayCommand(plan, keepAll)}`);
      return shrink(plan, failed, {
        triesMax,
        isToStop,
        trying(count, bestSoFar) {
          tries = count;
          best = bestSoFar;
        },
      });
    },
  );
  const { kept, ending } = shrunk;
  print(
    `smaller: ${replayCommand(plan, kept)}\n` +
      `         ${sizeOf(plan, kept)}, ${ending.steps} steps, after ${shrunk.tries} tries:\n` +
      `         ${ending.failure?.what ?? ''}`,
  );
  const folder = out ?? join(tmpdir(), 'quorate-simulation');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `seed-${plan.seed}.trace`);
  await writeTrace(cutDown(plan, kept), file);
  print(`trace:   ${file}`);
}

function sizeOf(plan: Plan, kept: Kept): string {
  const { faults, clients, stormMs } = cutDown(plan, kept);
  return (
    `${faults.length} of ${plan.faults.length} faults, ` +
    `${clientsIn({ clients })} of ${clientsIn(plan)} clients, ` +
    `${stormMs / 1_000} of ${plan.stormMs / 1_000} s of storm`
  );
}

const clientsIn = ({ clients }: Pick<Plan, 'clients'>): number =>
  clients.filter((client) => client !== null).length;

export function tellFailure(seed: number, { failure }: Pick<Ending, 'failure'>): void {
  if (failure === null) return;
  const { check, what, atMs, step } = failure;
  print(`seed ${seed}: ${check} does not hold, at ${atMs.toFixed(3)} ms, step ${step}:\n${what}`);
}

function describe(plan: Plan): void {
  const { nodes, loads, carrier, faults, stormMs } = plan;
  print(
    `${nodes.length} nodes, ${clientsIn(plan)} clients on ${loads.join(', ')}, over ${carrier}; ` +
      `${faults.length} faults in ${stormMs / 1_000} s`,
  );
}

async function writeTrace(plan: Plan, file: string): Promise<void> {
  const stream = createWriteStream(file);
  await runPlan(plan, { reader: (line) => stream.write(`${line}\n`) });
  stream.end();
  await once(stream, 'finish');
}
