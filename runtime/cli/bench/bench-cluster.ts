/** The cluster to be measured: one of our own, or somebody's. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { realClock } from '../../clock.ts';
import { clientUrl } from '../../client/address.ts';
import { dialWebSocket } from '../../client/dial-ws.ts';
import { clusterUnreachable, propose } from '../../client/propose.ts';
import { rotate } from '../../client/rotation.ts';
import { askStatus } from '../../client/status.ts';
import { awaitStatus, missingLeader, missingRunning } from '../cluster/await-status.ts';
import { startCluster } from '../cluster/local-cluster.ts';
import { nodeLogs } from '../cluster/node-logs.ts';
import { freePorts } from '../cluster/ports.ts';
import type { Progress } from '../progress.ts';
import { benchMachine } from './load.ts';

export interface BenchCluster {
  readonly description: string;
  readonly urls: readonly string[];
  /** Asked anew for each run, since leaders change. */
  leaderUrl(): Promise<string>;
  /** Undefined where a process is not ours. */
  pids(): readonly (number | undefined)[];
  stop(): Promise<void>;
  kill(): void;
}

const nodes = 3;
const startMs = 15_000;

/** This very module's neighbour, from sources and from dist alike. */
const machinesFile = fileURLToPath(
  new URL(`./machines${extname(import.meta.url)}`, import.meta.url),
);

export async function ownCluster(parent: string | null, progress: Progress): Promise<BenchCluster> {
  const folder = resolve(parent ?? tmpdir());
  mkdirSync(folder, { recursive: true });
  const data = mkdtempSync(join(folder, 'quorate-bench-'));
  const logs = nodeLogs(progress, false);
  const cluster = startCluster(
    {
      ports: await freePorts(nodes),
      data,
      machines: machinesFile,
      inspectAct: false,
      logLevel: 'warn',
    },
    { report: progress.note, logged: logs.logged },
  );
  const forget = (): void => rmSync(data, { recursive: true, force: true });
  const stop = async (): Promise<void> => {
    logs.expectAll(false);
    await cluster.stop();
    forget();
  };

  try {
    await Promise.race([becomeRunning(cluster.urls, progress), cluster.failed]);
  } catch (error) {
    logs.showKept();
    await stop();
    throw error;
  }
  cluster.hasStarted();
  logs.expectAll(true);
  return {
    description: `${nodes} nodes, flushes on, in ${data}`,
    urls: cluster.urls,
    leaderUrl: () => leaderAmong(cluster.urls),
    pids: () => cluster.pids(),
    stop,
    kill: () => {
      cluster.kill();
      forget();
    },
  };
}

async function becomeRunning(urls: readonly string[], progress: Progress): Promise<void> {
  const hope = {
    clock: realClock,
    deadlineMs: realClock.nowMs() + startMs,
    waitingFor: (what: string) => progress.say(`waiting for ${what}`),
  };
  await awaitStatus(urls, { ...hope, missing: missingLeader });
  const rotation = rotate({ urls, clock: realClock, dial: dialWebSocket });
  const run = { machine: 'lifecycle', key: 'cluster', event: { type: 'RUN' }, timeoutMs: startMs };
  const answer = await propose(rotation, run);
  rotation.close();
  if (answer.type === 'refused') throw new QuorateError(answer.code, answer.message);
  await awaitStatus(urls, { ...hope, missing: missingRunning });
}

export async function clusterAt(urls: readonly string[]): Promise<BenchCluster> {
  const reports = await Promise.all(urls.map((url) => askStatus(url)));
  for (const report of reports) {
    if (report.status === null) throw clusterUnreachable(report.why);
    if (!report.status.machines.includes(benchMachine)) {
      throw new QuorateError(
        'unknown-machine',
        `${report.status.node} has no machine \`${benchMachine}\`; start its cluster with ` +
          `--machines ${machinesFile}`,
      );
    }
  }
  return {
    description: `the cluster at ${urls.join(', ')}`,
    urls,
    leaderUrl: () => leaderAmong(urls),
    pids: () => [undefined],
    stop: () => Promise.resolve(),
    kill: () => {},
  };
}

/** Among those given if it is there, otherwise where the others know it to be. */
async function leaderAmong(urls: readonly string[]): Promise<string> {
  const reports = await Promise.all(urls.map((url) => askStatus(url)));
  const statuses = reports.flatMap(({ url, status }) => (status === null ? [] : [{ url, status }]));
  const leader = statuses.find(({ status }) => status.leader !== null)?.status.leader;
  const known = statuses
    .flatMap(({ status }) => status.members)
    .find(({ id, address }) => id === leader && address !== '');
  const url =
    statuses.find(({ status }) => status.node === leader)?.url ??
    (known && clientUrl(new URL(known.address)));
  if (url === undefined) {
    throw new QuorateError('no-leader', 'the cluster has no leader; try again in a moment.');
  }
  return url;
}
