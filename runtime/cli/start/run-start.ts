/**
 * Runs a cluster, proves that it works, and stays with it until somebody interrupts.
 *
 *   0   stopped as asked, after the proof where `--exit` wanted one
 *   1   it did not come to Running, or was interrupted twice
 */
import { resolve } from 'node:path';
import { realClock } from '../../clock.ts';
import type { LogLevel } from '../arguments.ts';
import { interruptions } from '../cluster/interruptions.ts';
import { startCluster } from '../cluster/local-cluster.ts';
import { checkPorts } from '../cluster/ports.ts';
import { complain, endReporting, exitStatus, usageError } from '../exit.ts';
import { print } from '../output.ts';
import { progressOn } from '../progress.ts';
import { claimDataFolder, freshenDataFolder } from './data-folder.ts';
import { nodeLogs } from '../cluster/node-logs.ts';
import { proveRunning } from './prove-running.ts';

export type StartOptions = Readonly<{
  nodes: number;
  port: number;
  data: string;
  machines?: string;
  hold: boolean;
  exit: boolean;
  fresh: boolean;
  inspectAct: boolean;
  logLevel: LogLevel;
  inspect?: 'stately';
}>;

/** With the time that nodes may take to stop, `--exit` ends within 20 s, whatever happens. */
const proofMs = 12_000;

export async function runStart(options: StartOptions): Promise<void> {
  const { nodes, port, machines, hold, fresh, inspectAct, logLevel } = options;
  if (port + nodes - 1 > 65_535)
    throw usageError(`--port ${port} leaves no room for ${nodes} nodes.`);
  const data = resolve(options.data);
  const ports = Array.from({ length: nodes }, (_, at) => port + at);
  await checkPorts(ports);
  if (fresh) await freshenDataFolder(data);
  await claimDataFolder(data, nodes);

  const progress = progressOn(process.stderr);
  const interrupted = interruptions();
  const logs = nodeLogs(progress, logLevel !== 'warn');
  progress.say(`starting ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, data in ${data}`);
  const cluster = startCluster(
    {
      ports,
      data,
      machines: machines === undefined ? null : resolve(machines),
      inspectAct,
      logLevel,
      inspect: options.inspect ?? null,
    },
    { report: progress.note, logged: logs.logged },
  );
  void interrupted.second.then(() => {
    cluster.kill();
    progress.done();
    complain('quorate: interrupted twice; killed all nodes');
    process.exit(exitStatus.failed);
  });

  try {
    const deadlineMs = realClock.nowMs() + proofMs;
    const isProven = await Promise.race([
      proveRunning({ urls: cluster.urls, hold, clock: realClock, deadlineMs, progress }),
      interrupted.first,
      cluster.failed,
    ]);
    cluster.hasStarted();
    logs.expectAll(true);
    process.exitCode = isProven || !options.exit ? exitStatus.done : exitStatus.failed;
    if (isProven && !options.exit) {
      print(`Inspector: http://127.0.0.1:${port}/inspect`);
      progress.note('Ctrl-C stops the cluster.');
      await interrupted.first;
    }
  } catch (error) {
    logs.showKept();
    progress.done();
    endReporting(error);
  }
  logs.expectAll(false);
  progress.say('stopping');
  await cluster.stop();
  progress.done();
  process.exit();
}
