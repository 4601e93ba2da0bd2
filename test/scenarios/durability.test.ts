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

const countAt = (world: World, node: string, key = 'k'): unknown => {
  const view = world.service(node).peek('counter', key)?.view;
  return (view?.context as { count: number } | undefined)?.count;
};

const committed = (world: World): number =>
  world.asked.filter(({ outcome }) => outcome?.end === 'committed').length;

// Catches: an answer before the flush, with nobody else to remember (etcd 14370).
test('a cluster of one keeps what it acknowledged through eight power cuts (etcd 14370)', async () => {
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
      assert.ok(Number(countAt(world, 'a') ?? 0) >= committed(world));
    }
    await world.calmDown();
  }
});

// Catches: a term that starts again from zero, and with it an old log that wins (PySyncObj PR 202).
test('terms survive a full restart, and a late third overwrites nothing (raft-java 57)', async () => {
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
test('after a restart the counter is right: replay applies each entry once (etcd 13766)', async () => {
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

// Catches: a proposal that waits for ever when its leader is gone before it is answered.
test('whoever waits is answered: success, or unknown, when the leader steps down meanwhile (willemt PR 130)', async () => {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const waiting = [0, 1, 2, 3].map(() => world.propose(leader));
  const others = world.members.filter((member) => member !== leader);
  await world.run(0);
  for (const other of others) {
    world.cut(leader, other);
    waiting.push(world.propose(other));
  }
  await world.run(limits.proposalTimeoutMsDefault + 100);
  assert.ok(waiting.every(({ outcome }) => outcome !== null));
  world.heal();
  await world.calmDown();
});

// Catches: a full disk that is taken for a written one, and a half-written record that poisons the
// log for ever after.
test('with a full disk the leader falls silent, leadership moves, and service returns with space (TigerBeetle’s fault model)', async () => {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const others = world.members.filter((member) => member !== leader);
  world.disk(leader).failsWith = 'ENOSPC';
  const doomed = world.propose(leader);
  await world.run(50);
  assert.ok(!world.isUp(leader), 'it fell silent');
  assert.equal(doomed.isLost || doomed.outcome?.end !== 'committed', true);
  await world.elect();
  for (let n = 0; n < 20; n += 1) {
    world.propose(others[n % 2] ?? '');
    await world.run(100);
  }
  world.disk(leader).failsWith = null;
  await world.start(leader);
  await world.settle();
  await world.calmDown();
  assert.ok(committed(world) >= 20);
});

// Catches: a failed flush that is tried again and believed (ATC 2020).
test('after a failed flush a node says nothing more (Rebello et al., ATC 2020)', async () => {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const [failing = ''] = world.members.filter((member) => member !== leader);
  let isFailed = false;
  let spoken = 0;
  world.onSent = (from) => void (spoken += isFailed && from === failing ? 1 : 0);
  world.disk(failing).isHeld = true;
  for (let n = 0; n < 5; n += 1) world.propose(leader);
  await world.run(10);
  world.disk(failing).failsWith = 'EIO';
  isFailed = true;
  world.disk(failing).release();
  await world.run(20);
  assert.ok(!world.isUp(failing));
  assert.equal(spoken, 0, 'not even what was waiting for that flush');
  world.disk(failing).failsWith = null;
  await world.start(failing);
  await world.calmDown();
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
  test(`crashed before or after any of its disk operations, node ${victim} comes back and nothing is lost (stride ${stride})`, async () => {
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
  });
}
