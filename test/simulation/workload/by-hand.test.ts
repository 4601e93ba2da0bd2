import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor } from 'xstate';
import { chance } from '../../world/random.ts';
import { viewOf } from './by-hand.ts';
import { loadNames, loadsByName } from './loads.ts';

const lives = 300;
const eventsPerLife = 40;

// XState itself, and not the engine on top of it, which the simulation puts to the test.
test.each(loadNames)('what is said of the %s by hand is what XState does', (name) => {
  const { byHand, machine, draw, flaw } = loadsByName(name);
  const dice = chance(1, name);
  for (let life = 0; life < lives; life += 1) {
    const actor = createActor(machine).start();
    let standing = byHand.start;
    for (let nth = 0; nth < eventsPerLife; nth += 1) {
      const event = draw(dice, nth);
      const mayTake = actor.getSnapshot().can(event);
      actor.send(event);
      const next = byHand.take(standing, event);
      assert.equal(next !== null, mayTake, `${JSON.stringify(standing)} ${JSON.stringify(event)}`);
      standing = next ?? standing;
      const { status, value, context } = actor.getSnapshot();
      assert.deepEqual(viewOf(standing), { status, value, context }, JSON.stringify(event));
      assert.equal(flaw(viewOf(standing)), null);
    }
  }
});
