/** What was acknowledged is there after every crash, once. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import {
  keepEverything,
  keepNothing,
  keepSectorsByChance,
} from '../../runtime/storage/power-cut.ts';
import type { Crash } from '../world/disk.ts';
import { World } from '../world/world.ts';
import { countAt } from './count-at.ts';

const committed = (world: World): number =>
  world.asked.filter(({ outcome }) => outcome?.end === 'committed').length;

// Catches: an answer before the flush, with nobody else to remember (etcd 14370).
test('#23 A cluster of one keeps what it acknowledged through eight power cuts (etcd 14370)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const world = new World({ seed, nodes: 1 });
    await world.start();
    await world.settle();
    for (let cut = 0; cut < 8; cut += 1) {
      world.disk('a').flushMs = () => world.chance.integer(1, 30);
      for (let n = world.chance.integer(3, 30); n > 0; n -= 1) {
        world.propose('a');
        await world.run(world.chance.integer(0, 8));
      }
      const random = world.chance.fraction;
      await world.restart('a', cut % 2 === 0 ? keepNothing : keepSectorsByChance(random, 512));
      await world.settle();
      assert.ok((countAt(world, 'a') ?? 0) >= committed(world));
    }
    await world.calmDown();
  }
});

// Catches: a term that starts again from zero, and with it an old log that wins (PySyncObj PR 202).
test('#28 Terms survive a full restart, and a late third overwrites nothing (PySyncObj PR 202, raft-java 57)', async () => {
  for (const how of [keepNothing, 'process'] as const) {
    const world = new World();
    await world.start();
    await world.settle();
    for (let round = 0; round < 4; round += 1) {
      await world.restart(world.leader() ?? 'a');
      await world.settle();
    }
    const termBefore = Math.max(...world.members.map((node) => world.statusOf(node).term));
    assert.ok(termBefore >= 5);
    const [late = '', ...first] = world.members;
    for (const node of world.members) world.crash(node, how);
    await world.run(100);
    await world.start(...first);
    const leader = await world.elect();
    assert.ok(world.statusOf(leader).term > termBefore);
    const asked = first.map((node) => world.propose(node));
    await world.run(2 * limits.electionTimeoutMsMin);
    assert.ok(asked.every(({ outcome }) => outcome?.end === 'committed'));
    await world.start(late);
    await world.calmDown();
    assert.equal(countAt(world, late), asked.length);
  }
});

// Catches: an effect and its index recorded apart: applied twice, or skipped (etcd 13766).
test('#35 Applied exactly once across a crash: replay applies each entry once (etcd 13766)', async () => {
  const world = new World();
  await world.start();
  await world.settle();
  for (let round = 1; round <= 6; round += 1) {
    for (let n = 0; n < 10; n += 1) world.propose(world.chance.pick(world.members));
    await world.run(world.chance.integer(1, 40));
    const node = world.chance.pick(world.members);
    await world.restart(node, world.chance.pick(['process', keepNothing] as const));
    await world.settle();
    await world.runUntil(() => world.asked.every((a) => a.outcome !== null || a.isLost), 6_000);
    const counts = world.members.map((member) => countAt(world, member));
    assert.equal(new Set(counts).size, 1, `${counts.join()} differ`);
    assert.equal(
      counts[0],
      world.witness.applied.size - 1,
      'all that was applied but RUN, once each',
    );
  }
  await world.calmDown();
});

// Catches: the same where it is most likely: an effect that is kept and its index that is not.
test('#35 Applied exactly once across a crash in the very moment of applying (etcd 13766, 14685)', async () => {
  for (const how of ['process', keepNothing] as const) {
    const world = new World();
    await world.start();
    await world.settle();
    for (let nth = 1; nth <= 9; nth += 1) {
      const victim = world.members[nth % 3] ?? 'a';
      const stopWatching = world.service(victim).watch('counter', 'k', () => {
        world.crashSoon(victim, how);
      });
      world.propose(world.members[(nth + 1) % 3] ?? 'a');
      await world.runUntil(() => !world.isUp(victim), 2_000);
      stopWatching();
      await world.start(victim);
      await world.settle();
      const counts = world.members.map((member) => countAt(world, member));
      assert.deepEqual(counts, [nth, nth, nth]);
    }
    await world.calmDown();
  }
});

// Catches: a crash of a majority, or of everyone, that loses what was acknowledged.
test('all nodes lose power at once, again and again, and nothing acknowledged is lost (Raft §5.3)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const world = new World({ seed, nodes: 3, segmentBytes: 4 * 1024 });
    for (let night = 0; night < 4; night += 1) {
      await world.start();
      await world.elect();
      for (const node of world.members)
        world.disk(node).flushMs = () => world.chance.integer(0, 30);
      for (let n = 0; n < 30; n += 1) {
        world.propose(world.chance.pick(world.members));
        await world.run(world.chance.integer(0, 15));
      }
      const random = world.chance.fraction;
      for (const node of world.members) world.crash(node, keepSectorsByChance(random, 512));
      await world.run(world.chance.integer(0, 100));
    }
    await world.calmDown();
  }
});

const ways: readonly [string, (world: World) => Crash][] = [
  ['process', () => 'process'],
  ['nothing kept', () => keepNothing],
  ['everything kept', () => keepEverything],
  ['sectors by chance', (world) => keepSectorsByChance(world.chance.fraction, 512)],
];

/** Every operation, before and after, in one way of crashing each; `CRASH_STRIDE=4` takes each fourth. */
const stride = Number(process.env['CRASH_STRIDE'] ?? 1);

/** A fixed piece of work: elections, proposals at every node, a change of leader. */
async function work(world: World): Promise<void> {
  await world.start();
  await world.run(700);
  for (let n = 0; n < 6; n += 1) {
    for (const node of world.members) world.propose(node);
    await world.run(7);
  }
  const leader = world.leader();
  if (leader !== null && world.isUp(leader)) world.transfer(leader);
  await world.run(200);
  for (const node of world.members) world.propose(node);
  await world.run(20);
}

for (const victim of ['a', 'b'] as const) {
  // Catches: anything promised before it is on disk, anything half-written taken for whole, anything
  // applied twice or lost on the way back.
  test(
    `crashed before or after any of its disk operations, node ${victim} comes back and nothing is lost (stride ${stride})`,
    { timeout: 120_000 },
    async () => {
      const whole = new World({ segmentBytes: 4 * 1024 });
      await work(whole);
      const operations = whole.disk(victim).operations;
      assert.ok(operations > 15, `${operations} operations`);

      let turn = 0;
      for (let operation = 1; operation <= operations; operation += 1) {
        for (const when of ['before', 'after'] as const) {
          turn += 1;
          if ((turn + (victim === 'a' ? 0 : 1)) % stride !== 0) continue;
          const way = ways[Math.floor(turn / stride) % ways.length];
          assert.ok(way);
          const world = new World({ segmentBytes: 4 * 1024, seed: 1 });
          const how = way[1](world);
          let hasCrashed = false;
          world.disk(victim).intercept = (now) => {
            if (hasCrashed || now !== operation) return false;
            hasCrashed = true;
            world.crashSoon(victim, how);
            return when === 'before';
          };
          await work(world);
          if (hasCrashed) await world.start(victim);
          for (const node of world.members) world.propose(node);
          await world.calmDown();
        }
      }
    },
  );
}
