import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Message } from '../../machines/protocol/messages.ts';
import { nodeId, toTerm } from '../../machines/protocol/ids.ts';
import { keepEverything, keepNothing } from '../../runtime/storage/power-cut.ts';
import type { Crash } from '../world/disk.ts';
import { crown, knowledge, lone, toldOf, type Lone } from '../world/lone.ts';
import {
  append,
  appendAccepted,
  appendRefused,
  heartbeat,
  heartbeatAck,
  preVoteGranted,
  preVoteRequest,
  voteGranted,
  voteRequest,
  type Place,
} from '../world/messages.ts';
import type { Puppet } from '../world/wires.ts';

const puppet = ({ puppets }: Lone, name: string): Puppet => {
  const found = puppets[name];
  assert.ok(found);
  return found;
};

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
  test(`a voter whose log ends (3, 7) ${isGranted ? 'grants' : 'refuses'} one that ends (${last[1]}, ${last[0]}) (Raft §5.4.1)`, async () => {
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
test('a vote survives a crash before and after every single write and flush (Raft §5)', async () => {
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
test('a candidate that crashes before its own vote is on disk has asked nobody (Raft §5.2)', async () => {
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

const stale: readonly Message[] = [1, 2, 3, 4].flatMap((term) => [
  voteRequest(term, [99, term]),
  voteGranted(term),
  { kind: 'voteRefused', term: toTerm(term) },
  append(term, [0, 0], []),
  append(term, [3, 2], [], 3),
  heartbeat(term, 3),
  heartbeatAck(term, 1),
  appendAccepted(term, 3),
  appendRefused(term, 3, [1, 1]),
  { kind: 'commit', term: toTerm(term), commitIndex: append(1, [0, 0], [], 3).commitIndex },
  { kind: 'timeoutNow', term: toTerm(term) },
]);

// Catches: a handler that does not compare terms: entries, commits, votes and acknowledgements of
// earlier terms taken for present ones.
test('stale messages change nothing on a follower, and requests learn the newer term (Raft §5.1)', async () => {
  const one = await lone({ log: [1, 2, 2], term: 5 });
  const { world } = one;
  const b = puppet(one, 'b');
  puppet(one, 'c').say('a', heartbeat(5));
  await world.run(5);
  const before = knowledge(one);
  for (const message of stale) b.say('a', message);
  await world.run(20);
  assert.deepEqual(knowledge(one), before);
  const answers = b.heard.map(({ message }) => message);
  assert.ok(
    answers.every((answer) => answer.term === 5),
    'answers carry the newer term',
  );
  assert.equal(answers.length, 4 * 4, 'to each vote request, append and heartbeat');
});

// Catches: votes of an earlier candidacy counted in the present one; late successes that move a
// new leader's match.
test('a late vote or success of an earlier term counts for nothing (little-raft 44, skiff 3)', async () => {
  const one = await lone({ log: [1, 2, 2], term: 5 }, { nodes: 5 });
  const { world } = one;
  const b = puppet(one, 'b');
  const c = puppet(one, 'c');
  await world.runUntil(() => toldOf(b, 'preVoteRequest').length > 0, 1_000);
  for (const name of ['b', 'c']) puppet(one, name).say('a', preVoteGranted(5));
  await world.runUntil(() => toldOf(b, 'voteRequest').length > 0, 100);
  b.say('a', voteGranted(6));
  await world.run(5);
  // That candidacy fails; in the next one the same votes are said again, late.
  await world.runUntil(() => world.statusOf('a').role === 'pre-candidate', 1_500);
  for (const name of ['b', 'c']) puppet(one, name).say('a', preVoteGranted(6));
  await world.runUntil(() => world.statusOf('a').role === 'candidate', 100);
  await world.run(5);
  for (const voter of [b, c, puppet(one, 'd'), puppet(one, 'e')]) voter.say('a', voteGranted(6));
  await world.run(20);
  assert.equal(world.statusOf('a').term, 7);
  assert.equal(
    world.statusOf('a').role,
    'candidate',
    'four votes of term 6 do not elect in term 7',
  );
  b.say('a', voteGranted(7));
  b.say('a', voteGranted(7));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'candidate', 'a repeated vote is one vote');
  c.say('a', voteGranted(7));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'leader');

  const noop = knowledge(one).lastIndex;
  for (const voter of [b, c]) voter.say('a', appendAccepted(6, noop));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 0, 'successes of term 6 commit nothing in term 7');
  for (const voter of [b, c]) voter.say('a', appendAccepted(7, noop));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, noop);
});

// Catches: a vote cleared on any change of role, or by every append.
test('stepping down in the same term keeps the vote (etcd PR 2461, CCF PR 8094)', async () => {
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

// Catches: a leader that never hears of a newer term, or writes on in its own after it has.
test('a leader that meets a newer term follows at once (Raft §5.1)', async () => {
  const one = await lone({ log: [1], term: 3 });
  const term = await crown(one);
  const { world } = one;
  const proposal = world.propose('a');
  await world.run(5);
  puppet(one, 'b').say('a', appendRefused(term + 3, 2, [1, 1]));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'follower');
  assert.equal(world.statusOf('a').term, term + 3);
  assert.equal(knowledge(one).votedFor, null);
  await world.run(6_000);
  assert.equal(proposal.outcome?.end, 'unknown', 'it stands in a log, so it may still happen');
  assert.equal(world.witness.leaderOf.get(toTerm(term)), nodeId('a'));
});
