/** What those see who watch an instance and were away for longer than its history is kept. */
import assert from 'node:assert/strict';
import { test, vi } from 'vitest';
import { Subscriber } from './subscriber.ts';
import { settled } from './settled.ts';

const kept = vi.hoisted(() => 20);

vi.mock(import('../../machines/protocol/limits.ts'), async (original) => {
  const { limits } = await original();
  return { limits: Object.assign({}, limits, { historyEventsMax: kept }) };
});

// Catches: a gap that nobody is told of.
test('#45 Subscribers see one history: who was away too long is told so, and goes on from a state (etcd 17247)', async () => {
  const { world, leader, one } = await settled();
  const subscriber = new Subscriber();
  const happen = async (events: number): Promise<void> => {
    for (let n = 0; n < events; n += 1) world.propose(one);
    await world.run(50);
  };
  subscriber.connect(world.service(leader));
  await happen(10);
  subscriber.stopReading();
  await happen(3 * kept);
  subscriber.readOn();
  await happen(5);
  await world.restart(one);
  await world.settle();
  await happen(2 * kept);
  subscriber.connect(world.service(one));
  await happen(1);
  const counts = subscriber.seen.map(({ snapshot, resync }) => [snapshot?.context.count, resync]);
  // Each of these but the two after a gap is one more than the one before.
  const resyncs = counts.filter(([, resync]) => resync === true).map(([count]) => count);
  const first = 10 + 3 * kept;
  assert.deepEqual(resyncs, [first]);
  const each = counts.map(([count]) => count);
  const from = (low: number, high: number) =>
    Array.from({ length: high - low + 1 }, (_, n) => low + n);
  const last = first + 5 + 2 * kept;
  assert.deepEqual(each, [...from(1, 10), ...from(first, last + 1)]);
});
