/** Sending that stops, and goes on by itself. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { World } from '../world/world.ts';

// Catches: a follower that missed acknowledgements and is never sent to again (etcd PR 14633).
test('#20 Flow control recovers: a follower whose acknowledgements are all lost for a while is sent to again (replicate_pause.txt)', async () => {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const [lossy = '', other = ''] = world.members.filter((member) => member !== leader);
  world.gate = (from, _, { kind }) => from !== lossy || kind !== 'appendAccepted';
  for (let n = 0; n < 3 * limits.appendsInFlightMax; n += 1) {
    world.propose(leader);
    await world.run(5);
  }
  world.gate = () => true;
  // Now it alone can make the majority.
  world.isolate(other);
  const asking = world.propose(leader);
  await world.run(2 * limits.heartbeatIntervalMs);
  assert.equal(asking.outcome?.end, 'committed');
  await world.calmDown();
});

// Catches: a commit index that travels with entries only (lagging_commit.txt).
test('#20 Flow control recovers: a missed commit notice is made good by the next heartbeat (lagging_commit.txt)', async () => {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const [deaf = ''] = world.members.filter((member) => member !== leader);
  await world.run(world.chance.integer(0, 100));
  world.gate = (_, to, { kind }) => to !== deaf || kind !== 'commit';
  world.propose(leader);
  await world.run(20);
  const { commitIndex } = world.statusOf(leader);
  await world.runUntil(
    () => world.statusOf(deaf).appliedIndex === commitIndex,
    limits.heartbeatIntervalMs + 4,
  );
  await world.calmDown();
});

// Catches: lost appends that nobody misses until somebody else writes.
test('#20 Flow control recovers: a lost append is made good within a heartbeat or two (heartbeat_resp_recovers_from_probing.txt)', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const world = new World({ seed });
    await world.start();
    const leader = await world.settle();
    const [deaf = ''] = world.members.filter((member) => member !== leader);
    world.gate = (_, to, { kind }) => to !== deaf || kind !== 'append';
    for (let n = 0; n < world.chance.integer(1, 100); n += 1) world.propose(leader);
    await world.run(world.chance.integer(5, 400));
    world.gate = () => true;
    await world.runUntil(() => world.isSettled(), 3 * limits.heartbeatIntervalMs);
    await world.calmDown();
  }
});

// Catches: a follower that comes back and waits for somebody to notice.
test('a follower that is reconnected is sent what it missed at once, before the next heartbeat (§5.3)', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const world = new World({ seed });
    await world.start();
    const leader = await world.settle();
    const [away = ''] = world.members.filter((member) => member !== leader);
    world.isolate(away);
    for (let n = 0; n < 50; n += 1) {
      world.propose(leader);
      await world.run(60);
    }
    await world.run(world.chance.integer(0, 99));
    const { commitIndex } = world.statusOf(leader);
    world.gate = (_, __, { kind }) => kind !== 'heartbeat';
    world.heal();
    await world.runUntil(() => world.statusOf(away).appliedIndex >= commitIndex, 30);
    await world.calmDown();
  }
});
