/** `quorate watch`: the events of one instance as they are committed. */
import { Argument, type Command } from 'commander';
import { instance, url, wholeNumber, type Instance } from '../arguments.ts';
import { command } from '../command.ts';

type Flags = Readonly<{ after?: number; url?: readonly string[] }>;

export const watchCommand = (): Command =>
  command('watch', 'print each committed event of an instance, until interrupted')
    .addArgument(new Argument('<machine/key>', 'such as order/42').argParser(instance))
    .option(
      '--after <index>',
      'begin after this log index (default: now)',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--url <url>', 'a node to ask, repeatable (default: those of `quorate start`)', url)
    .action(async (of: Instance, { after, ...flags }: Flags) => {
      const { runWatch } = await import('../ask/run-watch.ts');
      await runWatch({ ...of, ...flags, afterIndex: after ?? null });
    });
