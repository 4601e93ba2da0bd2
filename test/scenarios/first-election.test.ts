import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { World } from '../world/world.ts';

const tenTimeoutsMs = 10 * limits.electionTimeoutMsMin;

for (const nodes of [1, 2, 3, 4, 5]) {
  // Catches: a cluster that never elects, nodes that disagree on who leads, a follower that does
  // not hand proposals on.
  test(`${nodes} fresh nodes elect one leader, and every one of them takes a proposal (Raft §5.2)`, async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const world = new World({ seed, nodes });
      const order = world.members.toSorted(() => world.chance.fraction() - 0.5);
      for (const node of order) {
        await world.start(node);
        await world.run(world.chance.integer(0, 100 / nodes));
      }
      await world.settle(tenTimeoutsMs);

      const statuses = world.members.map((node) => world.statusOf(node));
      assert.equal(new Set(statuses.map(({ term }) => term)).size, 1, 'one term');
      assert.equal(new Set(statuses.map(({ leader }) => leader)).size, 1, 'one leader');
      assert.equal(statuses.filter(({ role }) => role === 'leader').length, 1);

      const asked = world.members.map((node) => world.propose(node));
      await world.run(100);
      assert.deepEqual(
        asked.map(({ outcome }) => outcome?.end),
        world.members.map(() => 'committed'),
      );
      await world.calmDown();
    }
  });
}

/** `SPLIT_RUNS=1000` for the full count. */
const splitRuns = Number(process.env['SPLIT_RUNS'] ?? 150);

// Catches: patience that is drawn once and for all (rivals in lockstep), a draw too narrow for
// rivals to draw apart, votes of one round counted in the next.
test(`split votes resolve, in rounds that fall off geometrically (Raft §5.2; ${splitRuns} runs)`, async () => {
  const rounds: number[] = [];
  for (let seed = 1; seed <= splitRuns; seed += 1) {
    const world = new World({ seed, nodes: 4 });
    // So slow a network that two candidates often overlap.
    world.weather = { delayMs: [40, 120], lost: 0, doubled: 0 };
    await world.start();
    await world.elect(20_000);
    rounds.push(Math.max(...world.members.map((node) => world.statusOf(node).term)));
  }
  const atLeast = (count: number): number => rounds.filter((n) => n >= count).length;
  assert.ok(atLeast(2) > 0, 'some votes were split, or this test tests nothing');
  for (let n = 1; atLeast(n) >= 10; n += 1) {
    assert.ok(
      atLeast(n + 1) <= 0.6 * atLeast(n),
      `of ${atLeast(n)} runs with ${n} rounds ${atLeast(n + 1)} went on`,
    );
  }
  assert.ok(Math.max(...rounds) <= 8, `the longest took ${Math.max(...rounds)} rounds`);
});
