/** Real processes whose machine is not the same in all of them. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'vitest';
import { quorate } from '../cli/run-quorate.ts';
import { Cluster, eventually, type NodeProcess } from './cluster.ts';

const machines = path.join(import.meta.dirname, 'biased-machines.ts');

type Answer = Readonly<{ status: number; body: Readonly<Record<string, unknown>> }>;

async function ask(node: NodeProcess, route: string, body?: object): Promise<Answer> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${node.port}${route}`, init);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
const put = (node: NodeProcess, coin: string): Promise<Answer> =>
  ask(node, '/v1/proposals', { machine: 'till', key: 'a', event: { type: 'PUT', coin } });
const read = (node: NodeProcess, consistency: string): Promise<Answer> =>
  ask(node, `/v1/machines/till/a?consistency=${consistency}`);

test('a node whose process makes something else of the log serves nobody, and says where it began', async () => {
  const odd = new Set(['n1']);
  await using cluster = await Cluster.start({
    machines,
    runWith: ({ id }) => (odd.has(id) ? ['env', 'TILL_COUNTS=2'] : []),
  });
  const [bad, ...others] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const { body: first } = await put(others[0], 'penny');
  assert.equal(first['type'], 'committed');

  const { quarantined } = await eventually('the odd one to say where', async () => {
    const status = await cluster.status(bad);
    return typeof status.quarantined?.path === 'string' && status;
  });
  const { message, ...place } = quarantined ?? assert.fail();
  assert.deepEqual(place, {
    index: first['index'],
    isFirst: true,
    machine: 'till',
    key: 'a',
    path: 'context.coins.penny',
    ours: 2,
    theirs: 1,
  });
  assert.ok(bad.log.includes('context.coins.penny is 2 here and 1 there'), message);
  assert.ok(bad.log.includes('"code":"diverged"'));

  for (const consistency of ['linearizable', 'local']) {
    const { status, body } = await read(bad, consistency);
    assert.deepEqual([status, body['code']], [503, 'diverged'], consistency);
  }
  const refused = await put(bad, 'penny');
  assert.deepEqual([refused.status, refused.body['code']], [503, 'diverged']);
  const ready = await ask(bad, '/v1/health/ready');
  assert.deepEqual([ready.status, ready.body['message']], [503, message]);

  const shown = await quorate('status', '--url', `http://127.0.0.1:${bad.port}`);
  assert.match(shown.stdout, /n1 +\w+, diverged/);

  const leader = await cluster.leader(bad);
  for (const node of others) {
    assert.equal((await put(node, 'dime')).status, 200);
    assert.equal((await read(node, 'linearizable')).status, 200);
    const status = await cluster.status(node);
    assert.deepEqual([status.quarantined, status.leader], [null, leader.id]);
  }

  // Run like the others, it makes the same of the log.
  odd.clear();
  await cluster.signal(bad, 'SIGTERM');
  cluster.run(bad);
  await cluster.ready(bad);
  assert.deepEqual(await read(bad, 'linearizable'), await read(leader, 'linearizable'));
}, 60_000);

test('a node with another definition is told apart, down to the part that differs', async () => {
  const strict = new Set<string>();
  await using cluster = await Cluster.start({
    machines,
    runWith: ({ id }) => (strict.has(id) ? ['env', 'TILL_VARIANT=strict'] : []),
  });
  const [one, other] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  await cluster.signal(one, 'SIGTERM');
  // In its own folder it would not even start.
  await rm(one.data, { recursive: true });
  strict.add(one.id);
  cluster.run(one);
  const sentence = 'till differs in guard \\"mayPut\\"';
  await eventually('both sides to say what differs', async () =>
    [one, other].every(({ log }) => log.includes(sentence)),
  );
  assert.ok(one.log.includes('peer-machines-differ'));
}, 60_000);
