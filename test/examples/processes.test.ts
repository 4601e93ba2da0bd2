/** Delays and invokes on real processes that die without a word in the middle of them. */
import assert from 'node:assert/strict';
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';
import { Cluster, eventually } from '../cluster/cluster.ts';

const machines = path.join(import.meta.dirname, 'machines.ts');

let folder = '';
let diary = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'quorate-examples-'));
  diary = path.join(folder, 'diary');
  await writeFile(diary, '');
  process.env.QUORATE_TEST_DIARY = diary;
});
afterEach(async () => {
  delete process.env.QUORATE_TEST_DIARY;
  await rm(folder, { recursive: true });
});

const lines = async (): Promise<readonly string[]> =>
  (await readFile(diary, 'utf8')).split('\n').filter((line) => line !== '');

const beginnings = async (name: string): Promise<readonly string[]> =>
  (await lines()).filter((line) => line.startsWith(`${name} begins`));

/** Whoever charges that name comes to an end. */
const goAhead = (name: string): Promise<void> => writeFile(`${diary}.${name}`, '');

const send = (cluster: Cluster, address: string, event: object): Promise<unknown> =>
  eventually(`${address} to take ${JSON.stringify(event)}`, async () => {
    const [machine, key] = address.split('/');
    const { port } = await cluster.leader();
    const response = await fetch(`http://127.0.0.1:${port}/v1/proposals`, {
      method: 'POST',
      body: JSON.stringify({ machine, key, event }),
      signal: AbortSignal.timeout(6_000),
    });
    return response.ok;
  });

type Local = { snapshot: { value: unknown; context: unknown } | null };

/** As every node that is up has it. */
async function everywhere(cluster: Cluster, address: string, value: string): Promise<unknown> {
  const [machine = '', key = ''] = address.split('/');
  const up = cluster.nodes.filter((node) => node.process !== null);
  const all = await Promise.all(
    up.map((node) =>
      eventually(`${address} to be ${value} at ${node.id}`, async () => {
        const { snapshot } = (await cluster.local(node, machine, key)) as Local;
        return snapshot?.value === value ? snapshot : null;
      }),
    ),
  );
  const [first, ...others] = all;
  for (const other of others) assert.deepEqual(other, first);
  return first?.context;
}

async function beginAll(cluster: Cluster): Promise<void> {
  await send(cluster, 'egg/1', { type: 'BOIL' });
  await send(cluster, 'payment/1', { type: 'PAY', name: 'ann' });
  await send(cluster, 'once/1', { type: 'PAY', name: 'bob' });
  await eventually('both payments to be under way', async () => (await lines()).length === 2);
}

async function endAll(cluster: Cluster): Promise<void> {
  await eventually('ann to be charged again', async () => (await beginnings('ann')).length === 2);
  assert.deepEqual(await everywhere(cluster, 'once/1', 'unsure'), {
    name: 'bob',
    problem: 'effect-lost',
  });
  await goAhead('ann');
  await everywhere(cluster, 'payment/1', 'paid');
  assert.deepEqual(await everywhere(cluster, 'egg/1', 'done'), { rung: 1 });

  assert.equal((await beginnings('bob')).length, 1);
  const [before, after] = (await beginnings('ann')).map((line) => line.split(' '));
  assert.equal(after?.[2], before?.[2], 'it is the same effect');
  assert.ok(Number(after?.[3]) > Number(before?.[3]), 'of a later leader');
  await eventually('ann to get a mail', async () => (await lines()).includes('ann gets a mail'));
}

test('kill -9 of the leader in the middle of a delay and of two invokes', async () => {
  await using cluster = await Cluster.start({ machines });
  await beginAll(cluster);
  const leader = await cluster.leader();
  await cluster.signal(leader, 'SIGKILL');
  await cluster.leader(leader);
  await endAll(cluster);
  cluster.run(leader);
  await cluster.ready(leader);
  await everywhere(cluster, 'egg/1', 'done');
  await everywhere(cluster, 'payment/1', 'paid');
  await everywhere(cluster, 'once/1', 'unsure');
}, 90_000);

test('kill -9 of all nodes in the middle of a delay and of two invokes', async () => {
  await using cluster = await Cluster.start({ machines });
  await beginAll(cluster);
  await Promise.all(cluster.nodes.map((node) => cluster.signal(node, 'SIGKILL')));
  for (const node of cluster.nodes) cluster.run(node);
  await cluster.allReady();
  await endAll(cluster);
}, 90_000);

test('a leader that is stopped in the middle of an invoke is not heard when it goes on', async () => {
  await using cluster = await Cluster.start({ machines });
  await beginAll(cluster);
  const old = await cluster.leader();
  await cluster.signal(old, 'SIGSTOP');
  await cluster.leader(old);
  await eventually('ann to be charged again', async () => (await beginnings('ann')).length === 2);
  // Both leaders' payments go through now; the old one's find that nobody listens.
  await goAhead('ann');
  await goAhead('bob');
  await cluster.signal(old, 'SIGCONT');
  await cluster.ready(old);
  await everywhere(cluster, 'payment/1', 'paid');
  await everywhere(cluster, 'once/1', 'unsure');
  await everywhere(cluster, 'egg/1', 'done');
  assert.equal((await beginnings('ann')).length, 2);
  assert.equal((await beginnings('bob')).length, 1);
}, 90_000);
