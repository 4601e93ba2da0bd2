/** `quorate simulate`, `npm run simulate`: its flags. */
import { InvalidArgumentError, type Command } from 'commander';
import { availableParallelism } from 'node:os';
import { wholeNumber } from '../../runtime/cli/arguments.ts';
import { command } from '../../runtime/cli/command.ts';
import { usageError } from '../../runtime/cli/exit.ts';

export type Flags = Readonly<{
  seed?: number;
  faults?: readonly number[];
  clients?: readonly number[];
  trace?: string;
  seeds?: number;
  minutes?: number;
  from?: number;
  processes: number;
  out?: string;
  plain?: true;
  coverage?: true;
}>;

const seedsMax = 2 ** 32 - 1;
const seed = wholeNumber(0, seedsMax);

export const simulateCommand = (): Command =>
  command('simulate', 'whole clusters in simulated weather, a seed each; any weather, then calm')
    .option('--seeds <n>', 'how many universes', wholeNumber(1, seedsMax))
    .option(
      '--minutes <m>',
      'for how long, if --seeds is not given (default: 1)',
      wholeNumber(1, 100_000),
    )
    .option('--from <seed>', 'the first seed; the others follow (default: by chance)', seed)
    .option('--processes <n>', 'universes at a time', wholeNumber(1, 1_024), availableParallelism())
    .option('--seed <seed>', 'this one alone', seed)
    .option('--faults <ids>', 'of this one seed, only these of its faults, or none', places)
    .option('--clients <places>', 'of this one seed, only these of its clients', places)
    .option(
      '--trace <file>',
      'write every step of this one seed to a file, a line each; - for here',
    )
    .option('--plain', 'three nodes in fair weather, to see how many steps a second there are')
    .option('--coverage', 'say which states, transitions and guards of the charts were visited')
    .option(
      '--out <dir>',
      'where the traces of failures go (default: the folder for temporary files)',
    )
    .action(async (flags: Flags) => {
      if (flags.plain) {
        const { simulatePlain } = await import('./simulate-plain.ts');
        return simulatePlain(flags.seed ?? 1);
      }
      if (flags.seed === undefined) {
        for (const name of ['faults', 'clients', 'trace'] as const) {
          if (flags[name] !== undefined) throw usageError(`--${name} needs --seed.`);
        }
        const { simulateMany } = await import('./simulate-many.ts');
        return simulateMany(flags);
      }
      for (const name of ['seeds', 'minutes', 'from', 'coverage'] as const) {
        if (flags[name] !== undefined) throw usageError(`--seed and --${name} exclude each other.`);
      }
      const { simulateOne } = await import('./simulate-one.ts');
      await simulateOne(flags, flags.seed);
    });

const place = wholeNumber(0, 1_000_000);

function places(text: string): readonly number[] {
  if (text === 'none') return [];
  const numbers = text.split(',').map((each) => place(each.trim()));
  if (new Set(numbers).size < numbers.length) {
    throw new InvalidArgumentError('A number was given twice.');
  }
  return numbers;
}
