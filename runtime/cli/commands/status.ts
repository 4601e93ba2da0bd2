/** `quorate status`: what each node says about itself. */
import type { Command } from 'commander';
import { url } from '../arguments.ts';
import { command } from '../command.ts';

type Flags = Readonly<{ url?: readonly string[]; json: boolean }>;

export const statusCommand = (): Command =>
  command('status', 'show what each node says about itself')
    .option('--url <url>', 'a node to ask, repeatable (default: those of `quorate start`)', url)
    .option('--json', 'everything, as JSON', false)
    .action(async (flags: Flags) => {
      const { runStatus } = await import('../ask/run-status.ts');
      await runStatus(flags);
    });
