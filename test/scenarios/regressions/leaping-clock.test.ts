import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../../machines/protocol/limits.ts';
import { World } from '../../world/world.ts';

// Found by simulation: the window in which a retry is recognised is one of the cluster's time,
// and that of a leader whose clock leapt by an hour made every node forget it.
test('a leader whose clock leaps makes nobody forget what was proposed', async () => {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const first = world.propose(leader);
  await world.run(100);
  assert.equal(first.outcome?.end, 'committed');

  world.jump(leader, 4 * limits.proposalWindowMs);
  world.propose(leader);
  await world.run(100);
  const retry = world.propose(await world.settle(), undefined, { id: first.proposalId });
  await world.run(100);
  assert.deepEqual(retry.outcome, first.outcome);
  await world.calmDown();
});

// Catches: time that stands still for good once it was found to leap.
test('time goes on after a leap, as fast as the clock', async () => {
  const world = new World({ nodes: 1 });
  await world.start();
  await world.settle();
  const timeOf = async (): Promise<number> => {
    world.propose('a');
    await world.run(100);
    return world.core('a').snapshot().context.log.shared.at(-1)?.timeMs ?? Number.NaN;
  };
  const before = await timeOf();
  world.jump('a', 3_600_000);
  const after = await timeOf();
  assert.ok(after - before <= limits.electionTimeoutMsMax + 100, `${after - before} ms`);
  await world.run(60_000);
  const later = await timeOf();
  assert.ok(later - after >= 60_000 && later - after < 61_000, `${later - after} ms`);
});
