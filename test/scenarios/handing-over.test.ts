/** Giving leadership away: on stopping, on demand, and in vain. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { crown, lone, toldOf } from '../world/lone.ts';
import { appendAccepted, heartbeatAck, preVoteGranted } from '../world/messages.ts';
import { longestGapMs } from './longest-gap.ts';
import { settled } from './settled.ts';

const timeoutMs = limits.electionTimeoutMsMin;

// Catches: a handover that loses proposals, or waits for a dead heir for ever.
test('#51 Rolling restart: leadership moves to an up-to-date node in a fraction of a timeout, under load (dissertation §3.10, TestLeaderTransferToUpToDateNode)', async () => {
  const { world, leader, others } = await settled();
  const [heir = ''] = others;
  for (let n = 0; n < 20; n += 1) world.propose(leader);
  const asked = world.asked.length;
  world.transfer(leader, heir);
  const beganMs = world.nowMs;
  await world.runUntil(() => world.leader() === heir, timeoutMs / 2);
  for (let n = 0; n < 20; n += 1) world.propose(world.members[n % 3] ?? '');
  await world.runUntil(() => world.asked.every(({ outcome }) => outcome !== null), timeoutMs);
  assert.ok(world.asked.length > asked);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  assert.ok(world.nowMs - beganMs < timeoutMs, `${world.nowMs - beganMs} ms`);
  await world.calmDown();
});

// Catches: a leader that waits for ever for an heir that is dead.
test('#51 Rolling restart: a transfer to a dead node is abandoned, and writes resume (TestLeaderTransferTimeout)', async () => {
  const { world, leader, others } = await settled();
  const [dead = ''] = others;
  world.isolate(dead);
  const { term } = world.statusOf(leader);
  world.transfer(leader, dead);
  await world.run(20);
  const asking = world.propose(leader);
  const read = world.read(leader);
  await world.run(timeoutMs + 100);
  assert.equal(world.leader(), leader);
  assert.equal(world.statusOf(leader).term, term);
  assert.equal(asking.outcome?.end, 'committed');
  assert.ok(read.answer !== null && !('end' in read.answer));
  await world.calmDown();
});

// Catches: stops that lose answers, and leave the others waiting out their patience.
test('#51 Rolling restart under load, the leader last: a node that stops hands over first, and writes pause only briefly (hashicorp/raft GH-581)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world, leader, others } = await settled({ seed });
    const terms: number[] = [];
    for (const node of [...others, leader]) {
      const before = world.leader();
      const staying = world.members.filter((member) => member !== node);
      for (let n = 0; n < 20; n += 1) world.propose(world.members[n % 3] ?? '');
      await world.run(1);
      world.terminate(node);
      // Less than it would take for the others to lose patience.
      await world.runUntil(() => !world.isUp(node), timeoutMs);
      const gap = await longestGapMs(world, staying, 600);
      assert.ok(gap < timeoutMs / 2, `${gap} ms without a write`);
      assert.equal(before === node, world.leader() !== before, 'only a leader hands over');
      await world.start(node);
      await world.settle();
      terms.push(world.statusOf(node).term);
    }
    assert.ok((terms.at(-1) ?? 0) <= (terms[0] ?? 0) + 3, 'a term for each hand-over, no more');
    const ends = world.asked.map(({ outcome, isLost }) => (isLost ? 'lost' : outcome?.end));
    assert.deepEqual(new Set(ends), new Set(['committed']), 'nobody was turned away');
    await world.calmDown();
  }
});

// Catches: a hand-over that fails, or never ends, because entries keep coming meanwhile.
test('#51 Rolling restart: leadership moves although writes never pause (hashicorp/raft GH-413)', async () => {
  const { world, leader, one: heir } = await settled();
  world.weather = { delayMs: [5, 15], lost: 0, doubled: 0 };
  for (const node of world.members) world.disk(node).flushMs = () => 10;
  const load = async (ms: number): Promise<void> => {
    for (let n = 0; n < ms; n += 1) {
      world.propose(world.members[n % 3] ?? '');
      await world.run(1);
    }
  };
  await load(100);
  world.transfer(leader, heir);
  await load(timeoutMs / 2);
  assert.equal(world.leader(), heir);
  await world.runUntil(() => world.asked.every(({ outcome }) => outcome !== null), timeoutMs);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  await world.calmDown();
});

// Catches: a request to hand over that a node without an office keeps, or blocks on.
test('#51 Rolling restart: who is no leader has nothing to hand over, and stands as before (hashicorp/raft GH-570)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world, puppets } = one;
  const b = puppets['b'];
  assert.ok(b);
  world.transfer('a');
  await world.runUntil(() => world.statusOf('a').role === 'pre-candidate', 1_500);
  world.transfer('a', 'b');
  b.say('a', preVoteGranted(1));
  await world.runUntil(() => world.statusOf('a').role === 'candidate', 100);
  world.transfer('a', 'b');
  const term = await crown(one);
  world.transfer('a', 'b');
  b.say('a', appendAccepted(term, 2));
  b.say('a', appendAccepted(term, 3));
  await world.run(10);
  assert.equal(toldOf(b, 'timeoutNow').length, 0, 'those wishes are forgotten');
  b.say('a', heartbeatAck(term));
  await world.run(10);
  world.transfer('a', 'b');
  await world.run(10);
  assert.equal(toldOf(b, 'timeoutNow').length, 1);
});

// Catches: an heir that is told to stand before it holds everything, and loses, or takes time to win.
test('an heir is told to stand once it holds the whole log, and not before (dissertation §3.10)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  c.say('a', appendAccepted(term, 2));
  await world.run(5);
  c.say('a', appendAccepted(term, 3));
  await world.run(5);
  b.say('a', heartbeatAck(term));
  await world.run(5);
  world.transfer('a', 'b');
  await world.run(20);
  b.say('a', appendAccepted(term, 2));
  await world.run(20);
  assert.equal(toldOf(b, 'timeoutNow').length, 0);
  b.say('a', appendAccepted(term, 3));
  await world.run(20);
  assert.equal(toldOf(b, 'timeoutNow').length, 1);
});
