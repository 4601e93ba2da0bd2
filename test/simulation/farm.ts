/** Runs universes on all cores, a process each, until there are no more seeds or somebody says stop. */
import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Visits } from './coverage/coverage.ts';
import type { Ending } from './universe.ts';

export type Report = Ending & Readonly<{ seed: number; visits: Visits }>;

export type FarmOptions = Readonly<{
  processes: number;
  /** Count what of the charts is visited. */
  coverage: boolean;
  /** What Node is started with. */
  execArgv?: readonly string[];
  /** The next seed; null: no more. */
  nextSeed: () => number | null;
  heard: (report: Report) => void;
}>;

export const coverageFlag = '--coverage';

/** Resolves when every seed that was given out has been reported. Rejects if a process breaks. */
export async function runFarm({
  processes,
  coverage,
  execArgv = process.execArgv,
  nextSeed,
  heard,
}: FarmOptions): Promise<void> {
  const file = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url));
  const workers = Array.from({ length: processes }, () =>
    fork(file, coverage ? [coverageFlag] : [], {
      execArgv: [...execArgv],
    }),
  );
  const work = (worker: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        const seed = nextSeed();
        if (seed !== null) return void worker.send(seed);
        worker.disconnect();
        resolve();
      };
      worker.on('message', (report: Report) => {
        heard(report);
        next();
      });
      worker.on('error', reject);
      worker.on('exit', (code, signal) => {
        // Ctrl-C may come before it is ready to be deaf to it.
        if (signal === 'SIGINT') resolve();
        else reject(new Error(`a simulating process ended with ${code ?? signal}`));
      });
      next();
    });
  try {
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.kill();
  }
}
