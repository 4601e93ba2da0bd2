/**
 * Runs a cluster (or finds the one named), drives it with one number of clients after another,
 * and prints what came of it. Fails if any single proposal did.
 */
import { QuorateError, type ErrorCode } from '../../../machines/protocol/errors.ts';
import { interruptions } from '../cluster/interruptions.ts';
import { exitStatus } from '../exit.ts';
import { isTerminal, print, printJson } from '../output.ts';
import { progressOn, type Progress } from '../progress.ts';
import { clusterAt, ownCluster, type BenchCluster } from './bench-cluster.ts';
import { cpuMicros } from './cpu.ts';
import { runDriver } from './driver-process.ts';
import { lookAt } from './viewer.ts';
import { benchReport, surroundings, type BenchRun } from './report.ts';

export type BenchOptions = Readonly<{
  clients: readonly number[];
  seconds: number;
  warmup: number;
  url?: readonly string[];
  json: boolean;
  eventBytes: number;
  spread: boolean;
  viewer: boolean;
  data?: string;
}>;

export async function runBench(options: BenchOptions): Promise<void> {
  const progress = progressOn(process.stderr);
  const interrupted = interruptions();
  const cluster = await (options.url === undefined
    ? ownCluster(options.data ?? null, progress)
    : clusterAt(options.url));
  void interrupted.first.then(async () => {
    progress.done();
    await cluster.stop();
    process.exit(exitStatus.failed);
  });
  void interrupted.second.then(() => {
    cluster.kill();
    process.exit(exitStatus.failed);
  });

  try {
    const around = surroundings({
      cluster: cluster.description,
      clientsConnectTo: options.spread ? 'all nodes' : 'the leader',
      eventBytes: options.eventBytes,
    });
    const runs: BenchRun[] = [];
    for (const clients of options.clients)
      runs.push(await measure(cluster, clients, options, progress));
    progress.done();
    if (options.json) printJson({ ...around, runs });
    else print(benchReport(around, runs, isTerminal(process.stdout)));
    refuseFailures(runs);
  } finally {
    progress.done();
    await cluster.stop();
  }
}

async function measure(
  cluster: BenchCluster,
  clients: number,
  { seconds, warmup, eventBytes, spread, viewer }: BenchOptions,
  progress: Progress,
): Promise<BenchRun> {
  const leave = viewer ? await lookAt(await cluster.leaderUrl()) : () => {};
  const urls = spread ? cluster.urls : [await cluster.leaderUrl()];
  progress.say(`${clients} ${clients === 1 ? 'client' : 'clients'}: warming up`);
  let before: number | null = null;
  let after: number | null = null;
  const measured = await runDriver(
    { urls, clients, warmupMs: warmup * 1_000, measureMs: seconds * 1_000, eventBytes },
    {
      measuring: () => {
        before = cpuMicros(cluster.pids());
        progress.say(`${clients} ${clients === 1 ? 'client' : 'clients'}: measuring`);
      },
      measured: () => {
        after = cpuMicros(cluster.pids());
      },
    },
  );
  leave();
  return {
    clients,
    ...measured,
    committedPerSecond: Math.round((measured.committed * 1_000) / measured.elapsedMs),
    serverCpuUsPerEvent: perEvent(before, after, measured.committed),
  };
}

const perEvent = (before: number | null, after: number | null, events: number): number | null =>
  before === null || after === null || events === 0
    ? null
    : Math.round(((after - before) / events) * 10) / 10;

function refuseFailures(runs: readonly BenchRun[]): void {
  const failed = runs.reduce((sum, run) => sum + run.failed, 0);
  const first = runs.find(({ firstFailure }) => firstFailure !== null)?.firstFailure;
  if (failed === 0 || !first) return;
  throw new QuorateError(
    first.code as ErrorCode,
    `${failed} ${failed === 1 ? 'proposal' : 'proposals'} failed, the first like this: ${first.message}`,
  );
}
