/** A program that is run and waited for. */
import { execFile } from 'node:child_process';

/** Rejects with what it complained of, where it failed. */
export const runToEnd = (program: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile(program, args, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr.trim() || error.message));
    });
  });
