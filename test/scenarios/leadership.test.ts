import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { crown, lone, toldOf } from '../world/lone.ts';
import { appendAccepted, heartbeatAck } from '../world/messages.ts';
import { World } from '../world/world.ts';

const timeoutMs = limits.electionTimeoutMsMin;

async function cluster(options: ConstructorParameters<typeof World>[0] = {}) {
  const world = new World(options);
  await world.start();
  const leader = await world.settle();
  const others = world.members.filter((member) => member !== leader);
  return { world, leader, others };
}

/** The longest time in which nothing that was proposed at `node` got committed. */
async function longestGapMs(world: World, node: string, forMs: number): Promise<number> {
  const untilMs = world.nowMs + forMs;
  let latestMs = world.nowMs;
  let longestMs = 0;
  while (world.nowMs < untilMs) {
    const asking = world.propose(node);
    await world.run(20);
    if (asking.outcome?.end === 'committed') latestMs = world.nowMs;
    longestMs = Math.max(longestMs, world.nowMs - latestMs);
  }
  return longestMs;
}

// Catches: no check-quorum: a leader that believes in itself for ever, and requests that hang.
test('a leader without followers steps down, refuses reads and points elsewhere (dissertation §6.2)', async () => {
  const { world, leader, others } = await cluster();
  const [other = ''] = others;
  world.isolate(leader);
  const cutMs = world.nowMs;
  const placed = world.propose(leader);
  const early = world.read(leader);
  await world.runUntil(() => world.statusOf(leader).role !== 'leader', 2 * timeoutMs + 100);
  assert.ok(world.nowMs - cutMs <= 2 * timeoutMs + 100);

  const late = world.propose(leader);
  const read = world.read(leader);
  await world.elect();
  assert.notEqual(world.leader(), leader);
  const elsewhere = world.propose(other);
  await world.run(5_200);
  assert.equal(elsewhere.outcome?.end, 'committed');
  assert.equal(placed.outcome?.end, 'unknown', 'it stands in the old leader’s log');
  assert.ok(late.outcome?.end === 'refused' && late.outcome.code === 'no-leader');
  for (const { answer } of [early, read]) {
    assert.ok(answer !== null && 'end' in answer && answer.code === 'no-leader');
  }
  world.heal();
  await world.run(1_000);
  assert.equal(world.statusOf(leader).leader, world.leader(), 'it learns of the new leader');
  await world.calmDown();
});

// Catches: check-quorum that counts wrongly (all instead of a majority, or forgets to begin anew).
test('with a majority reachable a leader stays (TestLeaderStepdownWhenQuorumActive)', async () => {
  for (const nodes of [3, 4, 5]) {
    const { world, leader, others } = await cluster({ nodes });
    const { term } = world.statusOf(leader);
    const kept = Math.floor(nodes / 2);
    for (const other of others.slice(kept)) world.cut(leader, other);
    // Those cut off must not be able to elect somebody else among themselves.
    for (const one of others.slice(0, kept))
      for (const other of others.slice(kept)) world.cut(one, other);
    for (let n = 0; n < 25; n += 1) {
      world.propose(leader);
      await world.run(200);
      assert.equal(world.statusOf(leader).role, 'leader');
    }
    assert.equal(world.statusOf(leader).term, term);
    await world.calmDown();
  }
});

// Catches: no pre-vote: terms that grow in solitude and depose the leader on return.
test('an isolated follower rejoins quietly (dissertation §9.6)', async () => {
  const { world, leader, others } = await cluster();
  const [follower = ''] = others;
  const { term } = world.statusOf(leader);
  world.isolate(follower);
  assert.ok((await longestGapMs(world, leader, 6_000)) < 200);
  assert.equal(world.statusOf(follower).term, term, 'its term did not grow while it was alone');
  world.heal();
  assert.ok((await longestGapMs(world, leader, 3_000)) < 200);
  assert.equal(world.leader(), leader);
  assert.equal(world.statusOf(leader).term, term);
  await world.calmDown();
});

// Catches: no pre-vote, or a pre-vote that raises terms, or one granted while a leader is heard.
test('a slow follower does not depose the leader (TestDisruptiveFollowerPreVote)', async () => {
  const { world, leader, others } = await cluster();
  const [slow = ''] = others;
  const { term } = world.statusOf(leader);
  // What the leader says reaches it more than an election timeout late; what it says is on time.
  for (let round = 0; round < 12; round += 1) {
    world.holdBack(leader, slow);
    world.propose(leader);
    await world.run(1_300);
    world.letGo(leader, slow);
    await world.run(50);
  }
  assert.equal(world.leader(), leader);
  assert.equal(world.statusOf(leader).term, term);
  assert.equal(world.statusOf(slow).term, term);
  await world.calmDown();
});

// Catches: election livelock between a node that cannot hear the leader and those that can.
test('one broken link, between the leader and one follower, stops nobody else (Cloudflare 2020)', async () => {
  for (const ways of ['both', 'toFollower', 'toLeader'] as const) {
    const { world, leader, others } = await cluster();
    const [away = '', near = ''] = others;
    const before = world.witness.leaderOf.size;
    if (ways === 'both') world.cut(leader, away);
    else if (ways === 'toFollower') world.cut(leader, away, 'one');
    else world.cut(away, leader, 'one');
    const gap = await longestGapMs(world, near, 10_000);
    assert.ok(gap < 4 * timeoutMs, `${ways}: ${gap} ms without a write`);
    assert.ok(world.witness.leaderOf.size - before <= 4, `${world.witness.leaderOf.size} leaders`);
    await world.calmDown();
  }
});

// Catches: a leader that can speak but not hear, or hear but not speak, and stays.
test('a leader that can only speak, or only hear, makes way (cockroach PR 104042)', async () => {
  for (const deaf of [true, false]) {
    const { world, leader, others } = await cluster({ nodes: 5 });
    for (const other of others) {
      if (deaf) world.cut(other, leader, 'one');
      else world.cut(leader, other, 'one');
    }
    await world.runUntil(() => ![null, leader].includes(world.leader()), 5_000);
    const asking = world.propose(others[0] ?? '');
    await world.run(1_000);
    assert.equal(asking.outcome?.end, 'committed');
    await world.calmDown();
  }
});

// Catches: pre-vote and check-quorum that stall each other when a term was raised elsewhere.
test('a node left behind in an older term, or ahead in a newer one, rejoins and all go on (raft-rs PR 84)', async () => {
  const { world, leader, others } = await cluster({ nodes: 3 });
  const [behind = '', other = ''] = others;
  world.isolate(behind);
  await world.restart(leader);
  await world.elect();
  await world.restart(other);
  await world.elect();
  world.heal();
  await world.settle(5_000);
  assert.equal(new Set(world.members.map((node) => world.statusOf(node).term)).size, 1);
  await world.calmDown();
});

// Catches: a handover that loses proposals, or waits for a dead heir for ever.
test('leadership moves to an up-to-date node in a fraction of a timeout, under load (dissertation §3.10)', async () => {
  const { world, leader, others } = await cluster();
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
test('a transfer to a dead node is abandoned, and writes resume (TestLeaderTransferTimeout)', async () => {
  const { world, leader, others } = await cluster();
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

// Catches: stops that lose answers or leave the others waiting out their patience.
test('a rolling restart under load, the leader last, loses nothing and stops writes only briefly (hashicorp/raft GH-581)', async () => {
  const { world, leader, others } = await cluster();
  for (const node of [...others, leader]) {
    if (world.leader() === node) {
      world.transfer(node);
      await world.runUntil(() => world.leader() !== node && world.leader() !== null, timeoutMs);
    }
    const staying = world.members.filter((member) => member !== node);
    for (let n = 0; n < 5; n += 1) world.propose(staying[n % 2] ?? '');
    await world.stop(node);
    assert.ok((await longestGapMs(world, staying[0] ?? '', 500)) < timeoutMs / 2);
    await world.start(node);
    await world.settle();
  }
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  await world.calmDown();
});

// Catches: heartbeats, or the acknowledgement of them, that wait behind a flush.
test('slow flushes on the leader cause no election, and batching keeps writes going (etcd 15247)', async () => {
  const { world, leader } = await cluster();
  const { term } = world.statusOf(leader);
  world.disk(leader).flushMs = () => world.chance.integer(30, 600);
  for (let n = 0; n < 150; n += 1) {
    for (const node of world.members) world.propose(node);
    await world.run(20);
  }
  await world.run(1_500);
  assert.equal(world.statusOf(leader).term, term);
  assert.equal(world.leader(), leader);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  const slowestMs = Math.max(...world.asked.map(({ askedMs, endedMs }) => endedMs - askedMs));
  assert.ok(slowestMs < 300, `the followers' disks are a majority, so ${slowestMs} ms is too long`);
  await world.calmDown();
});

// Catches: acknowledgements of heartbeats, hence leadership, that depend on followers' disks.
test('slow flushes on every node slow writes down and change no leader (etcd 15247)', async () => {
  const { world, leader } = await cluster();
  const { term } = world.statusOf(leader);
  for (const node of world.members) world.disk(node).flushMs = () => world.chance.integer(30, 600);
  for (let n = 0; n < 100; n += 1) {
    for (const node of world.members) world.propose(node);
    await world.run(30);
  }
  await world.run(2_500);
  assert.equal(world.statusOf(leader).term, term);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  await world.calmDown();
});

// Catches: an acknowledgement of a heartbeat that waits behind the follower's own flush.
test('followers whose flushes take longer than a timeout still keep their leader (etcd 15247)', async () => {
  const { world, leader, others } = await cluster();
  const { term } = world.statusOf(leader);
  for (const other of others) world.disk(other).flushMs = () => 3 * timeoutMs;
  for (let n = 0; n < 100; n += 1) {
    world.propose(leader, undefined, { timeoutMs: 20_000 });
    await world.run(50);
    assert.equal(world.statusOf(leader).role, 'leader');
  }
  await world.run(15 * timeoutMs);
  assert.equal(world.statusOf(leader).term, term);
  assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
  await world.calmDown();
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
