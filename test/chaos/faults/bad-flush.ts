/** Makes a running process's flushes slow, or fail, by means of strace. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export type FlushFault = Readonly<{ delayMs: number }> | 'fails';

const flushes = 'fdatasync,fsync';

/** Resolves once it is in force, with the way to end it. Rejects where the machine does not allow it. */
export async function spoilFlushes(pid: number, fault: FlushFault): Promise<() => Promise<void>> {
  const what = fault === 'fails' ? 'error=EIO' : `delay_enter=${fault.delayMs * 1_000}`;
  const strace = spawn(
    'strace',
    [
      '-f',
      '-p',
      String(pid),
      '-o',
      '/dev/null',
      '-e',
      `trace=${flushes}`,
      '-e',
      `inject=${flushes}:${what}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const said: string[] = [];
  const ended = new Promise<void>((resolve) => {
    strace.once('close', () => resolve());
    strace.once('error', (error) => {
      said.push(error.message);
      resolve();
    });
  });
  const attached = (async () => {
    for await (const line of createInterface(strace.stderr)) {
      said.push(line);
      if (line.includes('attached')) return true;
    }
    return false;
  })();
  if (!(await Promise.race([attached, ended.then(() => false)]))) {
    throw new Error(said.join(' ') || 'strace could not attach');
  }
  strace.stderr.resume();
  return async () => {
    strace.kill('SIGTERM');
    await ended;
  };
}

/** Whether strace may be set on a process here. Rejects where it may not. */
export async function trySpoiling(): Promise<void> {
  const dummy = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(dummy, 'spawn');
  try {
    const restore = await spoilFlushes(dummy.pid ?? 0, { delayMs: 1 });
    await restore();
  } finally {
    dummy.kill('SIGKILL');
  }
}
