/** Writes that are done when something else stands in their place. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { keepNothing } from '../../runtime/storage/power-cut.ts';
import { toTerm } from '../../machines/protocol/ids.ts';
import { crown, knowledge, lone, toldOf } from '../world/lone.ts';
import {
  append,
  appendAccepted,
  preVoteGranted,
  voteGranted,
  voteRequest,
} from '../world/messages.ts';
import type { Puppet } from '../world/wires.ts';
import { puppet } from './puppet.ts';

// Catches: a completion that counts for whatever stands at its index now (etcd-io/raft, ABA).
test('#21 Asynchronous disk writes and term changes: a flush counts for the very entries it wrote, whatever stands there since (async_storage_writes_append_aba_race.txt)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const [b, c] = [puppet(one, 'b'), puppet(one, 'c')];
  const disk = world.disk('a');
  b.say('a', append(2, [1, 1], [world.entry(2, 2), world.entry(3, 2)]));
  await world.run(10);
  b.heard.length = 0;
  disk.isHeld = true;
  b.say('a', append(2, [3, 2], [world.entry(4, 2), world.entry(5, 2)]));
  await world.run(5);
  c.say('a', append(3, [1, 1], [world.entry(2, 3), world.entry(3, 3)]));
  await world.run(5);
  b.say('a', append(4, [1, 1], [world.entry(2, 4)]));
  await world.run(5);
  assert.equal(toldOf(b, 'appendAccepted').length + toldOf(c, 'appendAccepted').length, 0);
  assert.deepEqual(knowledge(one).terms, [1, 4]);
  const acknowledged = (who: Puppet): number[][] =>
    toldOf(who, 'appendAccepted').map(({ term, matchIndex }) => [term, matchIndex]);
  // The first of the writes is done, and the next one waits again.
  disk.release();
  disk.isHeld = true;
  await world.run(20);
  assert.deepEqual([acknowledged(b), acknowledged(c)], [[[2, 5]], []]);
  disk.release();
  await world.run(20);
  assert.deepEqual(acknowledged(b), [
    [2, 5],
    [4, 2],
  ]);
  assert.deepEqual(acknowledged(c), [[3, 3]]);
  await world.restart('a', keepNothing);
  assert.deepEqual(knowledge(one).terms, [1, 4]);
});

// Catches: a self-acknowledgement counted though the term, or the entry, is no longer the same
// (TestLeaderMsgAppSelfAckAfterTermChange).
test('#21 Asynchronous disk writes and term changes: a deposed leader’s own late flush commits nothing, then or when it leads again (TestLeaderMsgAppSelfAckAfterTermChange)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const [b, c] = [puppet(one, 'b'), puppet(one, 'c')];
  const disk = world.disk('a');
  await world.run(20);
  disk.isHeld = true;
  for (let n = 0; n < 5; n += 1) world.propose('a');
  await world.run(10);
  // Another leader replaces them all before they are on disk.
  b.say('a', append(term + 1, [1, 1], [world.entry(2, term + 1)]));
  await world.run(10);
  disk.isHeld = false;
  disk.flushMs = () => 400;
  disk.release();
  await world.run(500);
  assert.equal(knowledge(one).commitIndex, 0);
  const again = await crown(one);
  c.say('a', appendAccepted(again, 3));
  await world.run(10);
  assert.equal(
    knowledge(one).commitIndex,
    0,
    'its first entry of this term is on one disk of three',
  );
  await world.run(400);
  assert.equal(knowledge(one).commitIndex, 3);
  assert.deepEqual(knowledge(one).terms.slice(0, 3), [1, term + 1, again]);
});

// Catches: what was asked before a wait and is used after it: an election that is won with a vote
// of our own for an earlier term.
test('#21 Asynchronous disk writes and term changes: a vote for oneself that is flushed late elects nobody in the next term (redpanda PR 6546)', async () => {
  const one = await lone({ log: [1], term: 4 });
  const { world } = one;
  const b = puppet(one, 'b');
  const disk = world.disk('a');
  disk.isHeld = true;
  await world.runUntil(() => world.statusOf('a').role === 'pre-candidate', 3_000);
  b.say('a', preVoteGranted(4));
  await world.runUntil(() => world.statusOf('a').role === 'candidate', 100);
  assert.equal(world.statusOf('a').term, 5);
  // Before that is on disk it meets a newer term, and is asked to stand in the next.
  b.say('a', voteRequest(6, [0, 0]));
  b.say('a', { kind: 'timeoutNow', term: toTerm(6) });
  await world.run(5);
  assert.deepEqual([world.statusOf('a').role, world.statusOf('a').term], ['candidate', 7]);
  b.say('a', voteGranted(7));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'candidate', 'nothing of its own is on disk');
  // The first flush is that of term 5; the next one waits again.
  disk.release();
  disk.isHeld = true;
  await world.run(20);
  assert.equal(disk.durable.hardState?.term, 5);
  assert.equal(world.statusOf('a').role, 'candidate');
  disk.release();
  await world.run(20);
  assert.deepEqual([world.statusOf('a').role, world.statusOf('a').term], ['leader', 7]);
});
