/** One node of three makes something else of the log, in bad weather: it is found out, and nobody else. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { fickleWorld } from './fickle.ts';

for (let seed = 1; seed <= 8; seed += 1) {
  test(`in storm ${seed}`, async () => {
    const { world, biasOf } = await fickleWorld({ seed });
    const { pick, integer, happens } = world.chance;
    const bad = pick(world.members);
    const isFoundOut = (node: NodeId): boolean =>
      world.isUp(node) && world.statusOf(node).quarantined !== null;
    world.weather = { delayMs: [1, 30], lost: 0.1, doubled: 0.1 };
    let foundOut = 0;
    for (let nth = 0; nth < 60; nth += 1) {
      if (nth === 10) biasOf(bad).add = 1;
      const node = pick(world.members);
      if (world.isUp(node)) {
        const event = { type: pick(['ADD', 'NOTE', 'WAIT']), by: 1, hand: `h${integer(0, 3)}` };
        world.propose(node, event, { machine: 'fickle', key: `k${integer(0, 5)}` });
      }
      // Nobody is away for so long that the leader alone would have to be believed.
      if (happens(0.1) && world.members.every((member) => world.isUp(member))) {
        const victim = pick(world.members);
        world.crash(victim);
        await world.run(integer(100, 1_000));
        await world.start(victim);
      }
      await world.run(integer(0, 400));
      for (const member of world.members) {
        if (!isFoundOut(member)) continue;
        assert.equal(member, bad, world.statusOf(member).quarantined?.message);
        foundOut += 1;
      }
    }
    await world.calmDown();
    await world.runUntil(() => isFoundOut(bad), 20_000);
    await world.runUntil(() => world.leader() !== bad && world.leader() !== null, 20_000);
    assert.ok(foundOut > 0, 'long before the calm');
    assert.deepEqual(world.members.filter(isFoundOut), [bad]);
  });
}
