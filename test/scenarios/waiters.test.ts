/** Whoever waits is answered. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { settled } from './settled.ts';

// Catches: a proposal that waits for ever when its leader is gone before it is answered.
test('#36 Waiters are answered: success, or unknown, when the leader steps down meanwhile (willemt/raft PR 130, openraft 43dd8b6f)', async () => {
  const { world, leader, others } = await settled();
  const waiting = [0, 1, 2, 3].map(() => world.propose(leader));
  await world.run(0);
  for (const other of others) {
    world.cut(leader, other);
    waiting.push(world.propose(other));
  }
  await world.run(limits.proposalTimeoutMsDefault + 100);
  for (const { outcome } of waiting)
    assert.ok(['committed', 'unknown'].includes(outcome?.end ?? ''));
  world.heal();
  await world.calmDown();
});

// Catches: an entry that is applied, as one of a long backlog, before its waiter is looked up.
test('#36 Waiters are answered: by one node as by the next, whichever applies it first (willemt/raft PR 130)', async () => {
  const { world, leader, others, one } = await settled();
  // The others hear of the commit, and apply, long before the node whose client waits.
  world.gate = (_, to, { kind }) => to !== one || (kind !== 'append' && kind !== 'commit');
  const waiting = Array.from({ length: 3_000 }, () => world.propose(one));
  await world.run(100);
  assert.equal(world.statusOf(leader).appliedIndex, world.statusOf(leader).lastIndex);
  assert.ok(waiting.every(({ outcome }) => outcome === null));
  world.gate = () => true;
  await world.run(2 * limits.heartbeatIntervalMs);
  assert.ok(waiting.every(({ outcome }) => outcome?.end === 'committed'));
  assert.equal(others.length, 2);
  await world.calmDown();
});
