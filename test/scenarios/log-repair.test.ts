/** A new leader makes every log like its own. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toTerm } from '../../machines/protocol/ids.ts';
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
  let refusals = 0;
  world.onSent = (from, to, { kind }) => {
    if (kind === 'append' && to === 'b') appends += 1;
    if (kind === 'appendRefused' && from === 'b') refusals += 1;
  };
  // The others alone elect, or the one to be repaired might win with the better log.
  await world.start('a', 'c');
  const leader = await world.elect();
  await world.start('b');
  const repairMs = world.nowMs;
  await world.settle();
  assert.deepEqual(world.termsOf('b'), world.termsOf(leader));
  return { world, appends, refusals, tookMs: world.nowMs - repairMs };
}

for (const [name, theirs] of Object.entries(figure7)) {
  // Catches: a conflict that is never found, entries kept behind it, or replication stuck.
  test(`#15 Repairing every kind of follower log: one like (${name}) of figure 7 becomes the leader's (Raft §5.3, TestLeaderSyncFollowerLog)`, async () => {
    const { world, appends } = await repair(theirs, leaderLog);
    assert.ok(appends < 20, `${appends} appends`);
    assert.deepEqual(world.termsOf('b').slice(0, leaderLog.length), leaderLog);
    await world.calmDown();
  });
}

// Catches: a search for the conflict entry by entry; a rejection with the wrong index, on which
// replication is stuck for ever.
test('#15 Repairing every kind of follower log: 10,000 divergent entries take round trips by their terms, not their number (openraft 6d53aa12, TestFastLogRejection)', async () => {
  const trips: number[] = [];
  for (const entries of [10, 1_000, 10_000]) {
    const one = await repair([1, ...ofTerm(2, entries)], [1, ...ofTerm(3, entries)]);
    trips.push(one.refusals);
    // All that is to be sent goes out in parallel, so it is the search that takes the time.
    assert.ok(one.tookMs < 1_000, `${one.tookMs} ms`);
  }
  assert.equal(new Set(trips).size, 1, `${trips.join(' ')} refusals`);

  for (const terms of [2, 5, 20, 40]) {
    const each = Array.from({ length: terms }, (_, n) => n);
    const odd = each.flatMap((n) => ofTerm(2 * n + 3, 50));
    const even = each.flatMap((n) => ofTerm(2 * n + 2, 50));
    const { world, refusals } = await repair([1, ...even], [1, ...odd]);
    assert.ok(refusals <= terms + 2, `${refusals} refusals for ${terms} divergent terms`);
    await world.calmDown();
  }
});
