/** The clients' process, as seen by the one that starts it. */
import { spawn } from 'node:child_process';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { thisProgram } from '../cluster/node-process.ts';
import type { DriverReport, Load, Measured } from './load.ts';

export type DriverListener = Readonly<{ measuring: () => void; measured: () => void }>;

export function runDriver(load: Load, { measuring, measured }: DriverListener): Promise<Measured> {
  const [program = '', ...args] = thisProgram();
  const child = spawn(program, [...args, 'bench-driver', JSON.stringify(load)], {
    // Its channel ends with us, and it with its channel.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let result: Measured | null = null;
    child.on('message', (report: DriverReport) => {
      if (report.type === 'measuring') measuring();
      else if (report.type === 'measured') measured();
      else result = report.result;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (result !== null) return resolve(result);
      const end = signal === null ? `exit status ${code}` : `signal ${signal}`;
      reject(new QuorateError('internal', `the clients' process ended early (${end}).`));
    });
  });
}
