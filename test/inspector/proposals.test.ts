import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Cluster } from '../cluster/cluster.ts';
import { Viewer } from './viewer.ts';

test('a proposal that finds no majority is followed to its unknown end', async () => {
  await using cluster = await Cluster.start();
  const leader = await cluster.leader();
  const viewer = await Viewer.at(leader.port);
  await viewer.some('welcome');
  viewer.say({ type: 'watch-proposals', node: leader.id });
  const before = await viewer.next('proposals');
  assert.deepEqual([before.inFlight, before.listed, before.unknowns], [0, [], []]);

  const others = cluster.nodes.filter((node) => node !== leader);
  await Promise.all(others.map((node) => cluster.signal(node, 'SIGKILL')));
  const listed = viewer.next('proposals', (seen) =>
    seen.listed.some(({ event, index }) => event === 'APPEND' && index !== null),
  );
  const proposed = fetch(`http://127.0.0.1:${leader.port}/v1/proposals`, {
    method: 'POST',
    body: JSON.stringify({ machine: 'ledger', key: 'a', event: { type: 'APPEND', value: 'x' } }),
  });
  const [proposal] = (await listed).listed.filter(({ event }) => event === 'APPEND');
  assert.ok(proposal);
  assert.equal(proposal.state, 'underWay.placed');
  assert.deepEqual([proposal.machine, proposal.key], ['ledger', 'a']);
  assert.deepEqual(proposal.acknowledgedBy ?? [leader.id], [leader.id]);

  const picture = viewer.next('actor', ({ actor }) => actor === proposal.actor);
  viewer.say({ type: 'watch', actor: proposal.actor });
  const { chart, value } = await picture;
  assert.equal(viewer.chart(chart ?? '')?.id, 'proposal');
  assert.deepEqual(Object.keys(value as object), ['underWay']);
  const end = viewer.next(
    'step',
    ({ actor, status }) => actor === proposal.actor && status === 'done',
  );
  const gone = viewer.next('gone', ({ actor }) => actor === proposal.actor);
  const unknown = viewer.next('proposals', ({ unknowns }) => unknowns.length > 0);
  assert.equal((await end).value, 'unknown');
  assert.equal((await gone).reason, 'it is done');
  const [found] = (await unknown).unknowns;
  assert.equal(found?.proposalId, proposal.proposalId);
  assert.match(found.message, /may or may not be applied/);
  await proposed;
});
