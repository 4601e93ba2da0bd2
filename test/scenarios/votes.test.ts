/** Who may vote for whom, and what a vote survives. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { keepEverything, keepNothing } from '../../runtime/storage/power-cut.ts';
import type { Crash } from '../world/disk.ts';
import { knowledge, lone, toldOf } from '../world/lone.ts';
import {
  append,
  heartbeat,
  preVoteGranted,
  preVoteRequest,
  voteRequest,
  type Place,
} from '../world/messages.ts';
import { puppet } from './puppet.ts';

const logUpTo7 = [1, 1, 2, 2, 3, 3, 3];
const candidates: readonly (readonly [last: Place, granted: boolean])[] = [
  [[99, 2], false],
  [[6, 3], false],
  [[7, 3], true],
  [[1, 4], true],
];
for (const [last, isGranted] of candidates) {
  // Catches: logs compared by length first, by term alone, by both at once, or not at all; a vote
  // for a higher term as such.
  test(`#3 Only an up-to-date log may lead: a voter whose log ends (3, 7) ${isGranted ? 'grants' : 'refuses'} one that ends (${last[1]}, ${last[0]}) (Raft §5.4.1, liferaft 8)`, async () => {
    const one = await lone({ log: logUpTo7 });
    const b = puppet(one, 'b');
    b.say('a', preVoteRequest(8, last));
    await one.world.run(5);
    b.say('a', voteRequest(9, last));
    await one.world.run(10);
    assert.equal(toldOf(b, 'preVoteGranted').length, isGranted ? 1 : 0);
    assert.equal(toldOf(b, 'preVoteRefused').length, isGranted ? 0 : 1);
    assert.equal(toldOf(b, 'voteGranted').length, isGranted ? 1 : 0);
    assert.equal(toldOf(b, 'voteRefused').length, isGranted ? 0 : 1);
    assert.equal(knowledge(one).term, 9, 'the term is adopted either way (§5.1)');
  });
}

const cuts: readonly Crash[] = [keepNothing, keepEverything, 'process'];

// Catches: a vote sent before its flush, term and vote written apart, a vote forgotten on restart,
// a term that starts again from zero.
test('#4 A vote survives a crash before and after every single write and flush (Raft §5, hashicorp/raft 661)', async () => {
  let runs = 0;
  for (const when of ['before', 'after'] as const) {
    for (const how of cuts) {
      for (let operation = 1; ; operation += 1) {
        const one = await lone({ log: [1, 1], term: 4 });
        const { world } = one;
        const disk = world.disk('a');
        const first = disk.operations;
        const crash = (now: number): boolean => {
          if (now - first === operation) world.crashSoon('a', how);
          return now - first === operation;
        };
        if (when === 'before') disk.intercept = crash;
        else disk.flushed = (now) => void crash(now);

        const [b, c] = [puppet(one, 'b'), puppet(one, 'c')];
        b.say('a', voteRequest(5, [2, 1]));
        await world.run(60);
        const isOver = world.isUp('a');
        disk.intercept = () => false;
        disk.flushed = () => {};
        if (!isOver) await world.start('a');
        await world.run(1);
        c.say('a', voteRequest(5, [9, 1]));
        b.say('a', voteRequest(5, [2, 1]));
        await world.run(60);

        const granted = [b, c].filter((p) => toldOf(p, 'voteGranted').length > 0);
        assert.equal(granted.length, 1, `${when} operation ${operation}: one of the two gets it`);
        runs += 1;
        if (isOver && operation > 4) break;
      }
    }
  }
  assert.ok(runs > 20, `${runs} crash points`);
});

// Catches: a candidate that asks for votes, or counts its own, before its vote is on disk.
test('#4 A vote survives a crash: a candidate that dies before its own is on disk has asked nobody (Raft §5.2)', async () => {
  const one = await lone({ log: [1], term: 4 });
  const { world } = one;
  const b = puppet(one, 'b');
  world.disk('a').isHeld = true;
  await world.runUntil(() => toldOf(b, 'preVoteRequest').length > 0, 1_000);
  b.say('a', preVoteGranted(4));
  await world.runUntil(() => world.statusOf('a').role === 'candidate', 100);
  await world.run(50);
  assert.equal(toldOf(b, 'voteRequest').length, 0, 'not a word before the flush');

  world.disk('a').isHeld = false;
  await world.restart('a');
  await world.run(1);
  b.say('a', voteRequest(5, [1, 1]));
  await world.run(10);
  assert.equal(toldOf(b, 'voteGranted').length, 1, 'the vote of term 5 was never given');
});

// Catches: a vote cleared on any change of role, or by every append.
test('#6 Stepping down in the same term keeps the vote (etcd PR 2461, CCF PR 8094)', async () => {
  const candidate = await lone({ log: [1], term: 2 });
  const { world } = candidate;
  const [b, c] = [puppet(candidate, 'b'), puppet(candidate, 'c')];
  await world.runUntil(() => toldOf(b, 'preVoteRequest').length > 0, 1_000);
  b.say('a', preVoteGranted(2));
  await world.runUntil(() => toldOf(b, 'voteRequest').length > 0, 100);
  b.say('a', append(3, [1, 1], []));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'follower');
  // Past its loyalty to the leader, so that only the vote itself can speak against.
  await world.run(510);
  c.say('a', voteRequest(3, [9, 3]));
  await world.run(5);
  assert.equal(toldOf(c, 'voteGranted').length, 0);
  assert.equal(knowledge(candidate).votedFor, 'a');

  const voter = await lone({ log: [1], term: 3, votedFor: 'b' });
  puppet(voter, 'b').say('a', heartbeat(3));
  await voter.world.run(510);
  puppet(voter, 'c').say('a', voteRequest(3, [9, 3]));
  await voter.world.run(5);
  assert.equal(toldOf(puppet(voter, 'c'), 'voteGranted').length, 0);
  puppet(voter, 'c').say('a', voteRequest(4, [9, 3]));
  await voter.world.run(5);
  assert.equal(toldOf(puppet(voter, 'c'), 'voteGranted').length, 1, 'a new term, a new vote');
});

// Catches: support for a rival while the leader is alive (no check of §4.2.3), and a term raised by it.
test('a follower that hears its leader helps nobody to depose it (dissertation §4.2.3)', async () => {
  const one = await lone({ log: [1], term: 3 });
  const { world } = one;
  const c = puppet(one, 'c');
  puppet(one, 'b').say('a', heartbeat(3));
  await world.run(5);
  c.say('a', voteRequest(9, [9, 3]));
  c.say('a', preVoteRequest(9, [9, 3]));
  await world.run(20);
  assert.equal(toldOf(c, 'voteGranted').length + toldOf(c, 'preVoteGranted').length, 0);
  assert.equal(knowledge(one).term, 3);
  // Asked for by the leader itself, it is no intrusion (§3.10).
  c.say('a', voteRequest(9, [9, 3], true));
  await world.run(20);
  assert.equal(toldOf(c, 'voteGranted').length, 1);
});
