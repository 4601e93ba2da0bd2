/** Disks that take longer than a heartbeat, or than a timeout. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { settled } from './settled.ts';

const timeoutMs = limits.electionTimeoutMsMin;

// Catches: heartbeats, or the acknowledgement of them, that wait behind a flush.
test('#50 Slow fsync on the leader causes no election, and batching keeps writes going (etcd 15247)', async () => {
  const { world, leader } = await settled();
  const { term } = world.statusOf(leader);
  const disk = world.disk(leader);
  disk.flushMs = () => world.chance.integer(30, 600);
  const operations = disk.operations;
  for (let n = 0; n < 150; n += 1) {
    for (const node of world.members) world.propose(node);
    await world.run(20);
  }
  await world.run(1_500);
  assert.equal(world.statusOf(leader).term, term);
  assert.equal(world.leader(), leader);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  const slowestMs = Math.max(...world.asked.map(({ askedMs, endedMs }) => endedMs - askedMs));
  assert.ok(slowestMs < 300, `the followers' disks are a majority, so ${slowestMs} ms is too long`);
  const written = disk.operations - operations;
  assert.equal(disk.durable.entries.length, world.statusOf(leader).lastIndex, 'it keeps up');
  assert.ok(written <= 2 * 50, `${written} operations on disk for ${world.asked.length} proposals`);
  await world.calmDown();
});

// Catches: acknowledgements of heartbeats, hence leadership, that depend on followers' disks.
test('#50 Slow fsync on every node slows writes down and changes no leader (etcd 15247)', async () => {
  const { world, leader } = await settled();
  const { term } = world.statusOf(leader);
  for (const node of world.members) world.disk(node).flushMs = () => world.chance.integer(30, 600);
  for (let n = 0; n < 100; n += 1) {
    for (const node of world.members) world.propose(node);
    await world.run(30);
  }
  await world.run(2_500);
  assert.equal(world.statusOf(leader).term, term);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  await world.calmDown();
});

// Catches: an acknowledgement of a heartbeat that waits behind the follower's own flush.
test('#50 Slow fsync on followers, longer than a timeout, loses them no leader (etcd 15247)', async () => {
  const { world, leader, others } = await settled();
  const { term } = world.statusOf(leader);
  for (const other of others) world.disk(other).flushMs = () => 3 * timeoutMs;
  for (let n = 0; n < 100; n += 1) {
    world.propose(leader, undefined, { timeoutMs: 20_000 });
    await world.run(50);
    assert.equal(world.statusOf(leader).role, 'leader');
  }
  await world.run(15 * timeoutMs);
  assert.equal(world.statusOf(leader).term, term);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  await world.calmDown();
});

// Catches: a leader that hears nothing while it flushes: deposed, it goes on as if it led.
test('#50 Slow fsync: a leader whose flush never ends learns that it was deposed, and says so (etcd 15247)', async () => {
  const { world, leader, others, one } = await settled();
  world.disk(leader).isHeld = true;
  const placed = world.propose(leader, undefined, { timeoutMs: 20_000 });
  const read = world.read(leader);
  await world.run(20);
  world.isolate(leader);
  await world.runUntil(() => ![null, leader].includes(world.leader()), 5_000);
  world.heal();
  await world.runUntil(() => world.statusOf(leader).role === 'follower', timeoutMs);
  await world.runUntil(() => world.statusOf(leader).leader === world.leader(), timeoutMs);
  const late = world.propose(leader);
  await world.run(100);
  assert.equal(late.endedMs, Infinity, 'it cannot know of it before it is on its own disk');
  const elsewhere = others.map((node) => world.propose(node));
  await world.run(100);
  assert.ok(elsewhere.every(({ outcome }) => outcome?.end === 'committed'));
  assert.ok(world.isUp(one));
  world.disk(leader).release();
  await world.calmDown();
  assert.equal(late.outcome?.end, 'committed');
  assert.ok(placed.outcome !== null && read.answer !== null);
});
