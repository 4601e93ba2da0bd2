/** `quorate check`: whether machines can be replicated, found out before a cluster does. */
import { Option, type Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { RunCheckOptions } from '../check/run-check.ts';
import { command } from '../command.ts';

type Flags = Omit<RunCheckOptions, 'file'>;

export const checkCommand = (): Command =>
  command('check', 'find what cannot be replicated in machines, by reading and by running them')
    .argument('<file>', 'a module whose export `machines` maps names to XState machines')
    .option(
      '--events <file>',
      'a module whose export `events`, or a JSON file whose content, gives events with payloads to try',
    )
    .addOption(
      new Option('--seconds <s>', 'at most, for each machine')
        .argParser(wholeNumber(1, 86_400))
        .default(10),
    )
    .option('--verbose', 'also what does not stand in the way', false)
    .option('--json', 'the result as JSON', false)
    .action(async (file: string, flags: Flags) => {
      const { runCheck } = await import('../check/run-check.ts');
      await runCheck({ file, ...flags });
    });
