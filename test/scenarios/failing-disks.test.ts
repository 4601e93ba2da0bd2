/** Disks that are full, or that fail. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { countAt } from './count-at.ts';
import { live, type Told } from './one-node.ts';
import { settled } from './settled.ts';

// Catches: a full disk that is taken for a written one; a node that is started again on the disk
// that is still full, and does harm; a cluster that does not go on without it.
test('#27 Disk full on the leader: it falls silent, leadership moves, and service returns with space (Jepsen, TigerBeetle)', async () => {
  const { world, leader, others } = await settled();
  world.disk(leader).failsWith = 'ENOSPC';
  const doomed = [0, 1, 2].map(() => world.propose(leader));
  await world.run(50);
  assert.ok(!world.isUp(leader), 'it fell silent');
  assert.ok(doomed.every(({ isLost, outcome }) => isLost || outcome?.end === 'unknown'));
  await world.elect();
  const fullUntilMs = world.nowMs + 4_000;
  const meanwhile = [];
  for (let n = 0; world.nowMs < fullUntilMs; n += 1) {
    meanwhile.push(world.propose(others[n % 2] ?? ''));
    await world.run(100);
    // Whoever looks after its process starts it again and again.
    if (n % 5 === 0 && !world.isUp(leader)) await world.start(leader);
  }
  assert.ok(world.faults.length > 2, 'and fell silent each time');
  world.disk(leader).failsWith = null;
  if (!world.isUp(leader)) await world.start(leader);
  await world.calmDown();
  assert.ok(meanwhile.every(({ outcome }) => outcome?.end === 'committed'));
});

// Catches: an answer before the flush, with nobody else to remember; a record that is half
// written where space ran out, and poisons the log.
test('#27 Disk full, at whatever byte: a node alone acknowledges no more than it holds, and goes on when there is space (Jepsen, TigerBeetle)', async () => {
  let silenced = 0;
  for (let capacityBytes = 200; capacityBytes < 8_000; capacityBytes += 130) {
    const disk = new SimulatedDisk({ capacityBytes });
    const told: Told = { asked: 0, committed: 0 };
    await live(disk, told, 30).catch(() => (silenced += 1));
    const { committed, asked } = told;
    const after = disk.afterProcessCrash();
    after.capacityBytes = Infinity;
    const count = await live(after, told, 1);
    assert.equal(told.committed, committed + 1);
    assert.ok(count > committed && count <= asked + 1, `${count}: ${committed} of ${asked}`);
  }
  assert.ok(silenced > 20, `${silenced} were full before the end`);
});

// Catches: a failed flush that is tried again and believed (ATC 2020).
test('after a failed flush a node says nothing more (Rebello et al., ATC 2020)', async () => {
  const { world, leader, one: failing } = await settled();
  let isFailed = false;
  let spoken = 0;
  world.onSent = (from) => void (spoken += isFailed && from === failing ? 1 : 0);
  const disk = world.disk(failing);
  disk.isHeld = true;
  for (let n = 0; n < 5; n += 1) world.propose(leader);
  await world.run(10);
  disk.failsWith = 'EIO';
  isFailed = true;
  // Whoever asked again would be told that all is well.
  disk.intercept = () => {
    disk.failsWith = null;
    return false;
  };
  const { operations } = disk;
  disk.release();
  await world.run(20);
  assert.ok(!world.isUp(failing));
  assert.equal(disk.operations, operations, 'it asks nothing more of its disk');
  assert.equal(spoken, 0, 'not even what was waiting for that flush');
  disk.intercept = () => false;
  await world.start(failing);
  await world.calmDown();
});

// Catches: rot on one node that is read as its log, and spreads to the others, or stops them.
test('one flipped bit on one node stops no more than that node, and nothing is lost (Jepsen, NATS 2.12.1)', async () => {
  let stopped = 0;
  for (let seed = 1; seed <= 24; seed += 1) {
    const { world, one: rotten, leader, two } = await settled({ seed });
    const asked = world.members.map((node) => world.propose(node));
    await world.run(20);
    assert.ok(asked.every(({ outcome }) => outcome?.end === 'committed'));
    assert.ok(world.disk(rotten).rot(world.chance));
    world.crash(rotten, 'process');
    world.boot(rotten);
    await world.run(2_000);
    if (!world.isUp(rotten)) {
      stopped += 1;
      const { cause } = world.faults.at(-1) ?? {};
      assert.equal((cause as { code?: string }).code, 'storage-corrupt');
    }
    asked.push(world.propose(leader), world.propose(two));
    await world.run(100);
    await world.settle();
    assert.ok(asked.every(({ outcome }) => outcome?.end === 'committed'));
    for (const node of world.members) {
      if (world.isUp(node)) assert.equal(countAt(world, node), asked.length);
    }
  }
  assert.ok(stopped > 0, 'some of the bits mattered');
});
