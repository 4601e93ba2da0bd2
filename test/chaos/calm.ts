/**
 * After the storm: all nodes run, all wires are whole, the clients are done. Then the cluster
 * must be of service everywhere, and of one mind, within a time that is stated.
 */
import { eventually, type Cluster, type NodeProcess } from '../cluster/cluster.ts';
import { Line } from '../cluster/line.ts';
import type { MachineName } from './clients/keys.ts';

export const calmWithinMs = 30_000;

export type Instance = Readonly<{ machine: MachineName; key: string }>;

export type Calm = Readonly<{
  readyMs: number;
  convergedMs: number;
  /** What each node itself holds, by node and then by `machine/key`. */
  states: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}>;

/** All faults are over; resolves when every node is ready. Rejects, saying which is not. */
export async function becalm(cluster: Cluster): Promise<number> {
  const beganMs = performance.now();
  for (const { proxy } of cluster.wires) proxy.wire = 'whole';
  for (const node of cluster.nodes) {
    if (node.process === null) cluster.run(node);
    else await cluster.signal(node, 'SIGCONT');
  }
  for (const node of cluster.nodes) {
    await eventually(`${node.id} to be ready`, () => cluster.isReady(node), calmWithinMs);
  }
  return performance.now() - beganMs;
}

/** Each node takes an event, all apply the same, and each is asked for all that it holds. */
export async function lookAround(
  cluster: Cluster,
  instances: readonly Instance[],
): Promise<Omit<Calm, 'readyMs'>> {
  const beganMs = performance.now();
  for (const node of cluster.nodes) {
    await eventually(`${node.id} to take an event`, () => takesAnEvent(node), calmWithinMs);
  }
  await cluster.converged();
  const convergedMs = performance.now() - beganMs;
  const states = new Map<string, ReadonlyMap<string, unknown>>();
  for (const node of cluster.nodes) states.set(node.id, await statesOn(node, instances));
  return { convergedMs, states };
}

async function takesAnEvent(node: NodeProcess): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${node.port}/v1/proposals`, {
    method: 'POST',
    body: JSON.stringify({ machine: 'ballast', key: 'calm', event: { type: 'DROP', weight: '' } }),
    signal: AbortSignal.timeout(7_000),
  });
  return response.ok;
}

/** Asked at once, and not more than a node lets wait. */
const atOnceMax = 500;

async function statesOn(
  node: NodeProcess,
  instances: readonly Instance[],
): Promise<ReadonlyMap<string, unknown>> {
  const line = new Line([node.port], 0);
  const states = new Map<string, unknown>();
  for (let at = 0; at < instances.length; at += atOnceMax) {
    const asked = instances.slice(at, at + atOnceMax).map(async ({ machine, key }) => {
      const name = `${machine}/${key}`;
      const answer = await line.ask({ type: 'read', id: name, machine, key, consistency: 'local' });
      if (typeof answer !== 'object' || answer.type !== 'state') {
        throw new Error(`${node.id} does not say what it holds in ${name}`);
      }
      states.set(name, answer.snapshot);
    });
    await Promise.all(asked);
  }
  line.hangUp();
  return states;
}
