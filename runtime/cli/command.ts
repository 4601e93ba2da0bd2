/** What every command has in common: how it is spelt wrong, and what is said then. */
import { Command, Help, type CommanderError, type Option } from 'commander';
import { exitStatus, usageError } from './exit.ts';

/** Shown, not suffered: these end a command in good order. */
const goodEnds: ReadonlySet<string> = new Set(['commander.helpDisplayed', 'commander.version']);

/** Commander's message and its suggestion stand on two lines, the first one after "error: ". */
const inOneLine = (message: string): string =>
  message
    .replace(/^error: /, '')
    .replace(/\.?\n\((Did you mean .*)\)$/, '. $1')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/([^.?!])$/, '$1.');

/** That a flag is off unless given goes without saying. */
const optionDescription = (option: Option): string =>
  new Help().optionDescription(option).replace(' (default: false)', '');

export function command(name: string, summary: string): Command {
  const made = new Command(name);
  const path = name === 'quorate' ? 'quorate' : `quorate ${name}`;
  return made
    .description(summary)
    .helpCommand(false)
    .configureHelp({ optionDescription })
    .configureOutput({ outputError: () => {} })
    .exitOverride((error: CommanderError) => {
      if (goodEnds.has(error.code)) throw error;
      if (error.code === 'commander.help') {
        process.exitCode = exitStatus.wrongUsage;
        throw usageError('which command? The list stands above.');
      }
      throw usageError(`${inOneLine(error.message)} See \`${path} --help\`.`);
    });
}
