/** One child process that is a node: its lines, and how it ended. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseFaultLine, type Fault } from '../exit.ts';
import { supervisedVariable } from '../node/stop-requests.ts';

export type ProcessEnd = Readonly<{
  code: number | null;
  signal: string | null;
  /** What it said it could not do, where it said so. */
  fault: Fault | null;
}>;

export interface NodeProcess {
  readonly pid: number | undefined;
  readonly ended: Promise<ProcessEnd>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** How this very program is run again: from dist, or from its sources by way of a loader. */
export const thisProgram = (): readonly string[] => [
  process.execPath,
  ...process.execArgv,
  process.argv[1] ?? '',
];

export function runNodeProcess(
  [program = '', ...args]: readonly string[],
  heard: (line: string) => void,
): NodeProcess {
  const child = spawn(program, args, {
    // The channel carries nothing. Its end tells the node that we are gone, however we went.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, [supervisedVariable]: '1' },
  });
  let fault: Fault | null = null;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      const said = parseFaultLine(line);
      if (said !== null) fault = said;
      // A fault with several parts goes on, indented, until the end.
      else if (fault !== null && line.startsWith('  ')) {
        fault = { ...fault, message: `${fault.message}\n${line}` };
      } else heard(line);
    });
  }

  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, fault }));
    child.once('error', ({ message }) => {
      // It never ran. (After a failed kill there is a close as well.)
      if (child.pid === undefined) {
        resolve({ code: null, signal: null, fault: { code: 'internal', message } });
      }
    });
  });
  return { pid: child.pid, ended, kill: (signal) => child.kill(signal) };
}

export const describeEnd = ({ code, signal, fault }: ProcessEnd): string => {
  if (fault !== null) return `${fault.code}: ${fault.message}`;
  return signal === null ? `exit status ${code}` : `signal ${signal}`;
};
