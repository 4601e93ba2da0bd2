/** `quorate bench`: how fast a cluster is here. Its clients run in a process of their own. */
import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import { limits } from '../../../machines/protocol/limits.ts';
import { json, url, wholeNumber } from '../arguments.ts';
import type { Load } from '../bench/load.ts';
import type { BenchOptions } from '../bench/run-bench.ts';
import { command } from '../command.ts';

export const benchCommand = (): Command =>
  command('bench', 'measure a cluster of three on this machine, flushes on')
    .addOption(
      new Option('--clients <counts>', 'closed-loop clients, a run for each number')
        .argParser(counts)
        .default([1, 16, 64, 256], '1,16,64,256'),
    )
    .addOption(
      new Option('--seconds <s>', 'how long each run is measured')
        .argParser(wholeNumber(1, 3_600))
        .default(5),
    )
    .addOption(
      // A JavaScript engine takes some thousand events to compile what it will then run for years.
      new Option('--warmup <s>', 'and how long it runs before that')
        .argParser(wholeNumber(0, 600))
        .default(4),
    )
    .addOption(
      new Option('--event-bytes <n>', 'the size of each event as JSON')
        .argParser(wholeNumber(32, limits.eventBytesMax))
        .default(100),
    )
    .option('--spread', 'connect the clients to all nodes in turn, not to the leader', false)
    .option('--viewer', 'with somebody looking at the inspector of the leader', false)
    .option('--url <url>', 'measure the cluster of these nodes instead; repeatable', url)
    .option('--data <dir>', 'make the temporary data folder in here, on the disk to be measured')
    .option('--json', 'the result as JSON', false)
    .action(async (flags: BenchOptions) => {
      const { runBench } = await import('../bench/run-bench.ts');
      await runBench(flags);
    });

/** Not for people: the process that `quorate bench` starts for its clients. */
export const benchDriverCommand = (): Command =>
  command('bench-driver', 'the clients of one run')
    .addArgument(new Argument('<load>').argParser(json))
    .action(async (load: Load) => {
      const { driveAndReport } = await import('../bench/driver.ts');
      await driveAndReport(load);
    });

const clientCount = wholeNumber(1, limits.clientConnectionsMax);

function counts(text: string): readonly number[] {
  const numbers = text.split(',').map((each) => clientCount(each.trim()));
  if (new Set(numbers).size < numbers.length) {
    throw new InvalidArgumentError('A number was given twice.');
  }
  return numbers;
}
