/** What those see who watch an instance. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex } from '../../machines/protocol/ids.ts';
import { Subscriber } from './subscriber.ts';
import { settled } from './settled.ts';

// Catches: a watch that goes back in time, loses or repeats events, on its way from node to node or
// when its client was slow for a while.
test('#45 Subscribers see one history, moving between nodes, without gap or repetition (etcd 15271, 17529, 18089)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world } = await settled({ seed });
    const subscribers = [1, 2, 3].map(() => new Subscriber());
    const move = (subscriber: Subscriber): void => {
      const node = world.chance.pick(world.members);
      if (world.isUp(node)) subscriber.connect(world.service(node));
    };
    subscribers.forEach(move);
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 4; n += 1) world.propose(world.chance.pick(world.members));
      await world.run(world.chance.integer(1, 120));
      move(world.chance.pick(subscribers));
      world.chance.pick(subscribers).stopReading();
      world.chance.pick(subscribers).readOn();
      if (world.chance.happens(0.3)) world.cut('a', world.chance.pick(['b', 'c']));
      if (world.chance.happens(0.3)) world.heal();
      if (world.chance.happens(0.3)) {
        const node = world.chance.pick(world.members);
        await world.restart(node, 'process');
        subscribers.forEach(move);
      }
    }
    await world.calmDown();
    const whole = world.service('a').eventsAfter('counter', 'k', toIndex(0));
    assert.ok(whole !== null && whole.length > 20);
    for (const subscriber of subscribers) {
      subscriber.connect(world.service('b'));
      assert.deepEqual(
        subscriber.seen.map(({ index }) => index),
        whole.map(({ index }) => index),
      );
      assert.ok(subscriber.seen.every(({ resync }) => resync === undefined));
      assert.deepEqual(
        subscriber.seen.map(({ snapshot }) => snapshot?.context.count),
        whole.map((_, n) => n + 1),
        'one transition each, in order',
      );
    }
  }
});
