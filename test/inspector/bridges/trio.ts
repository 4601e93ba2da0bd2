/** Three nodes in this process, on real sockets and folders, with a machine that uses much of XState. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assign, fromPromise, setup } from 'xstate';
import { startNode, type NodeOptions, type RunningNode } from '../../../runtime/node.ts';
import { eventually, freePorts } from '../../cluster/cluster.ts';

export const parcel = setup({
  types: {
    context: {} as { stops: string[]; at: Date; letters: Map<string, bigint> },
    events: {} as { type: 'STOP'; where: string } | { type: 'HOLD' } | { type: 'RESUME' },
  },
  actors: { weigh: fromPromise(() => Promise.resolve(12)) },
  guards: { isNear: ({ context }) => context.stops.length > 1 },
  delays: { aWhile: 60_000 },
}).createMachine({
  id: 'parcel',
  context: { stops: [], at: new Date(0), letters: new Map([['a', 1n]]) },
  type: 'parallel',
  states: {
    way: {
      initial: 'new',
      states: {
        new: { invoke: { src: 'weigh', onDone: 'moving', onError: 'lost' } },
        moving: {
          initial: 'far',
          on: {
            HOLD: 'held',
            STOP: {
              actions: assign({ stops: ({ context, event }) => [...context.stops, event.where] }),
            },
          },
          after: { aWhile: 'lost' },
          states: {
            far: { always: { guard: 'isNear', target: 'near' } },
            near: {},
            before: { type: 'history', history: 'deep' },
          },
        },
        held: { on: { RESUME: 'moving.before' } },
        lost: { type: 'final' },
      },
    },
    paper: { initial: 'open', states: { open: { after: { 90000: 'closed' } }, closed: {} } },
  },
});

export type Trio = AsyncDisposable &
  Readonly<{
    nodes: readonly RunningNode[];
    leader: RunningNode;
    /** What it is called. */
    leaderName: string;
  }>;

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export async function startTrio(
  inspector: NonNullable<NodeOptions['inspector']> = {},
): Promise<Trio> {
  const folder = await mkdtemp(path.join(tmpdir(), 'quorate-bridges-'));
  const ports = await freePorts(3);
  const names = ['n1', 'n2', 'n3'];
  const addresses = new Map(names.map((name, nth) => [name, `ws://127.0.0.1:${ports[nth]}`]));
  const nodes = await Promise.all(
    names.map((id, nth) =>
      startNode({
        id,
        listen: { host: '127.0.0.1', port: ports[nth] ?? 0 },
        peers: new Map([...addresses].filter(([name]) => name !== id)),
        data: path.join(folder, id),
        cluster: 'quorate',
        hold: false,
        machines: { parcel },
        logger,
        inspector,
      }),
    ),
  );
  const leader = await eventually('somebody leads and serves', async () =>
    nodes.find((node) => {
      const { role, lifecycle } = node.status();
      return role === 'leader' && lifecycle === 'Running';
    }),
  );
  return {
    nodes,
    leader,
    leaderName: leader.status().node,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.shutdown()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
