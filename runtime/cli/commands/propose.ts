/** `quorate propose`: one event, and what became of it. */
import { Option, type Command } from 'commander';
import { limits } from '../../../machines/protocol/limits.ts';
import {
  instance,
  json,
  looksLikeJson,
  machineEvent,
  url,
  uuid,
  wholeNumber,
} from '../arguments.ts';
import { command } from '../command.ts';
import { usageError } from '../exit.ts';

type Flags = Readonly<{
  url?: readonly string[];
  timeout: number;
  id?: string;
  input?: unknown;
}>;

export const proposeCommand = (): Command =>
  command('propose', 'send an event to an instance and say what became of it')
    .usage('[options] [MACHINE/KEY] EVENT')
    .argument('<event...>', 'a name or JSON; before it the instance, else lifecycle/cluster')
    .option('--url <url>', 'a node to ask, repeatable (default: those of `quorate start`)', url)
    .addOption(
      new Option('--timeout <ms>', 'when to give up')
        .argParser(wholeNumber(1, limits.proposalTimeoutMsMax))
        .default(limits.proposalTimeoutMsDefault),
    )
    .option('--id <uuid>', 'the proposal id: the same id is never applied twice', uuid)
    .option('--input <json>', 'the input of an instance that begins with this event', json)
    .action(async (words: readonly string[], flags: Flags) => {
      const { runPropose } = await import('../ask/run-propose.ts');
      await runPropose({ ...understood(words), ...flags });
    });

const understood = (words: readonly string[]) => {
  const [first = '', second, ...more] = words;
  if (more.length > 0) {
    throw usageError('there are too many arguments; put an event of several words in quotes.');
  }
  if (second !== undefined) {
    return { ...checked(instance, first), event: checked(machineEvent, second) };
  }
  // An event may have such a name, but whoever types it has more likely forgotten the event.
  if (first.includes('/') && !looksLikeJson(first)) {
    throw usageError(`which event shall ${first} be sent? See \`quorate propose --help\`.`);
  }
  return { machine: 'lifecycle', key: 'cluster', event: checked(machineEvent, first) };
};

function checked<Value>(parse: (text: string) => Value, text: string): Value {
  try {
    return parse(text);
  } catch (error) {
    throw usageError(
      `"${text}" is invalid. ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
