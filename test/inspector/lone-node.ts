/** A cluster of one, in this process, with a viewer of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { startNode, type InspectorSettings, type NodeOptions } from '../../runtime/node.ts';
import { eventually } from '../cluster/cluster.ts';
import { machines } from './machines.ts';
import { Viewer } from './viewer.ts';

export type LoneNode = Readonly<{
  port: number;
  viewer: Viewer;
  /** Sends an event, and waits until it is applied. Gives the index of its entry. */
  send: (key: string, event: object, machine?: string) => Promise<number>;
}>;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function loneNode(
  inspector: InspectorSettings = {},
  hosted: NodeOptions['machines'] = machines,
): Promise<LoneNode> {
  const data = await mkdtemp(path.join(tmpdir(), 'quorate-inspector-'));
  const node = await startNode({
    id: 'n1',
    listen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    data,
    cluster: 'test',
    hold: false,
    machines: hosted,
    logger: silent,
    inspector,
  });
  onTestFinished(async () => {
    await node.shutdown();
    await rm(data, { recursive: true, force: true });
  });
  const port = Number(node.address.split(':').at(-1));
  await eventually('the node to be Running', async () => node.status().lifecycle === 'Running');
  const viewer = await Viewer.at(port);
  await viewer.some('welcome');
  return {
    port,
    viewer,
    async send(key, event, machine = 'order') {
      const response = await fetch(`http://127.0.0.1:${port}/v1/proposals`, {
        method: 'POST',
        body: JSON.stringify({ machine, key, event }),
      });
      const answer = (await response.json()) as { index?: number; message?: string };
      if (answer.index === undefined) throw new Error(`not committed: ${answer.message}`);
      return answer.index;
    },
  };
}
