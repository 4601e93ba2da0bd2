import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { nodeId, toTerm } from '../../machines/protocol/ids.ts';
import { keepEverything, keepNothing } from '../../runtime/storage/power-cut.ts';
import { crown, knowledge, lone, toldOf, type Lone } from '../world/lone.ts';
import {
  append,
  appendAccepted,
  appendRefused,
  heartbeat,
  voteRequest,
} from '../world/messages.ts';
import type { Gate, Puppet } from '../world/wires.ts';
import { World } from '../world/world.ts';

const leaderLog = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
const figure7: Readonly<Record<string, readonly number[]>> = {
  a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
  b: [1, 1, 1, 4],
  c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  e: [1, 1, 1, 4, 4, 4, 4],
  f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
};

const puppet = ({ puppets }: Lone, name: string): Puppet => {
  const found = puppets[name];
  assert.ok(found);
  return found;
};
const ofTerm = (term: number, count: number): readonly number[] =>
  Array.from({ length: count }, () => term);

/** Three nodes, of which `a` has the longest log by its last term, and `b` is to be repaired. */
async function repair(theirs: readonly number[], ours: readonly number[]) {
  const world = new World();
  const term = Math.max(...theirs, ...ours) + 1;
  const hardState = { term: toTerm(term), votedFor: null };
  await world.write('a', ours, hardState);
  await world.write('c', ours, hardState);
  await world.write('b', theirs, hardState);
  let appends = 0;
  world.onSent = (_, to, { kind }) => void (appends += kind === 'append' && to === 'b' ? 1 : 0);
  // The others alone elect, or the one to be repaired might win with the better log.
  await world.start('a', 'c');
  const leader = await world.elect();
  await world.start('b');
  const repairMs = world.nowMs;
  await world.settle();
  assert.deepEqual(world.termsOf('b'), world.termsOf(leader));
  return { world, appends, tookMs: world.nowMs - repairMs };
}

for (const [name, theirs] of Object.entries(figure7)) {
  // Catches: a conflict that is never found, entries kept behind it, or replication stuck.
  test(`a follower's log like (${name}) becomes the leader's (Raft §5.3, figure 7)`, async () => {
    const { world, appends } = await repair(theirs, leaderLog);
    assert.ok(appends < 20, `${appends} appends`);
    assert.deepEqual(world.termsOf('b').slice(0, leaderLog.length), leaderLog);
    await world.calmDown();
  });
}

// Catches: a search for the conflict entry by entry; a rejection with the wrong index.
test('10,000 divergent entries take round trips by their terms, not their number (openraft 6d53aa12)', async () => {
  const few = await repair([1, ...ofTerm(2, 10_000)], [1, ...ofTerm(3, 10_000)]);
  assert.ok(few.appends < 40, `${few.appends} appends for one divergent term`);
  assert.ok(few.tookMs < 1_000, `${few.tookMs} ms`);

  const odd = Array.from({ length: 20 }, (_, n) => ofTerm(2 * n + 3, 50)).flat();
  const even = Array.from({ length: 20 }, (_, n) => ofTerm(2 * n + 2, 50)).flat();
  const many = await repair([1, ...even], [1, ...odd]);
  assert.ok(many.appends < 80, `${many.appends} appends for 20 divergent terms`);
  await many.world.calmDown();
});

// Catches: entries of earlier terms committed by counting copies (LogCabin 44).
test('an entry of an earlier term on a majority is not committed by that (Raft §5.4.2, figure 8)', async () => {
  const one = await lone({ log: [1, 2], term: 3 }, { nodes: 5 });
  const { world } = one;
  const term = await crown(one);
  assert.equal(term, 4);
  for (const name of ['b', 'c']) puppet(one, name).say('a', appendAccepted(term, 2));
  await world.run(50);
  assert.equal(knowledge(one).commitIndex, 0, 'on three of five, and still not committed');
  const asking = world.propose('a');
  await world.run(50);
  assert.equal(asking.outcome, null);
  puppet(one, 'b').say('a', appendAccepted(term, 3));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 0, 'the first entry of term 4 is on two of five');
  puppet(one, 'c').say('a', appendAccepted(term, 3));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 3, 'and now everything before it is committed with it');
});

/** Nobody but this node can win an election. */
const onlyFor =
  (node: string): Gate =>
  (from, _, { kind }) =>
    from === node || (kind !== 'preVoteRequest' && kind !== 'voteRequest');

/** Figure 8 (c): `a` leads term 4 again; its old entry of term 2 is on `a`, `b` and `c`. */
async function figure8c(isTerm4Copied: boolean) {
  const world = new World({ nodes: 5 });
  const inTerm3 = { term: toTerm(3), votedFor: null };
  const pasts = { a: [1, 2], b: [1, 2], c: [1], d: [1], e: [1, 3] };
  for (const [node, terms] of Object.entries(pasts)) await world.write(node, terms, inTerm3);
  world.gate = (from, to, message) => {
    if (message.kind !== 'append') return onlyFor('a')(from, to, message);
    if (to === 'd') return false;
    const old = message.entries.filter(({ term }) => term < 4);
    return isTerm4Copied || old.length === message.entries.length || { ...message, entries: old };
  };
  await world.start('a', 'b', 'c', 'd');
  await world.runUntil(() => world.statusOf('a').role === 'leader', 20_000);
  await world.run(300);
  return world;
}

// Catches: the same on five real nodes; a leader that is told of copies and believes too much.
test('figure 8 (c) and (d): an old entry on a majority is not committed, and may be overwritten (Raft §5.4.2)', async () => {
  const world = await figure8c(false);
  const { matched } = world.core('a').snapshot().context;
  assert.deepEqual([matched[nodeId('b')], matched[nodeId('c')]], [2, 2], 'a knows of the copies');
  assert.equal(world.statusOf('a').commitIndex, 0);
  assert.deepEqual(world.termsOf('c'), [1, 2]);
  world.crash('a');
  await world.start('e');
  world.gate = onlyFor('e');
  await world.runUntil(() => world.statusOf('e').role === 'leader', 20_000);
  await world.run(200);
  assert.deepEqual(world.termsOf('b').slice(0, 2), [1, 3], 'nobody had been told otherwise');
  await world.calmDown();
});

// Catches: an election that looks at length or at the candidate's own term.
test('figure 8 (e): once an entry of term 4 is on a majority, nobody without it can win (Raft §5.4.2)', async () => {
  const world = await figure8c(true);
  assert.ok(world.statusOf('a').commitIndex >= 3);
  world.crash('a');
  await world.start('e');
  world.gate = onlyFor('e');
  await world.run(5_000);
  assert.ok(['follower', 'pre-candidate'].includes(world.statusOf('e').role));
  await world.calmDown();
  assert.deepEqual(world.termsOf('e').slice(0, 3), [1, 2, 4]);
});

// Catches: truncation for entries that are merely absent from a message (openraft 9540c904, CCF
// PR 6016), and invented acknowledgements.
test('late, repeated and short appends truncate nothing and prove no more than they say (Raft §5.3 rule 3)', async () => {
  const one = await lone({ log: ofTerm(1, 10), term: 2 });
  const { world } = one;
  const b = puppet(one, 'b');
  b.say('a', append(2, [10, 1], [], 8));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 8);
  const entry = (index: number) => world.entry(index, 1);
  const late = [
    append(2, [2, 1], [entry(3), entry(4)], 1),
    append(2, [5, 1], [], 3),
    append(2, [0, 0], [entry(1)], 0),
    append(2, [9, 1], [entry(10)], 8),
  ];
  b.heard.length = 0;
  const expected: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const message = world.chance.pick(late);
    expected.push(message.prev.index + message.entries.length);
    b.say('a', message);
    b.say('a', message);
    expected.push(message.prev.index + message.entries.length);
    await world.run(5);
    const { terms, commitIndex } = knowledge(one);
    assert.deepEqual(terms, ofTerm(1, 10));
    assert.equal(commitIndex, 8);
  }
  await world.run(20);
  assert.deepEqual(
    toldOf(b, 'appendAccepted').map(({ matchIndex }) => matchIndex),
    expected,
  );
  await world.restart('a');
  assert.deepEqual(knowledge(one).terms, ofTerm(1, 10), 'nor on disk');
});

// Catches: acknowledging one's own last index, which may be a rival's (CCF PR 6016); a commit index
// taken from a heartbeat beyond what is known to match.
test('a follower with a longer, conflicting log acknowledges what the message proves (CCF PR 2835)', async () => {
  const one = await lone({ log: [1, 1, 2, 2, 2, 2], term: 3 });
  const { world } = one;
  const b = puppet(one, 'b');
  b.say('a', heartbeat(3, 0));
  b.say('a', append(3, [2, 1], [], 2));
  await world.run(10);
  assert.deepEqual(
    toldOf(b, 'appendAccepted').map((m) => m.matchIndex),
    [2],
  );
  assert.equal(knowledge(one).commitIndex, 2);
  // The leader has committed up to 5 in its own log; of that this message proves 2.
  b.say('a', append(3, [1, 1], [world.entry(2, 1)], 5));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 2, 'entries 3 to 6 are a rival’s');
  b.say('a', append(3, [6, 3], [], 5));
  await world.run(10);
  const [refusal] = toldOf(b, 'appendRefused');
  assert.ok(refusal && refusal.prevIndex === 6 && refusal.hint.index >= 2);
  assert.equal(knowledge(one).commitIndex, 2);
  b.say('a', append(3, [2, 1], [world.entry(3, 3)], 5));
  await world.run(10);
  assert.deepEqual(knowledge(one).terms, [1, 1, 3]);
  assert.equal(knowledge(one).commitIndex, 3);
});

// Catches: rejections that move a match or a commit index; a match beyond the leader's own log;
// committed state lost on stepping down (CCF 5674).
test('a rejection moves nothing forward, and an ex-leader keeps what it committed (CCF 5674)', async () => {
  const one = await lone({ log: [1, 1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const [b, c] = [puppet(one, 'b'), puppet(one, 'c')];
  b.say('a', appendRefused(term, 3, [2, 1]));
  b.say('a', appendRefused(term, 99, [99, 99]));
  c.say('a', appendRefused(term, 3, [0, 0]));
  await world.run(20);
  assert.equal(knowledge(one).commitIndex, 0);
  b.say('a', appendAccepted(term, 3));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 3);
  const before = knowledge(one);
  b.say('a', heartbeat(term + 1, 0));
  await world.run(10);
  assert.equal(world.statusOf('a').role, 'follower');
  assert.equal(knowledge(one).commitIndex, 3);
  assert.deepEqual(knowledge(one).terms, before.terms);
});

// Catches: a follower that missed acknowledgements and is never sent to again (etcd PR 14633).
test('a follower whose acknowledgements are all lost for a while is sent to again (replicate_pause.txt)', async () => {
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
test('a follower that misses the last commit notice learns of it with the next heartbeat (lagging_commit.txt)', async () => {
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
test('a lost append is made good within a heartbeat or two (probing and streaming)', async () => {
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

// Catches: a completion that counts for whatever stands at its index now (etcd-io/raft, ABA).
test('a flush counts for the very entries it wrote, whatever stands there since (aba_race.txt)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const [b, c] = [puppet(one, 'b'), puppet(one, 'c')];
  const disk = world.disk('a');
  b.say('a', append(2, [1, 1], [world.entry(2, 2), world.entry(3, 2)]));
  await world.run(10);
  b.heard.length = 0;
  disk.isHeld = true;
  b.say('a', append(2, [3, 2], [world.entry(4, 2), world.entry(5, 2)]));
  await world.run(5);
  c.say('a', append(3, [1, 1], [world.entry(2, 3), world.entry(3, 3)]));
  await world.run(5);
  b.say('a', append(4, [1, 1], [world.entry(2, 4)]));
  await world.run(5);
  assert.equal(toldOf(b, 'appendAccepted').length + toldOf(c, 'appendAccepted').length, 0);
  assert.deepEqual(knowledge(one).terms, [1, 4]);
  disk.release();
  await world.run(20);
  assert.deepEqual(
    toldOf(b, 'appendAccepted').map((m) => [m.term, m.matchIndex]),
    [
      [2, 5],
      [4, 2],
    ],
  );
  assert.deepEqual(
    toldOf(c, 'appendAccepted').map((m) => [m.term, m.matchIndex]),
    [[3, 3]],
  );
  await world.restart('a', keepNothing);
  assert.deepEqual(knowledge(one).terms, [1, 4]);
});

// Catches: a self-acknowledgement counted though the term, or the entry, is no longer the same
// (TestLeaderMsgAppSelfAckAfterTermChange).
test('a deposed leader’s own late flush commits nothing, then or when it leads again (etcd-io/raft)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const [b, c] = [puppet(one, 'b'), puppet(one, 'c')];
  const disk = world.disk('a');
  await world.run(20);
  disk.isHeld = true;
  for (let n = 0; n < 5; n += 1) world.propose('a');
  await world.run(10);
  // Another leader replaces them all before they are on disk.
  b.say('a', append(term + 1, [1, 1], [world.entry(2, term + 1)]));
  await world.run(10);
  disk.isHeld = false;
  disk.flushMs = () => 400;
  disk.release();
  await world.run(500);
  assert.equal(knowledge(one).commitIndex, 0);
  const again = await crown(one);
  c.say('a', appendAccepted(again, 2));
  await world.run(1);
  assert.equal(knowledge(one).commitIndex, 0, 'its first entry of this term is on no majority yet');
  assert.deepEqual(knowledge(one).terms.slice(0, 3), [1, term + 1, again]);
});

// Catches: removal and append that are not one step on disk.
test('a crash during the replacement of entries leaves the old log, or the new one, or a prefix that lost nothing acknowledged (Raft §5.3)', async () => {
  for (const how of [keepNothing, keepEverything, 'process'] as const) {
    for (let operation = 1; operation <= 4; operation += 1) {
      const one = await lone({ log: [1, 1, 2, 2, 2], term: 3 });
      const { world } = one;
      const disk = world.disk('a');
      const first = disk.operations;
      const b = puppet(one, 'b');
      disk.intercept = (now) => {
        if (now - first !== operation) return false;
        world.crashSoon('a', how);
        return true;
      };
      b.say('a', append(3, [1, 1], [world.entry(2, 3), world.entry(3, 3)], 1));
      await world.run(60);
      disk.intercept = () => false;
      const isAcknowledged = toldOf(b, 'appendAccepted').length > 0;
      if (!world.isUp('a')) await world.start('a');
      const { terms } = knowledge(one);
      const possible = ['1,1,2,2,2', '1,3', '1,3,3'];
      assert.ok(possible.includes(terms.join()), terms.join());
      if (isAcknowledged) assert.equal(terms.join(), '1,3,3');
      await world.run(1);
      b.say('a', voteRequest(4, [9, 3], true));
      await world.run(20);
      assert.equal(toldOf(b, 'voteGranted').length, 1);
    }
  }
});
