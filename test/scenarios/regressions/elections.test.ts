/** What went wrong, once, between a vote and the winner's first word. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../../machines/protocol/limits.ts';
import { lone, toldOf } from '../../world/lone.ts';
import { preVoteRequest, voteRequest } from '../../world/messages.ts';
import { World } from '../../world/world.ts';

const timeoutMs = limits.electionTimeoutMsMin;

// Catches: a voter whose patience goes on as if it had heard nobody. While the winner's vote and
// its own were still being flushed, it stood itself, and so did the next, term after term.
test('who has granted a vote waits a full minimum election timeout before it stands (Raft §5.2)', async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { world, puppets } = await lone({ log: [1], term: 1 }, { seed });
    const [b, c] = [puppets['b'], puppets['c']];
    assert.ok(b && c);
    await world.run(seed * 40);
    const before = toldOf(b, 'preVoteRequest').length;
    b.say('a', voteRequest(2, [1, 1]));
    await world.run(5);
    assert.equal(toldOf(b, 'voteGranted').length, 1);
    assert.ok(
      world
        .core('a')
        .snapshot()
        .matches({ role: { follower: 'supporting' } }),
    );
    await world.run(timeoutMs - 10);
    assert.equal(toldOf(b, 'preVoteRequest').length, before, `seed ${seed}`);
    c.say('a', preVoteRequest(2, [1, 1]));
    await world.run(5);
    assert.equal(toldOf(c, 'preVoteGranted').length, 1, 'it is in nobody else’s way');
    await world.run(timeoutMs + 5);
    assert.ok(toldOf(b, 'preVoteRequest').length > before, 'nor does it wait for ever');
  }
});

// Catches: the same from afar: elections that fail one after the other, for half a minute, where a
// flush takes about as long as the patience that is left.
test('with flushes of 200 to 400 ms clusters have a leader within eight seconds, most within three (etcd 15247)', async () => {
  const took: number[] = [];
  for (let seed = 1; seed <= 15; seed += 1) {
    const world = new World({ seed, nodes: seed % 3 === 0 ? 5 : 3 });
    for (const node of world.members) {
      world.disk(node).flushMs = () => world.chance.integer(200, 400);
    }
    await world.start();
    await world.settle(8_000);
    took.push(world.nowMs);
  }
  const median = took.toSorted((a, b) => a - b)[(took.length - 1) / 2] ?? Infinity;
  assert.ok(median <= 3_000, took.join(' '));
});
