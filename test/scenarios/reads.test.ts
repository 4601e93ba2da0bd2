/** Reads reflect all that anybody had been told before they were asked. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toTerm } from '../../machines/protocol/ids.ts';
import type { Reading } from '../world/clients.ts';
import { crown, lone, toldOf } from '../world/lone.ts';
import { appendAccepted, heartbeatAck } from '../world/messages.ts';
import { isValue } from './is-value.ts';
import { settled } from './settled.ts';

// Every linearizable read of every test here is compared by the witness with all that anybody had
// been told before it was asked. So "no stale read" needs no words below.

// Catches: reads served by whoever believes to lead, without asking a majority (etcd 741).
test('#37 No reads from an isolated leader are old (Raft §8, etcd 741)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world, leader, one, two } = await settled({ seed });
    world.propose(leader);
    await world.run(50);
    world.isolate(leader);
    const reads: Reading[] = [];
    for (let n = 0; n < 80; n += 1) {
      reads.push(world.read(leader, { timeoutMs: 1_000 }));
      world.propose(n % 2 === 0 ? one : two);
      await world.run(50);
    }
    await world.run(4_000);
    assert.ok(
      reads.every(({ answer }) => answer !== null),
      'an error is an answer, silence is none',
    );
    world.heal();
    await world.calmDown();
    assert.ok(reads.filter(isValue).length < reads.length);
  }
});

// Catches: reads by a leader that has committed nothing in its own term (redisraft 18, tikv 6340).
test('#39 Reads right after an election see everything acknowledged before (TestReadOnlyForNewLeader)', async () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const { world, leader } = await settled({ seed });
    for (let n = 0; n < 10; n += 1) {
      world.propose(leader);
      await world.run(3);
    }
    world.crash(leader);
    const reads: Reading[] = [];
    for (let n = 0; n < 150; n += 1) {
      for (const node of world.members) if (world.isUp(node)) reads.push(world.read(node));
      await world.run(10);
    }
    await world.run(1_000);
    assert.ok(reads.every(isValue), 'they wait for the next leader, and then see it all');
    await world.calmDown();
  }
});

// Catches: the same, where the new leader can be watched message by message.
test('#39 Reads right after an election wait until the new leader has committed an entry of its own (Raft §8, redisraft 18)', async () => {
  const one = await lone({ log: [1, 1, 1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const b = one.puppets['b'];
  assert.ok(b);
  const read = world.read('a', { key: 'written' });
  await world.run(20);
  for (let n = 0; n < 5; n += 1) {
    b.say('a', heartbeatAck(term, n));
    await world.run(20);
  }
  assert.equal(read.answer, null);
  b.say('a', appendAccepted(term, 4));
  await world.run(20);
  const [beat] = toldOf(b, 'heartbeat').slice(-1);
  assert.equal(read.answer, null, 'nor before a round of heartbeats that began after it (§6.4)');
  b.say('a', heartbeatAck(term, beat?.round ?? 0));
  await world.run(20);
  assert.ok(isValue(read));
});

// Catches: an acknowledgement of an earlier round that confirms a later one.
test('a round is confirmed by acknowledgements of that round alone (dissertation §6.4)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  b.say('a', appendAccepted(term, 2));
  await world.run(5);
  const first = world.read('a');
  await world.run(5);
  b.say('a', heartbeatAck(term, 1));
  await world.run(5);
  assert.ok(isValue(first));
  const second = world.read('a');
  await world.run(5);
  for (const late of [0, 1, 1, 7]) {
    b.say('a', heartbeatAck(term, late));
    c.say('a', heartbeatAck(term, Math.min(late, 1)));
  }
  b.say('a', heartbeatAck(toTerm(term - 1), 2));
  await world.run(20);
  assert.equal(second.answer, null);
  c.say('a', heartbeatAck(term, 2));
  await world.run(5);
  assert.ok(isValue(second));
});

// Catches: an answer to a question of an earlier life, taken for the answer to the present one's.
test('a read after a restart is not answered with what was vouched for before it (etcd 14140)', async () => {
  const { world, leader, one, two } = await settled();
  world.propose(leader);
  await world.run(50);
  // The question arrives, and nobody confirms the round that it opens, for a while.
  let isBlocked = true;
  world.gate = (_, to, { kind }) =>
    !(isBlocked && to === leader && kind === 'heartbeatAck') && !(to === one && kind === 'append');
  world.read(one);
  await world.run(3);
  world.crash(one, 'process');
  const write = world.propose(two);
  await world.run(20);
  assert.equal(write.outcome?.end, 'committed');
  await world.start(one);
  await world.runUntil(() => world.statusOf(one).leader === leader, 200);
  const read = world.read(one);
  await world.run(2);
  isBlocked = false;
  await world.run(200);
  world.gate = () => true;
  await world.run(1_000);
  assert.ok(isValue(read));
  await world.calmDown();
});
