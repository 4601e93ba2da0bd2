/**
 * A node's log, on standard error: JSON for programs, lines for people. In this process and
 * without a worker thread, so that a killed node leaves nothing behind.
 */
import { createColors } from 'picocolors';
import { destination, levels, pino, stdTimeFunctions, type Logger } from 'pino';
import type { LogLevel } from './arguments.ts';
import { complain } from './exit.ts';
import { isTerminal, mayColour } from './output.ts';

/** Lines that nobody reads wait here, and are dropped beyond it: a full pipe must not stop a node. */
const backlogBytesMax = 1024 * 1024;

export function nodeLogger(node: string, level: LogLevel): Logger {
  const options = { level, base: { node }, timestamp: stdTimeFunctions.isoTime };
  return isTerminal(process.stderr)
    ? pino(options, {
        write: (line: string) => complain(readableLog(line, coloursOf(process.stderr))),
      })
    : pino(options, destination({ fd: 2, sync: false, maxLength: backlogBytesMax }));
}

type Colours = ReturnType<typeof createColors>;

const coloursOf = (stream: NodeJS.WriteStream): Colours => createColors(mayColour(stream));

/** The same as one of several nodes' logs: `n1 | 20:55:45.123 warn  lost the link …`. */
export const readableLogOf = (node: string, line: string): string =>
  `${node} | ${readableLog(line, coloursOf(process.stderr))}`;

type Logged = Readonly<{
  level: number;
  time: string;
  node?: string;
  msg?: string;
  err?: Readonly<{ message?: string }>;
  [field: string]: unknown;
}>;

/** `20:55:45.123 warn  lost the link  {"peer":"n2"}`. Anything that is no line of JSON stays as it is. */
export function readableLog(line: string, paint: Colours): string {
  const logged = parseLogged(line);
  if (logged === null) return line.trimEnd();
  // Whose log it is, the reader knows.
  const { level, time, node: _, msg = '', err, ...fields } = logged;
  const label = (levels.labels[level] ?? String(level)).padEnd(5);
  const colour = level >= 50 ? paint.red : level >= 40 ? paint.yellow : paint.dim;
  const why = err?.message === undefined ? '' : `: ${err.message}`;
  const rest = Object.keys(fields).length === 0 ? '' : `  ${paint.dim(JSON.stringify(fields))}`;
  return `${paint.dim(time.slice(11, 23))} ${colour(label)} ${msg}${why}${rest}`;
}

/** A peer that cannot be reached, or no longer. */
export const isAboutALink = (line: string): boolean =>
  parseLogged(line)?.code === 'peer-unreachable';

/** Null for anything that is not one of our lines of JSON. */
function parseLogged(line: string): Logged | null {
  if (!line.startsWith('{')) return null;
  try {
    const logged = JSON.parse(line) as Partial<Logged>;
    return typeof logged.level === 'number' && typeof logged.time === 'string'
      ? (logged as Logged)
      : null;
  } catch {
    return null;
  }
}
