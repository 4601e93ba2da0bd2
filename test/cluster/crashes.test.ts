/** Real processes that die without a word, while clients write. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Cluster, eventually } from './cluster.ts';
import { assertNothingLost } from './verdict.ts';
import { Writers } from './writers.ts';

const keys = Array.from({ length: 16 }, (_, n) => `key-${n}`);

const moreThan = (writers: Writers, count: number): Promise<unknown> => {
  const goal = writers.acknowledged.length + count;
  return eventually(
    `${count} more acknowledgements`,
    async () => writers.acknowledged.length >= goal,
  );
};

test('kill -9 of the leader, ten times, while 64 clients write: nothing acknowledged is lost, repeated or swapped', async () => {
  await using cluster = await Cluster.start();
  const writers = new Writers(
    cluster.nodes.map(({ port }) => port),
    64,
    keys,
  );
  for (let round = 0; round < 10; round += 1) {
    await moreThan(writers, 100);
    const leader = await cluster.leader();
    await cluster.signal(leader, 'SIGKILL');
    await moreThan(writers, 100);
    cluster.run(leader);
    await cluster.ready(leader);
  }
  await assertNothingLost(cluster, await writers.finish(), keys);
}, 120_000);

test('kill -9 of all nodes at once: what was acknowledged is there when they start again', async () => {
  await using cluster = await Cluster.start();
  const writers = new Writers(
    cluster.nodes.map(({ port }) => port),
    32,
    keys,
  );
  for (let round = 0; round < 3; round += 1) {
    await moreThan(writers, 200);
    await Promise.all(cluster.nodes.map((node) => cluster.signal(node, 'SIGKILL')));
    for (const node of cluster.nodes) cluster.run(node);
    await cluster.allReady();
  }
  await assertNothingLost(cluster, await writers.finish(), keys);
}, 120_000);

test('a leader that is stopped for longer than any patience and wakes never serves what is old', async () => {
  await using cluster = await Cluster.start();
  const old = await cluster.leader();
  const write = async (port: number, value: string): Promise<unknown> =>
    eventually(`${value} to be committed`, async () => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/proposals`, {
        method: 'POST',
        body: JSON.stringify({ machine: 'ledger', key: 'a', event: { type: 'APPEND', value } }),
        signal: AbortSignal.timeout(6_000),
      });
      return response.ok;
    });
  await write(old.port, 'before');
  await cluster.signal(old, 'SIGSTOP');

  // Asked while it sleeps; it will find these first when it wakes, and still believe to lead.
  const reads = Array.from({ length: 20 }, async () => {
    const response = await fetch(`http://127.0.0.1:${old.port}/v1/machines/ledger/a`, {
      signal: AbortSignal.timeout(15_000),
    });
    return {
      status: response.status,
      body: (await response.json()) as { snapshot?: { context: { values: string[] } } },
    };
  });
  const next = await cluster.leader(old);
  await write(next.port, 'after');
  await cluster.signal(old, 'SIGCONT');

  for (const { status, body } of await Promise.all(reads)) {
    if (status === 200) assert.deepEqual(body.snapshot?.context.values, ['before', 'after']);
    else assert.equal(status, 503);
  }
  const fresh = await eventually('the woken node to serve again', async () => {
    const response = await fetch(`http://127.0.0.1:${old.port}/v1/machines/ledger/a`);
    return response.ok
      ? ((await response.json()) as { snapshot: { context: { values: string[] } } })
      : null;
  });
  assert.deepEqual(fresh.snapshot.context.values, ['before', 'after']);
  assert.notEqual((await cluster.status(old)).role, 'leader');
  await cluster.converged();
  for (const node of cluster.nodes) {
    const { snapshot } = (await cluster.local(node, 'ledger', 'a')) as typeof fresh;
    assert.deepEqual(snapshot.context.values, ['before', 'after'], node.id);
  }
}, 60_000);
