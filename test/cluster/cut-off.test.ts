/** Real processes behind wires that break. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Cluster, eventually } from './cluster.ts';
import { assertNothingLost } from './verdict.ts';
import { Writers } from './writers.ts';

const keys = ['a', 'b', 'c', 'd'];

for (const wire of ['cut', 'silent'] as const) {
  test(`a leader whose wires are ${wire} loses office, serves no stale read, and comes back without loss`, async () => {
    await using cluster = await Cluster.start({ proxied: true });
    const old = await cluster.leader();
    const others = cluster.nodes.filter((node) => node !== old);
    const writers = new Writers(
      others.map(({ port }) => port),
      16,
      keys,
    );
    await eventually('some acknowledgements', async () => writers.acknowledged.length > 50);

    cluster.wire(old, wire);
    const next = await cluster.leader(old);
    assert.notEqual(next, old);
    await eventually(
      'the old leader to notice',
      async () => (await cluster.status(old)).role !== 'leader',
    );
    const before = writers.acknowledged.length;
    await eventually('more without it', async () => writers.acknowledged.length > before + 50);

    const read = await fetch(`http://127.0.0.1:${old.port}/v1/machines/ledger/a`);
    assert.equal(read.status, 503);
    const write = await fetch(`http://127.0.0.1:${old.port}/v1/proposals`, {
      method: 'POST',
      body: JSON.stringify({ machine: 'ledger', key: 'a', event: { type: 'APPEND', value: 'x' } }),
    });
    assert.equal(write.status, 503);
    assert.equal(((await write.json()) as { code: string }).code, 'no-leader');
    const { term } = await cluster.status(next);

    cluster.wire(old, 'whole');
    await cluster.ready(old);
    // Pre-vote: a node that was cut off does not disturb the others when it comes back.
    assert.equal((await cluster.status(next)).term, term);
    assert.equal((await cluster.status(old)).leader, next.id);
    await assertNothingLost(cluster, await writers.finish(), keys);
  }, 90_000);
}
