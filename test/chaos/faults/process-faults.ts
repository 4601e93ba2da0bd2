/** What happens to processes and their disks. Each fault ends with its nodes running again. */
import { randomUUID } from 'node:crypto';
import { eventually, type Cluster, type NodeProcess } from '../../cluster/cluster.ts';
import { Line } from '../../cluster/line.ts';
import type { Fault, processFaults } from '../schedule.ts';
import { spoilFlushes } from './bad-flush.ts';
import type { SmallDisk } from './small-disk.ts';

/** Resolves after a time, or sooner, when the run is broken off. */
export type Wait = (ms: number) => Promise<void>;

export type Struck = Readonly<{
  cluster: Cluster;
  /** Those that it hits, in the fault's order. */
  nodes: readonly NodeProcess[];
  fault: Fault;
  wait: Wait;
  isInterrupted: () => boolean;
  /** Of the last node, if it has one. */
  smallDisk: SmallDisk | null;
}>;

/** Resolves with whether it hit anything. */
type Strike = (struck: Struck) => Promise<boolean>;

const isUp = (node: NodeProcess): boolean => node.process !== null;
const start = (cluster: Cluster, nodes: readonly NodeProcess[]): void => {
  for (const node of nodes) if (!isUp(node)) cluster.run(node);
};
const kill = async (cluster: Cluster, nodes: readonly NodeProcess[]): Promise<boolean> => {
  const victims = nodes.filter(isUp);
  await Promise.all(victims.map((node) => cluster.signal(node, 'SIGKILL')));
  return victims.length > 0;
};
/** It need not come true: wires may be cut, and too few of the others be there. */
const perhaps = ({ isInterrupted }: Struck, isSo: () => Promise<boolean>): Promise<boolean> =>
  eventually(
    'what need not be',
    async () => (isInterrupted() ? 'interrupted' : (await isSo()) && 'so'),
    10_000,
  ).then(
    (end) => end === 'so',
    () => false,
  );
const hasEnded = (struck: Struck, node: NodeProcess): Promise<boolean> =>
  perhaps(struck, async () => !isUp(node));
const isReady = (struck: Struck, node: NodeProcess): Promise<boolean> =>
  perhaps(struck, () => struck.cluster.isReady(node));

const killSome: Strike = async ({ cluster, nodes, fault, wait }) => {
  const victims = nodes.slice(0, fault.count);
  const hit = await kill(cluster, victims);
  await wait(fault.holdMs);
  start(cluster, victims);
  return hit;
};

const powerCut: Strike = async ({ cluster, fault, wait }) => {
  const hit = await kill(cluster, cluster.nodes);
  await wait(fault.holdMs / 4);
  start(cluster, cluster.nodes);
  return hit;
};

const pause: Strike = async ({ cluster, nodes, fault, wait }) => {
  const victims = nodes.slice(0, fault.count).filter(isUp);
  for (const node of victims) await cluster.signal(node, 'SIGSTOP');
  await wait(fault.holdMs);
  for (const node of victims) await cluster.signal(node, 'SIGCONT');
  return victims.length > 0;
};

/** One after the other, as an operator would. */
const restartAll: Strike = async (struck) => {
  const { cluster, nodes } = struck;
  for (const node of nodes) {
    if (isUp(node)) {
      void cluster.signal(node, 'SIGTERM');
      await eventually(`${node.id} to stop when asked to`, async () => !isUp(node));
    }
    start(cluster, [node]);
    await isReady(struck, node);
  }
  return true;
};

const slowDisk: Strike = async ({ nodes: [node], fault, wait }) => {
  const pid = node?.process?.pid;
  if (pid === undefined) return false;
  const restore = await spoilFlushes(pid, { delayMs: 5 * fault.strength });
  await wait(fault.holdMs);
  await restore();
  return true;
};

const failedFlush: Strike = async (struck) => {
  const {
    cluster,
    nodes: [node],
    fault,
    wait,
  } = struck;
  const pid = node?.process?.pid;
  if (node === undefined || pid === undefined) return false;
  const restore = await spoilFlushes(pid, 'fails');
  const hit = await hasEnded(struck, node);
  await restore();
  await wait(fault.holdMs);
  start(cluster, [node]);
  return hit;
};

const fillDisk: Strike = async (struck) => {
  const { cluster, fault, wait, isInterrupted, smallDisk } = struck;
  const node = cluster.nodes.at(-1);
  if (node === undefined || smallDisk === null) return false;
  await isReady(struck, node);
  await smallDisk.fill();
  await dropBallast(cluster, () => isInterrupted() || !isUp(node));
  const hit = await hasEnded(struck, node);
  await wait(fault.holdMs);
  await smallDisk.clear();
  start(cluster, [node]);
  return hit;
};

const weight = 'x'.repeat(200_000);

/** The log needs a new segment soon, and then another. With too many cut off it may not come to that. */
async function dropBallast(cluster: Cluster, isEnough: () => boolean): Promise<void> {
  const line = new Line(
    cluster.nodes.map(({ port }) => port),
    0,
  );
  const event = { type: 'DROP', weight };
  for (let dropped = 0; dropped < 240 && !isEnough(); dropped += 1) {
    const proposalId = randomUUID();
    const answer = await line.ask(
      {
        type: 'propose',
        id: proposalId,
        proposalId,
        machine: 'ballast',
        key: 'hold',
        event,
        timeoutMs: 1_000,
        reply: 'none',
      },
      1_500,
    );
    if (typeof answer !== 'object' || answer.type !== 'committed') line.hangUp();
  }
  line.hangUp();
}

/** Each leaves its nodes running, or starting. */
export const processStrikes = {
  kill: killSome,
  'power-cut': powerCut,
  pause,
  restart: restartAll,
  'slow-disk': slowDisk,
  'failed-flush': failedFlush,
  'full-disk': fillDisk,
} as const satisfies Record<(typeof processFaults)[number], Strike>;
