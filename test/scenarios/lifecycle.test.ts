/** The cluster’s own chart: Init, Running, Stopped. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import type { Asking } from '../world/clients.ts';
import { World } from '../world/world.ts';

// Catches: proposals taken, or applied, before the cluster runs or after it was stopped.
test('in Init and Stopped proposals are refused in their turn on every node, and reads are served (DESIGN, lifecycle)', async () => {
  const world = new World({ hold: true });
  await world.start();
  await world.elect();
  await world.run(500);
  const early = world.members.map((node) => world.propose(node));
  const read = world.read('a');
  await world.run(100);
  for (const { outcome } of early) {
    assert.ok(outcome?.end === 'refused' && outcome.code === 'not-running');
  }
  assert.ok(read.answer !== null && !('end' in read.answer));
  const command = (type: string): Asking =>
    world.propose('b', { type }, { machine: 'lifecycle', key: 'cluster' });
  command('RUN');
  await world.run(100);
  const taken = world.propose('c');
  await world.run(100);
  assert.equal(taken.outcome?.end, 'committed');
  command('STOP');
  await world.run(100);
  const late = world.propose('c');
  await world.run(100);
  // A retry of what was refused stays refused: that answer was final.
  const [first] = early;
  command('RUN');
  await world.run(limits.heartbeatIntervalMs);
  const retried = world.propose('a', undefined, { id: first?.proposalId ?? '' });
  await world.run(100);
  assert.ok(late.outcome?.end === 'refused' && retried.outcome?.end === 'refused');
  assert.ok(world.members.every((node) => world.statusOf(node).lifecycle === 'Running'));
  await world.calmDown();
});

// Catches: a first leader whose abandoned handover makes it forget to take the cluster to Running.
test('a first leader that hands over before its first entry is applied, in vain, still opens the cluster (DESIGN, lifecycle)', async () => {
  const world = new World();
  await world.start();
  await world.runUntil(
    () => world.members.some((node) => world.statusOf(node).role === 'leader'),
    5_000,
  );
  for (const node of world.members) world.disk(node).flushMs = () => 50;
  const leader = world.members.find((node) => world.statusOf(node).role === 'leader') ?? '';
  const heir = world.members.find((node) => node !== leader) ?? '';
  world.gate = (_, to, { kind }) => to !== heir || kind !== 'timeoutNow';
  await world.run(5);
  const isFresh = { role: { leader: { office: 'fresh' } } } as const;
  assert.ok(world.core(leader).snapshot().matches(isFresh));
  world.transfer(leader, heir);
  await world.run(2_000);
  assert.equal(world.leader(), leader);
  assert.equal(world.statusOf(leader).lifecycle, 'Running');
  await world.calmDown();
});
