/** A cluster object on scripted nodes, in a time of its own. */
import { onTestFinished } from 'vitest';
import { createCluster, type ClusterOptions } from '../../runtime/client/cluster.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { quiet } from '../world/quiet.ts';
import { scriptedNodes, type Heard, type Script } from './scripted-nodes.ts';

export function scriptedCluster(scripts: Script | readonly Script[], options: ClusterOptions = {}) {
  const { dial, nodes, urls } = scriptedNodes(...[scripts].flat());
  const clock = virtualClock();
  const [node] = nodes;
  if (node === undefined) throw new Error('a cluster has a node');
  // Draws 0: the first node is the first to be asked, and pauses are as short as they come.
  const cluster = createCluster(urls, options, {
    clock: { ...clock, seed: () => 0 },
    dial,
    followsLeader: false,
  });
  const stop = new AbortController();
  onTestFinished(async () => {
    stop.abort();
    await cluster.close({ signal: stop.signal });
  });
  return {
    cluster,
    clock,
    node,
    nodes,
    /** Lets everything happen that is due within so many milliseconds. */
    async run(ms = 0): Promise<void> {
      await quiet();
      for (let left = ms; left > 0; left -= 10) {
        clock.advance(Math.min(10, left));
        await quiet();
      }
    },
    /** What the first node was asked, without what every question has. */
    asked: (): readonly unknown[] => node.heard.map(({ type }) => type),
  };
}

export const view = (value: unknown, cents = 0, more: object = {}) => ({
  status: 'active',
  value,
  context: { cents, by: 'nobody' },
  ...more,
});

export const state = (index: number, value: unknown, cents = 0, more: object = {}) => ({
  type: 'state',
  machine: 'order',
  key: '42',
  index,
  exists: true,
  snapshot: view(value, cents),
  ...more,
});

export const notBegun = (index: number) => ({
  type: 'state',
  machine: 'order',
  key: '42',
  index,
  exists: false,
  snapshot: null,
});

export const committed = ({ proposalId }: Heard, index: number, more: object = {}) => ({
  type: 'committed',
  proposalId,
  index,
  term: 1,
  accepted: true,
  snapshot: view('paid', 5),
  emitted: [],
  ...more,
});

export const refusedAs =
  (code: string) =>
  ({ proposalId }: Heard) => ({ type: 'refused', proposalId, code, message: `it is ${code}` });

/** Answers reads with this, and everything else not at all. */
export const reading =
  (answer: object): Script =>
  ({ type }) =>
    type === 'read' ? answer : null;

export const ofType = (heard: readonly Heard[], type: string): readonly Heard[] =>
  heard.filter((message) => message.type === type);
