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
  storm?: number;
  trace?: string;
  seeds?: number;
  minutes?: number;
  from?: number;
  processes?: number;
  out?: string;
  plain?: true;
  coverage?: true;
}>;

const seedsMax = 2 ** 32 - 1;
const seed = wholeNumber(0, seedsMax);

export const coresThereAre = availableParallelism();

export const simulateCommand = (): Command =>
  command('simulate', 'whole clusters in simulated weather, a seed each; any weather, then calm')
    .option('--seeds <n>', 'how many universes', wholeNumber(1, seedsMax))
    .option(
      '--minutes <m>',
      'for how long, if --seeds is not given (default: 1)',
      wholeNumber(1, 100_000),
    )
    .option('--from <seed>', 'the first seed; the others follow (default: by chance)', seed)
    .option(
      '--processes <n>',
      `universes at a time (default: ${coresThereAre}, a core each)`,
      wholeNumber(1, 1_024),
    )
    .option('--seed <seed>', 'this one alone', seed)
    .option('--faults <ids>', 'of this one seed, only these of its faults, or none', places)
    .option('--clients <places>', 'of this one seed, only these of its clients, or none', places)
    .option('--storm <ms>', 'of this one seed, only so much of its storm', wholeNumber(1, 1e9))
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
      refuseIgnored(flags);
      if (flags.plain) {
        const { simulatePlain } = await import('./simulate-plain.ts');
        return simulatePlain(flags.seed ?? 1);
      }
      if (flags.seed === undefined) {
        const { simulateMany } = await import('./simulate-many.ts');
        return simulateMany(flags);
      }
      const { simulateOne } = await import('./simulate-one.ts');
      await simulateOne(flags, flags.seed);
    });

/** What is left of a seed's plan. Such a run is what a failure was boiled down to already. */
const cuts = ['faults', 'clients', 'storm'] as const;
const ofMany = ['seeds', 'minutes', 'from', 'processes', 'coverage'] as const;

/** A flag that would change nothing was meant otherwise. */
function refuseIgnored(flags: Flags): void {
  const given = (names: readonly (keyof Flags)[]): readonly (keyof Flags)[] =>
    names.filter((name) => flags[name] !== undefined);
  const exclude = (one: keyof Flags, others: readonly (keyof Flags)[]): void => {
    const [other] = given(others);
    if (other !== undefined) throw usageError(`--${one} and --${other} exclude each other.`);
  };
  if (flags.plain) return exclude('plain', [...ofMany, ...cuts, 'trace', 'out']);
  if (flags.seed === undefined) {
    const [without] = given([...cuts, 'trace']);
    if (without !== undefined) throw usageError(`--${without} needs --seed.`);
    return;
  }
  exclude('seed', ofMany);
  for (const cut of given(cuts)) exclude(cut, ['out']);
}

const place = wholeNumber(0, 1_000_000);

function places(text: string): readonly number[] {
  if (text === 'none') return [];
  const numbers = text.split(',').map((each) => place(each.trim()));
  if (new Set(numbers).size < numbers.length) {
    throw new InvalidArgumentError('A number was given twice.');
  }
  return numbers;
}
