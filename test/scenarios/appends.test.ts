/** What an append proves, what it removes, and what it leaves alone. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { keepEverything, keepNothing } from '../../runtime/storage/power-cut.ts';
import { crown, knowledge, lone, toldOf } from '../world/lone.ts';
import {
  append,
  appendAccepted,
  appendRefused,
  heartbeat,
  voteRequest,
} from '../world/messages.ts';
import { puppet } from './puppet.ts';

const ofTerm = (term: number, count: number): readonly number[] =>
  Array.from({ length: count }, () => term);

// Catches: truncation for entries that are merely absent from a message (openraft 9540c904, CCF
// PR 6016), and invented acknowledgements.
test('#17 Late, repeated and short appends never truncate, and prove no more than they say (Raft §5.3 rule 3, CCF PR 6016)', async () => {
  const one = await lone({ log: ofTerm(1, 10), term: 2 });
  const { world } = one;
  const b = puppet(one, 'b');
  b.say('a', append(2, [10, 1], [], 8));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 8);
  const entry = (index: number) => world.entry(index, 1);
  const late = [
    append(2, [2, 1], [entry(3), entry(4)], 1),
    append(2, [5, 1], [], 3),
    append(2, [0, 0], [entry(1)], 0),
    append(2, [9, 1], [entry(10)], 8),
  ];
  b.heard.length = 0;
  const expected: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const message = world.chance.pick(late);
    expected.push(message.prev.index + message.entries.length);
    b.say('a', message);
    b.say('a', message);
    expected.push(message.prev.index + message.entries.length);
    await world.run(5);
    const { terms, commitIndex } = knowledge(one);
    assert.deepEqual(terms, ofTerm(1, 10));
    assert.equal(commitIndex, 8);
  }
  await world.run(20);
  assert.deepEqual(
    toldOf(b, 'appendAccepted').map(({ matchIndex }) => matchIndex),
    expected,
  );
  await world.restart('a');
  assert.deepEqual(knowledge(one).terms, ofTerm(1, 10), 'nor on disk');
});

// Catches: removal and append that are not one step on disk.
test('#17 Late, repeated and short appends never truncate: what does replaces entries in one step, also across a crash (Raft §5.3, openraft 9540c904)', async () => {
  for (const how of [keepNothing, keepEverything, 'process'] as const) {
    for (let operation = 1; operation <= 4; operation += 1) {
      const one = await lone({ log: [1, 1, 2, 2, 2], term: 3 });
      const { world } = one;
      const disk = world.disk('a');
      const first = disk.operations;
      const b = puppet(one, 'b');
      disk.intercept = (now) => {
        if (now - first !== operation) return false;
        world.crashSoon('a', how);
        return true;
      };
      b.say('a', append(3, [1, 1], [world.entry(2, 3), world.entry(3, 3)], 1));
      await world.run(60);
      disk.intercept = () => false;
      const isAcknowledged = toldOf(b, 'appendAccepted').length > 0;
      if (!world.isUp('a')) await world.start('a');
      const { terms } = knowledge(one);
      const possible = ['1,1,2,2,2', '1,3,3'];
      assert.ok(possible.includes(terms.join()), terms.join());
      if (isAcknowledged) assert.equal(terms.join(), '1,3,3');
      await world.run(1);
      b.say('a', voteRequest(4, [9, 3], true));
      await world.run(20);
      assert.equal(toldOf(b, 'voteGranted').length, 1);
    }
  }
});

// Catches: acknowledging one's own last index, which may be a rival's (CCF PR 6016); a commit index
// taken from a heartbeat beyond what is known to match.
test('#18 An acknowledgement covers what the message proves, not a longer, conflicting log (CCF PR 6016, PR 2835)', async () => {
  const one = await lone({ log: [1, 1, 2, 2, 2, 2], term: 3 });
  const { world } = one;
  const b = puppet(one, 'b');
  b.say('a', heartbeat(3, 0));
  b.say('a', append(3, [2, 1], [], 2));
  await world.run(10);
  assert.deepEqual(
    toldOf(b, 'appendAccepted').map((m) => m.matchIndex),
    [2],
  );
  assert.equal(knowledge(one).commitIndex, 2);
  // The leader has committed up to 5 in its own log; of that this message proves 2.
  b.say('a', append(3, [1, 1], [world.entry(2, 1)], 5));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 2, 'entries 3 to 6 are a rival’s');
  b.say('a', append(3, [6, 3], [], 5));
  await world.run(10);
  const [refusal] = toldOf(b, 'appendRefused');
  assert.ok(refusal && refusal.prevIndex === 6 && refusal.hint.index >= 2);
  assert.equal(knowledge(one).commitIndex, 2);
  b.say('a', append(3, [2, 1], [world.entry(3, 3)], 5));
  await world.run(10);
  assert.deepEqual(knowledge(one).terms, [1, 1, 3]);
  assert.equal(knowledge(one).commitIndex, 3);
});

// Catches: rejections that move a match or a commit index; a match beyond the leader's own log;
// committed state lost on stepping down (CCF 5674).
test('#18 An acknowledgement covers what the message proves: a rejection moves nothing forward, and an ex-leader keeps what it committed (CCF 5674)', async () => {
  const one = await lone({ log: [1, 1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const [b, c] = [puppet(one, 'b'), puppet(one, 'c')];
  b.say('a', appendRefused(term, 3, [2, 1]));
  b.say('a', appendRefused(term, 99, [99, 99]));
  c.say('a', appendRefused(term, 3, [0, 0]));
  await world.run(20);
  assert.equal(knowledge(one).commitIndex, 0);
  b.say('a', appendAccepted(term, 3));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 3);
  const before = knowledge(one);
  b.say('a', heartbeat(term + 1, 0));
  await world.run(10);
  assert.equal(world.statusOf('a').role, 'follower');
  assert.equal(knowledge(one).commitIndex, 3);
  assert.deepEqual(knowledge(one).terms, before.terms);
});
