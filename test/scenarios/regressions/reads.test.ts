/** What went wrong, once, between a node that asks for a read index and the leader it asks. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { slotMs } from '../../../machines/proposals.ts';
import { lone, toldOf } from '../../world/lone.ts';
import { append, heartbeat } from '../../world/messages.ts';
import type { Puppet } from '../../world/wires.ts';

/** `a` follows `b` in term 1, and has applied what there is. */
async function following() {
  const one = await lone({ log: [1], term: 1 });
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  b.say('a', append(1, [1, 1], [], 1));
  await one.world.run(5);
  return { world: one.world, b, c };
}

const questionsTo = (leader: Puppet): number[] =>
  toldOf(leader, 'readIndexRequest').map(({ readId }) => readId);

const granted = (readId: number, index: number) =>
  ({ kind: 'readIndexGranted', term: toTerm(1), readId, index: toIndex(index) }) as const;
const turnedAway = (readId: number) =>
  ({ kind: 'readIndexRefused', term: toTerm(1), readId }) as const;

// Catches: questions numbered from one in every life of a node. The leader answered the first of
// the last life while the first of this one was open, with an index from before what the reader knew.
test('an answer to a question of an earlier life of a node is no answer in its next (dissertation §6.4)', async () => {
  const { world, b } = await following();
  world.read('a');
  await world.run(5);
  const [early = 0] = questionsTo(b);
  assert.notEqual(early, 0);

  await world.restart('a');
  await world.run(5);
  b.say('a', heartbeat(1, 1));
  await world.run(5);
  const read = world.read('a', { key: 'written' });
  await world.run(5);
  const [, own = 0] = questionsTo(b);
  assert.notEqual(own, early);
  b.say('a', granted(early, 0));
  await world.run(5);
  assert.equal(read.answer, null);
  b.say('a', granted(own, 1));
  await world.run(5);
  assert.ok(read.answer !== null && !('end' in read.answer));
});

// Catches: a refused reader that asks again in the same breath: with a leader that has stepped
// down unnoticed, thousands of questions a second.
test('a reader that is turned away asks again with a pause', async () => {
  const { world, b } = await following();
  const read = world.read('a', { key: 'written' });
  const answered = new Set<number>();
  let beatMs = world.nowMs;
  const untilMs = world.nowMs + 1_000;
  while (world.nowMs < untilMs) {
    for (const readId of questionsTo(b)) {
      if (answered.has(readId)) continue;
      answered.add(readId);
      b.say('a', turnedAway(readId));
    }
    if (world.nowMs - beatMs >= limits.heartbeatIntervalMs) {
      b.say('a', heartbeat(1, 1));
      beatMs = world.nowMs;
    }
    await world.run(1);
  }
  assert.equal(read.answer, null);
  assert.ok(answered.size > 2, 'it does not give up');
  assert.ok(answered.size <= 1_000 / slotMs + 1, `${answered.size} questions in a second`);
});

// Catches: open questions that wait for a lost answer, and refused ones for their pause, while a
// new leader could be asked at once.
test('questions that are open, or were turned away, are put to a new leader at once', async () => {
  const { world, b, c } = await following();
  const refused = world.read('a', { key: 'written' });
  await world.run(5);
  const open = world.read('a', { key: 'written' });
  await world.run(5);
  const [first = 0, second = 0] = questionsTo(b);
  assert.notEqual(second, 0);
  // Right after a tick, so that the next one is not what helps them.
  await world.run(slotMs - (world.nowMs % slotMs) + 1);
  b.say('a', turnedAway(first));
  await world.run(2);
  c.say('a', heartbeat(2));
  await world.run(5);
  const [readId = 0, ...more] = questionsTo(c);
  assert.notEqual(readId, 0);
  assert.deepEqual(more, [], 'one question for both');
  c.say('a', { kind: 'readIndexGranted', term: toTerm(2), readId, index: toIndex(1) });
  await world.run(5);
  for (const { answer } of [refused, open]) assert.ok(answer !== null && !('end' in answer));
});
