/** `quorate start`: a whole cluster on this machine. */
import { Option, type Command } from 'commander';
import { logLevels, port, wholeNumber, type LogLevel } from '../arguments.ts';
import { command } from '../command.ts';
import { inspectOption } from './inspect-option.ts';

type Flags = Readonly<{
  nodes: number;
  port: number;
  data: string;
  machines?: string;
  hold: boolean;
  exit: boolean;
  fresh: boolean;
  inspectAct: boolean;
  logLevel: LogLevel;
  inspect?: 'stately';
}>;

export const startCommand = (): Command =>
  command('start', 'run a cluster on this machine and see it come to Running')
    .addOption(
      new Option('--nodes <count>', 'how many nodes').argParser(wholeNumber(1, 7)).default(3),
    )
    .addOption(
      new Option('--port <port>', "n1's port; the others follow").argParser(port).default(7101),
    )
    .option('--data <dir>', 'where the nodes keep their logs', '.quorate')
    .option('--machines <file>', 'a module whose export `machines` maps names to XState machines')
    .option('--hold', 'propose nothing: stay in Init', false)
    .option('--exit', 'stop once every node is seen to be Running', false)
    .option('--fresh', 'forget everything: delete what nodes left in the data folder', false)
    .option(
      '--inspect-act',
      'let viewers of the inspector send events and transfer leadership',
      false,
    )
    .addOption(
      new Option('--log-level <level>', "which of the nodes' messages to show")
        .choices(logLevels)
        .default('warn'),
    )
    .addOption(inspectOption())
    .action(async (flags: Flags) => {
      const { runStart } = await import('../start/run-start.ts');
      await runStart(flags);
    });
