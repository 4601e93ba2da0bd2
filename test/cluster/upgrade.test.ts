/** Another definition of a machine comes to real processes by a rolling restart, while clients write. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'vitest';
import { Cluster, eventually, type NodeProcess } from './cluster.ts';
import { assertNothingLost } from './verdict.ts';
import { Writers } from './writers.ts';

const keys = ['a', 'b', 'c', 'd'];
const toCome = join(import.meta.dirname, 'machines-to-come.ts');

type Context = Readonly<{ values: readonly string[]; count?: number; found?: number }>;
type Ledger = Readonly<{ index: number; snapshot: Readonly<{ value: string; context: Context }> }>;

const ledgerAt = async (cluster: Cluster, node: NodeProcess, key: string): Promise<Ledger> =>
  (await cluster.local(node, 'ledger', key)) as Ledger;

async function restart(cluster: Cluster, node: NodeProcess, machines?: string): Promise<void> {
  await cluster.signal(node, 'SIGTERM');
  cluster.run(node, machines);
  await cluster.ready(node);
}

test('all instances go over at one entry on all nodes, nothing is lost, and an old node stops', async () => {
  await using cluster = await Cluster.start();
  const ports = cluster.nodes.map(({ port }) => port);
  // Written to once, so that only the upgrade itself changes it from here on.
  const first = new Writers(ports, 1, ['still']);
  await eventually('a first value', async () => first.acknowledged.length > 0);
  const still = (await first.finish()).length;

  const writers = new Writers(ports, 8, keys);
  await eventually('some values', async () => writers.acknowledged.length > 40);
  for (const node of cluster.nodes) {
    assert.equal((await ledgerAt(cluster, node, 'still')).snapshot.value, 'open');
    await restart(cluster, node, toCome);
  }
  await eventually('all nodes to have gone over', async () => {
    const ledgers = await Promise.all(
      cluster.nodes.map((node) => ledgerAt(cluster, node, 'still')),
    );
    return ledgers.every(({ snapshot }) => snapshot.value === 'counting');
  });
  const goal = writers.acknowledged.length + 40;
  await eventually('more values', async () => writers.acknowledged.length > goal);
  await assertNothingLost(cluster, await writers.finish(), keys);

  const ledgers = await Promise.all(cluster.nodes.map((node) => ledgerAt(cluster, node, 'still')));
  for (const ledger of ledgers) assert.deepEqual(ledger, ledgers[0]);
  assert.deepEqual([ledgers[0]?.snapshot.context.found, still], [still, still]);
  for (const key of keys) {
    const [ledger] = await Promise.all(cluster.nodes.map((node) => ledgerAt(cluster, node, key)));
    const { values, count, found = 0 } = ledger?.snapshot.context ?? { values: [] };
    assert.equal(count, values.length);
    assert.ok(found > 0 && found < values.length, 'values from before as well as from after it');
  }

  const [old] = cluster.nodes;
  assert.ok(old !== undefined);
  await cluster.signal(old, 'SIGTERM');
  const ended = old.ends.length;
  cluster.run(old);
  await eventually('the node with the old machines to stop', async () => old.ends.length > ended);
  assert.equal(old.ends.at(-1)?.status, 1);
  assert.match(
    old.log,
    /quorate: machines-changed: the cluster has gone over to another definition of "ledger"/,
  );
  cluster.run(old, toCome);
  await cluster.ready(old);
  await assertNothingLost(cluster, writers.acknowledged, keys);
}, 180_000);
