/** `quorate check-upgrade`: what new machines would make of the log that there is. */
import type { Command } from 'commander';
import { command } from '../command.ts';

type Flags = Readonly<{ data: string; json: boolean }>;

const more = `
OLD is the module that the nodes run now. NEW names each changed machine as
\`replicated(new, { upgrades: old })\`. Nothing in the folder is changed.

For each machine it says whether it is unchanged, new, missing or changed; for a changed one how
many instances would go over, and what would come to nothing: instances without a place, deadlines
and effects under way that nothing would hear, deadlines and invokes of states that an instance
is in already.

Exit status: 0 all would go over, 1 there are problems, 2 wrong usage.`;

export const checkUpgradeCommand = (): Command =>
  command('check-upgrade', 'replay a real log, and find what new definitions would break')
    .argument('<old>', 'a module whose export `machines` the log was written with')
    .argument('<new>', 'a module whose export `machines` is to come')
    .requiredOption('--data <dir>', "a node's data folder, or that of `quorate start`")
    .option('--json', 'the result as JSON', false)
    .addHelpText('after', more)
    .action(async (old: string, next: string, flags: Flags) => {
      const { runCheckUpgrade } = await import('../upgrade/run-check-upgrade.ts');
      await runCheckUpgrade({ old, next, ...flags });
    });
