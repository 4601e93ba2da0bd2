/** Keeping a leader while it leads, and no longer. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { toTerm } from '../../machines/protocol/ids.ts';
import { World } from '../world/world.ts';
import { longestGapMs } from './longest-gap.ts';
import { settled } from './settled.ts';

const timeoutMs = limits.electionTimeoutMsMin;

// Catches: no check-quorum: a leader that believes in itself for ever, and requests that hang.
test('#8 A leader without followers steps down, refuses reads and points elsewhere (dissertation §6.2)', async () => {
  const { world, leader, others } = await settled();
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
test('#8 A leader without followers steps down, and one with a majority stays (TestLeaderStepdownWhenQuorumActive)', async () => {
  for (const nodes of [3, 4, 5]) {
    const { world, leader, others } = await settled({ nodes });
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
test('#9 An isolated follower rejoins quietly (dissertation §9.6)', async () => {
  const { world, leader, others } = await settled();
  const [follower = ''] = others;
  const { term } = world.statusOf(leader);
  world.isolate(follower);
  assert.ok((await longestGapMs(world, [leader], 6_000)) < 200);
  assert.equal(world.statusOf(follower).term, term, 'its term did not grow while it was alone');
  world.heal();
  assert.ok((await longestGapMs(world, world.members, 3_000)) < 200);
  assert.equal(world.leader(), leader);
  assert.equal(world.statusOf(leader).term, term);
  await world.calmDown();
});

// Catches: no pre-vote, or a pre-vote that raises terms, or one granted while a leader is heard.
test('#10 A slow follower does not depose the leader (TestDisruptiveFollowerPreVote)', async () => {
  const { world, leader, others } = await settled();
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
test('#13 Broken triangle: without the link between leader and one follower nobody else stops (Cloudflare 2020)', async () => {
  for (const ways of ['both', 'toFollower', 'toLeader'] as const) {
    const { world, leader, others } = await settled();
    const [away = '', near = ''] = others;
    const before = world.witness.leaderOf.size;
    if (ways === 'both') world.cut(leader, away);
    else if (ways === 'toFollower') world.cut(leader, away, 'one');
    else world.cut(away, leader, 'one');
    const gap = await longestGapMs(world, [leader, near], 10_000);
    assert.ok(gap < 4 * timeoutMs, `${ways}: ${gap} ms without a write`);
    assert.ok(world.witness.leaderOf.size - before <= 4, `${world.witness.leaderOf.size} leaders`);
    await world.calmDown();
  }
});

// Catches: a leader that can speak but not hear, or hear but not speak, and stays.
test('a leader that can only speak, or only hear, makes way (cockroach PR 104042)', async () => {
  for (const deaf of [true, false]) {
    const { world, leader, others } = await settled({ nodes: 5 });
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
  const { world, leader, others } = await settled({ nodes: 3 });
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

// Catches: pre-vote in which nobody learns of a newer term: who could win is refused as being
// behind, and who is ahead cannot win.
test('a node in an older term that alone holds the whole log learns of the newer one, and leads (TestNodeWithSmallerTermCanCompleteElection)', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const world = new World({ seed });
    await world.write('a', [1, 1], { term: toTerm(1), votedFor: null });
    await world.write('b', [1], { term: toTerm(5), votedFor: null });
    await world.start('a', 'b');
    await world.runUntil(() => world.leader() === 'a', 10 * timeoutMs);
    assert.ok(world.statusOf('a').term > 5);
    await world.calmDown();
  }
});
