/**
 * All commands by name. What they need to run (sockets, machines, tables) is loaded when one
 * runs, so that `--help` and a misspelt flag are answered at once.
 */
import type { Command } from 'commander';
import { command } from './command.ts';
import { benchCommand, benchDriverCommand } from './commands/bench.ts';
import { checkCommand } from './commands/check.ts';
import { chartCommand } from './commands/chart.ts';
import { checkUpgradeCommand } from './commands/check-upgrade.ts';
import { inspectCommand } from './commands/inspect.ts';
import { nodeCommand } from './commands/node.ts';
import { proposeCommand } from './commands/propose.ts';
import { readCommand } from './commands/read.ts';
import { startCommand } from './commands/start.ts';
import { simulateCommand } from './commands/simulate.ts';
import { statusCommand } from './commands/status.ts';
import { watchCommand } from './commands/watch.ts';
import { packageVersion } from '../package.ts';

export function quorateProgram(): Command {
  return command('quorate', 'XState machines, stepped by a cluster that agrees on every event')
    .version(packageVersion(), '-V, --version', 'print the version')
    .addCommand(startCommand())
    .addCommand(nodeCommand())
    .addCommand(proposeCommand())
    .addCommand(readCommand())
    .addCommand(watchCommand())
    .addCommand(statusCommand())
    .addCommand(inspectCommand())
    .addCommand(checkCommand())
    .addCommand(checkUpgradeCommand())
    .addCommand(chartCommand())
    .addCommand(simulateCommand())
    .addCommand(benchCommand())
    .addCommand(benchDriverCommand(), { hidden: true });
}

/**
 * `help read` means `read --help`. And since commander answers `--help` before it asks whether
 * there is such a command, nothing but its name is left of one that there is not.
 */
export function argumentsMeant(words: readonly string[], program: Command): readonly string[] {
  const [first = '--help', ...rest] = words[0] === 'help' ? [...words.slice(1), '--help'] : words;
  if (words.length === 0) return [];
  const isKnown = first.startsWith('-') || program.commands.some((each) => each.name() === first);
  return isKnown ? [first, ...rest] : [first];
}
