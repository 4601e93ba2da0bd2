/** `quorate read`: the state of one instance. */
import { Argument, Option, type Command } from 'commander';
import { consistencies, instance, url, wholeNumber, type Instance } from '../arguments.ts';
import { command } from '../command.ts';
import type { Consistency } from '../../service.ts';
import { limits } from '../../../machines/protocol/limits.ts';

type Flags = Readonly<{ consistency: Consistency; url?: readonly string[]; timeout: number }>;

export const readCommand = (): Command =>
  command('read', 'show the state of an instance')
    .addArgument(new Argument('<machine/key>', 'such as order/42').argParser(instance))
    .addOption(
      new Option('--consistency <kind>', 'what the answer must reflect')
        .choices(consistencies)
        .default('linearizable'),
    )
    .option('--url <url>', 'a node to ask, repeatable (default: those of `quorate start`)', url)
    .addOption(
      new Option('--timeout <ms>', 'when to give up')
        .argParser(wholeNumber(1, limits.proposalTimeoutMsMax))
        .default(limits.proposalTimeoutMsDefault),
    )
    .action(async (of: Instance, flags: Flags) => {
      const { runRead } = await import('../ask/run-read.ts');
      await runRead({ ...of, ...flags });
    });
