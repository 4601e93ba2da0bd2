/**
 * How a command ends. What went wrong is one line on standard error, with its stable code:
 *
 *   quorate: port-in-use: 127.0.0.1:7101 is taken …
 *
 * `quorate start` reads the same line from the nodes it runs.
 */
import { writeSync } from 'node:fs';
import { CommanderError } from 'commander';
import { faultCodes, QuorateError, refusalCodes } from '../../machines/protocol/errors.ts';
import type { ErrorCode } from '../../machines/protocol/errors.ts';

export const exitStatus = { done: 0, failed: 1, wrongUsage: 2 } as const;

export type Fault = Readonly<{ code: ErrorCode; message: string }>;

export const usageError = (message: string): QuorateError => new QuorateError('usage', message);

export const faultOf = (error: unknown): Fault => {
  if (error instanceof QuorateError) return { code: error.code, message: error.message };
  // A bug of ours: the place it happened at is all that helps, and a whole stack helps no user.
  const [first = String(error), where = ''] =
    error instanceof Error ? (error.stack ?? error.message).split('\n', 2) : [String(error)];
  return { code: 'internal', message: `${first} ${where.trim()}`.trim() };
};

export const faultLine = ({ code, message }: Fault): string => `quorate: ${code}: ${message}`;

const codes: ReadonlySet<string> = new Set([...faultCodes, ...refusalCodes]);

/** Whoever reads our output may have had enough, as `quorate watch … | head -1` has. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitStatus.done);
    throw error;
  });
}

/** The other way round, of its first line; null for a line that says something else. */
export function parseFaultLine(line: string): Fault | null {
  const [, code, message] = /^quorate: ([a-z-]+): (.*)$/.exec(line) ?? [];
  return code !== undefined && message !== undefined && codes.has(code)
    ? { code: code as ErrorCode, message }
    : null;
}

/** Written at once: the process may exit in this very turn. */
export function complain(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Nobody listens. The exit status still tells.
  }
}

export const statusOf = (fault: Fault): number =>
  fault.code === 'usage' ? exitStatus.wrongUsage : exitStatus.failed;

/** Says what went wrong and leaves the exit status behind; the process ends when it has no more to do. */
export function endReporting(error: unknown): void {
  if (error instanceof CommanderError) {
    // Help and version were printed; nothing else of commander's comes this way (see command.ts).
    process.exitCode = error.exitCode;
    return;
  }
  const fault = faultOf(error);
  complain(faultLine(fault));
  process.exitCode = statusOf(fault);
}
