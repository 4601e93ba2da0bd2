/** From nothing to a leader. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { chance } from '../world/random.ts';
import { World } from '../world/world.ts';

const tenTimeoutsMs = 10 * limits.electionTimeoutMsMin;

/** Every order in which they can start; of five, some. */
function orders(members: readonly string[], seed: number): readonly (readonly string[])[] {
  if (members.length > 4) {
    const dice = chance(seed, 'order');
    return Array.from({ length: 24 }, () => members.toSorted(() => dice.fraction() - 0.5));
  }
  if (members.length < 2) return [members];
  return members.flatMap((first) =>
    orders(
      members.filter((member) => member !== first),
      seed,
    ).map((rest) => [first, ...rest]),
  );
}

for (const nodes of [1, 2, 3, 4, 5]) {
  // Catches: a cluster that never elects, nodes that disagree on who leads or in which term, a
  // follower that does not hand proposals on.
  test(`#1 The first election: ${nodes} fresh nodes, started in any order, elect one leader, and every one takes a write (Raft §5.2, TestLeaderElectionInOneRoundRPC)`, async () => {
    const members = ['a', 'b', 'c', 'd', 'e'].slice(0, nodes);
    for (const [nth, order] of orders(members, nodes).entries()) {
      const world = new World({ seed: nth + 1, nodes });
      for (const node of order) {
        await world.start(node);
        await world.run(world.chance.integer(0, 100 / nodes));
      }
      await world.settle(tenTimeoutsMs - world.nowMs);

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
