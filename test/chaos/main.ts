/** `npm run chaos`: a cluster of real processes in a storm of faults, and whether it kept its promises. */
import { Option } from 'commander';
import {
  faultOf,
  endReporting,
  exitStatus,
  usageError,
  endWithReader,
} from '../../runtime/cli/exit.ts';
import { wholeNumber } from '../../runtime/cli/arguments.ts';
import { interruptions } from '../../runtime/cli/cluster/interruptions.ts';
import { command } from '../../runtime/cli/command.ts';
import { print } from '../../runtime/cli/output.ts';
import { progressOn } from '../../runtime/cli/progress.ts';
import { reportOf } from './report.ts';
import { run, type RunOptions } from './run.ts';

type Flags = Readonly<{
  minutes?: number;
  seconds: number;
  nodes: string;
  clients: number;
  seed: number;
  keep: boolean;
}>;

const program = command(
  'chaos',
  'real nodes, clients and faults; and whether what is promised was kept',
)
  .name('npm run chaos --')
  .addOption(
    new Option('--seconds <s>', 'how long the storm lasts at least: each kind of fault comes once')
      .argParser(wholeNumber(1, 86_400))
      .default(60),
  )
  .addOption(
    new Option('--minutes <m>', 'the same in minutes')
      .argParser(wholeNumber(1, 1_440))
      .conflicts('seconds'),
  )
  .addOption(new Option('--nodes <n>', 'nodes').choices(['3', '5']).default('3'))
  .addOption(new Option('--clients <n>', 'clients').argParser(wholeNumber(1, 256)).default(16))
  .addOption(
    new Option(
      '--seed <n>',
      'draws the faults and the work; the run itself depends on time as well',
    )
      .argParser(wholeNumber(0, 2 ** 31 - 1))
      .default(Date.now() % 1_000_000, 'by the clock'),
  )
  .option('--keep', 'leave the record and the logs behind also when all went well', false)
  .action(async ({ minutes, seconds, nodes, clients, seed, keep }: Flags) => {
    const options: RunOptions = {
      nodes: Number(nodes),
      clients,
      seed,
      keep,
      lastsMs: 1_000 * (minutes === undefined ? seconds : 60 * minutes),
    };
    const { first, second } = interruptions();
    const progress = progressOn(process.stderr);
    void first.then(() => progress.note('breaking off; once more to leave at once'));
    void second.then(() => {
      progress.done();
      process.exit(exitStatus.failed);
    });
    const outcome = await run(options, { progress: progress.say, interrupted: first });
    progress.done();
    print(reportOf(options, outcome));
    // A run that was broken off may still be waiting for what will not come.
    process.exit(outcome.verdict.passed ? exitStatus.done : exitStatus.failed);
  });

endWithReader();

try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  const fault = faultOf(error);
  endReporting(
    fault.code === 'usage'
      ? usageError(fault.message.replace('quorate chaos --help', 'npm run chaos -- --help'))
      : error,
  );
}
