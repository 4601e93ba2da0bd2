/** `npm run fuzz`: looks for inputs that break what is claimed of our decoders, for as long as wanted. */
import { CommanderError, InvalidArgumentError, Option } from 'commander';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { wholeNumber } from '../../runtime/cli/arguments.ts';
import { command } from '../../runtime/cli/command.ts';
import { endReporting, usageError, endWithReader } from '../../runtime/cli/exit.ts';
// Before the targets: it begins to count, and what was there before does not count.
import { fuzz, prune, replay, tellWritten } from './fuzzing.ts';
import { allTargets } from './all-targets.ts';
import { Seeds, seedsFolder } from './seeds.ts';
import type { Target } from './target.ts';

type Flags = Readonly<{
  target?: readonly Target[];
  minutes: number;
  seed?: number;
  replay?: string;
  prune: boolean;
  seeds: string;
}>;

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

async function run({ target: chosen = allTargets, ...flags }: Flags): Promise<void> {
  if (flags.replay !== undefined) {
    const [target, ...more] = chosen;
    if (!target || more.length > 0) throw usageError('--replay needs one --target.');
    return replay(target, flags.replay);
  }
  const seeds = new Seeds(flags.seeds);
  if (flags.prune) {
    for (const target of chosen) await prune(target, seeds);
    return;
  }
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 32);
  console.log(`--seed ${seed}`);
  let isStopped = false;
  process.once('SIGINT', () => (isStopped = true));
  const forMs = (flags.minutes * 60_000) / chosen.length;
  for (const target of chosen) {
    if (!isStopped) await fuzz(target, seeds, seed, { forMs, isToStop: () => isStopped });
  }
  tellWritten(seeds);
}

const names = allTargets.map(({ name, claim }) => `  ${name}\n      ${claim}.`);
const program = command('fuzz', 'give the decoders what they do not expect')
  .name('npm run fuzz --')
  .option('--target <name>', 'what to fuzz, repeatable (default: each in turn)', targetNamed)
  .option('--minutes <number>', 'for how long, all together', minutes, 1)
  .option('--seed <number>', 'where chance begins', wholeNumber(0, 2 ** 32 - 1))
  .addOption(
    new Option('--seeds <dir>', 'where inputs that lead further are kept').default(
      seedsFolder,
      'test/fuzz/seeds, to be committed',
    ),
  )
  .addOption(
    new Option('--replay <file>', 'run one kept input and say what becomes of it').conflicts([
      'minutes',
      'seed',
      'seeds',
      'prune',
    ]),
  )
  .addOption(
    new Option('--prune', 'drop kept inputs that reach nothing that smaller ones do not')
      .default(false)
      .conflicts(['minutes', 'seed']),
  )
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
