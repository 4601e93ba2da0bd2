import assert from 'node:assert/strict';
import { test } from 'vitest';
import { settled } from '../scenarios/settled.ts';

// Catches: a way that is whole again as soon as one of two things that are wrong with it is over.
for (const carrier of ['frames and doors', 'sockets'] as const) {
  for (const over of ['the cut', 'the hold'] as const) {
    test(`a way that is both cut and held back carries nothing until both are over: ${carrier}, ${over} first`, async () => {
      const { world, leader, one } = await settled({ carrier });
      const mend = (): void => world.mend(leader, one);
      const letGo = (): void => world.letGo(leader, one);
      const arrives = async (): Promise<boolean> => {
        world.propose(leader);
        await world.run(50);
        const { lastIndex } = world.statusOf(leader);
        return world.statusOf(one).lastIndex === lastIndex;
      };
      assert.ok(await arrives());
      world.cut(leader, one, 'one');
      world.holdBack(leader, one);
      assert.ok(!(await arrives()));
      (over === 'the cut' ? mend : letGo)();
      assert.ok(!(await arrives()));
      (over === 'the cut' ? letGo : mend)();
      await world.settle();
      assert.ok(await arrives());
      assert.equal(world.leader(), leader);
    });
  }
}
