/** Nodes that sleep, and clocks that jump. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { toIndex } from '../../machines/protocol/ids.ts';
import { realClock } from '../../runtime/clock.ts';
import type { Consistency } from '../../runtime/service.ts';
import type { World } from '../world/world.ts';
import { isValue } from './is-value.ts';
import { settled } from './settled.ts';

const fresh: readonly Consistency[] = ['linearizable', 'lease'];

/** A read, and what anybody had been told of before it. */
const ask = (world: World, node: string, consistency: Consistency) => ({
  floor: world.witness.floor('counter/k'),
  read: world.read(node, { consistency }),
});

type Asked = ReturnType<typeof ask>;

const isStale = ({ floor, read: { answer } }: Asked): boolean =>
  answer !== null && !('end' in answer) && answer.index < floor;

for (const consistency of fresh) {
  // Catches: a lease that is believed after a sleep, or is looked at before the work and not after
  // it; a deposed leader that serves on waking.
  test(`#46 Leases and clock jumps: a leader that wakes from a long pause answers no ${consistency} read with an old value (redisraft 19, yugabyte 16)`, async () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const { world, leader, one, two } = await settled({ seed });
      world.propose(leader);
      await world.run(20);
      const early = ask(world, leader, consistency);
      world.pause(leader);
      await world.run(world.chance.integer(600, 3_000));
      for (let n = 0; n < 5; n += 1) {
        world.propose(n % 2 === 0 ? one : two);
        await world.run(30);
      }
      const asked = [0, 1, 2].map(() => ask(world, leader, consistency));
      world.wake(leader);
      asked.push(ask(world, leader, consistency));
      for (let n = 0; n < 10; n += 1) {
        await world.run(3);
        asked.push(ask(world, leader, consistency));
      }
      await world.run(2_000);
      assert.ok(asked.every(({ read }) => read.answer !== null));
      assert.deepEqual([early, ...asked].filter(isStale), []);
      assert.ok(early.read.endedMs < Infinity);
      await world.calmDown();
    }
  });

  // Catches: a lease that outlives the right to it: the others have elected somebody since.
  test(`#46 Leases and clock jumps: a leader that is cut off answers no ${consistency} read with an old value (dissertation §6.4.1)`, async () => {
    for (let seed = 1; seed <= 4; seed += 1) {
      const { world, leader, one } = await settled({ seed });
      world.isolate(leader);
      const asked: Asked[] = [];
      for (let n = 0; n < 60; n += 1) {
        asked.push(ask(world, leader, consistency));
        world.propose(one);
        await world.run(30);
      }
      await world.run(limits.proposalTimeoutMsDefault);
      assert.ok(asked.every(({ read }) => read.answer !== null));
      assert.deepEqual(asked.filter(isStale), []);
      assert.ok(asked.some(({ read }) => !isValue(read)));
      world.heal();
      await world.calmDown();
    }
  });
}

// Catches: a lease that is measured by a clock which goes slower than those of the others, or than
// the one of them that has just jumped.
test('#46 Leases and clock jumps: a leader whose clock is slow, among others that are fast or jump ahead, answers nothing old (dissertation §6.4.1, Jepsen clock-skew tests)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const paceOf = (node: string) => ({ originMs: 1e9 * seed, rate: node === 'a' ? 0.5 : 1.4 });
    const { world, leader } = await settled({ seed, paceOf });
    if (leader !== 'a') world.transfer(leader, 'a');
    const asked: Asked[] = [];
    for (let round = 0; round < 3; round += 1) {
      await world.runUntil(() => world.leader() === 'a', 5_000);
      await world.settle();
      world.isolate('a');
      if (round % 2 === seed % 2) world.jump(world.chance.pick(['b', 'c']), 5_000);
      for (let n = 0; n < 120; n += 1) {
        asked.push(ask(world, 'a', world.chance.pick(fresh)));
        world.propose(world.chance.pick(['b', 'c']));
        await world.run(10);
      }
      assert.notEqual(world.leader(), 'a');
      world.heal();
      world.transfer(await world.settle(), 'a');
    }
    await world.run(2 * limits.proposalTimeoutMsDefault);
    assert.ok(asked.every(({ read }) => read.answer !== null));
    assert.deepEqual(asked.filter(isStale), []);
    await world.calmDown();
  }
});

// Catches: a clock for timers and deadlines that follows the wall clock when that is set.
test('#46 Leases and clock jumps: the clock that nodes run on does not go where the wall clock jumps (Jepsen clock-skew tests)', async () => {
  const realNow = Date.now;
  const hourMs = 3_600_000;
  try {
    const beganMs = realClock.nowMs();
    let latestMs = beganMs;
    for (const jumpMs of [5_000, -5_000, hourMs, -hourMs, 3e11, -3e11]) {
      Date.now = () => realNow() + jumpMs;
      await new Promise<void>((rung) => realClock.setTimeout(rung, 1));
      const nowMs = realClock.nowMs();
      assert.ok(nowMs >= latestMs, 'it never goes back');
      latestMs = nowMs;
    }
    assert.ok(latestMs - beganMs < hourMs, 'nor ahead');
  } finally {
    Date.now = realNow;
  }
});

// Catches: any use of the wall clock in what a cluster decides.
test('#46 Leases and clock jumps: the wall clock plays no part, though it jumps by years (Jepsen clock-skew tests)', async () => {
  const realNow = Date.now;
  let jumps = 0;
  try {
    const { world, leader } = await settled({ seed: 3 });
    const { term } = world.statusOf(leader);
    for (let n = 0; n < 40; n += 1) {
      jumps = world.chance.integer(-3e11, 3e11);
      Date.now = () => realNow() + jumps;
      world.propose(world.chance.pick(world.members));
      world.read(world.chance.pick(world.members));
      await world.run(25);
    }
    await world.run(100);
    assert.equal(world.statusOf(leader).term, term);
    assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
    const { log } = world.core(leader).snapshot().context;
    assert.ok(
      log.shared.every((entry) => entry.timeMs < 1e6),
      'nor in the log',
    );
    assert.equal(log.base.index, toIndex(0));
    await world.calmDown();
  } finally {
    Date.now = realNow;
  }
});

// Catches: a cluster that does not come back after all its timers rang at once, two leaders, and an
// old answer by a leader that has slept through the election of the next.
test('#52 Everyone sleeps, and all wake, at once or one by one, several times: service returns within a few timeouts (laptop lids)', async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const { world } = await settled({ seed, nodes: seed % 2 === 0 ? 5 : 3 });
    for (let night = 0; night < 4; night += 1) {
      const leader = world.leader();
      const asked = world.members.map((node) => world.propose(node));
      const reads = world.members.map((node) => world.read(node));
      await world.run(world.chance.integer(0, 5));
      for (const node of world.members) world.pause(node);
      await world.run(world.chance.integer(1_000, 60_000));
      const isOneByOne = night % 2 === 1;
      const order = world.members.toSorted(() => world.chance.fraction() - 0.5);
      // Of those that wake one by one the leader is the last.
      if (isOneByOne) order.sort((a, b) => Number(a === leader) - Number(b === leader));
      for (const node of order) {
        world.wake(node);
        reads.push(world.read(node));
        if (!isOneByOne) continue;
        asked.push(world.propose(node));
        await world.run(world.chance.integer(0, 2 * limits.electionTimeoutMsMax));
        reads.push(world.read(node));
      }
      await world.settle(6 * limits.electionTimeoutMsMax);
      await world.run(100);
      assert.ok(
        [...asked, ...reads].every((a) => ('outcome' in a ? a.outcome : a.answer) !== null),
      );
    }
    await world.calmDown();
  }
});
