/** `quorate inspect`: opens the inspector of a running node, or of a simulation's trace. */
import type { Command } from 'commander';
import { port, url } from '../arguments.ts';
import { command } from '../command.ts';

type Flags = Readonly<{
  url?: readonly string[];
  trace?: string;
  port?: number;
  open: boolean;
}>;

export const inspectCommand = (): Command =>
  command('inspect', 'open the inspector in a browser: of a cluster that runs, or of a trace')
    .option('--url <url>', 'a node to open, repeatable (default: those of `quorate start`)', url)
    .option('--trace <file>', 'open what `quorate simulate` told of a run, instead of a node')
    .option('--port <port>', 'with --trace: where to serve the page (default: any free port)', port)
    .option('--no-open', 'print the address alone')
    .action(async (flags: Flags) => {
      const { runInspect } = await import('../inspect/run-inspect.ts');
      await runInspect(flags);
    });
