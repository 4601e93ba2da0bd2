/** Results on standard output: made for reading on a terminal, plain for programs. */
import { createColors } from 'picocolors';

/** Node leaves `isTTY` away where its types say `false`. */
type Stream = Readonly<{ isTTY?: boolean }>;

export const isTerminal = (stream: Stream): boolean => stream.isTTY === true;

/** picocolors' own guess also colours the logs of CI machines, which are files. */
export const mayColour = (stream: Stream): boolean =>
  isTerminal(stream) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

export const paint = createColors(mayColour(process.stdout));

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** One line for programs, several for people. */
export const printJson = (value: unknown): void =>
  print(isTerminal(process.stdout) ? JSON.stringify(value, null, 2) : JSON.stringify(value));
