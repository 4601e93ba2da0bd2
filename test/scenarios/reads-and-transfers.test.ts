/** Reads at followers, and reads while leadership moves. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import type { Reading } from '../world/clients.ts';
import { crown, knowledge, lone, toldOf } from '../world/lone.ts';
import { append, appendAccepted, heartbeat, heartbeatAck } from '../world/messages.ts';
import { isValue } from './is-value.ts';
import { settled } from './settled.ts';

// The witness compares every linearizable read with what anybody had been told before it.

// Catches: read indexes of an ex-leader; a leader that serves while it hands over (tikv PR 9239).
test('#40 Follower reads and leadership transfer: reads stay right through many of them (tikv PR 9239, openraft PR 1749)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world } = await settled({ seed });
    world.weather = { delayMs: [1, 30], lost: 0, doubled: 0.1 };
    const reads: Reading[] = [];
    for (let n = 0; n < 60; n += 1) {
      for (const node of world.members) reads.push(world.read(node));
      world.propose(world.chance.pick(world.members));
      if (n % 12 === 5 && world.leader() !== null) world.transfer(world.leader() ?? '');
      await world.run(25);
    }
    await world.run(5_000);
    assert.ok(reads.filter(isValue).length > reads.length / 2);
    await world.calmDown();
  }
});

// Catches: an index vouched for by an ex-leader, used by a follower that knows better.
test('#40 Follower reads and leadership transfer: an index that an ex-leader vouched for is not used (tikv PR 9239)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  // What b will vouch for is applied already, so that nothing else keeps it from being used.
  b.say('a', append(1, [1, 1], [], 1));
  await world.run(5);
  assert.equal(world.statusOf('a').appliedIndex, 1);
  const read = world.read('a');
  await world.run(5);
  const [question] = toldOf(b, 'readIndexRequest');
  assert.ok(question);
  c.say('a', heartbeat(2));
  await world.run(5);
  const { readId } = question;
  b.say('a', { kind: 'readIndexGranted', term: toTerm(1), readId, index: toIndex(1) });
  await world.run(50);
  assert.equal(read.answer, null);
  const again = toldOf(c, 'readIndexRequest').at(-1);
  assert.ok(again, 'the new leader is asked');
  c.say('a', {
    kind: 'readIndexGranted',
    term: toTerm(2),
    readId: again.readId,
    index: toIndex(2),
  });
  await world.run(5);
  assert.equal(read.answer, null, 'nor anything before it is applied');
  c.say('a', append(2, [1, 1], [world.entry(2, 2)], 2));
  await world.run(5);
  assert.ok(isValue(read));
});

// Catches: readers that are left waiting at a leader that cannot vouch for anything any more.
test('readers at a leader that is deposed ask the next one at once (dissertation §6.4)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const b = one.puppets['b'];
  assert.ok(b);
  b.say('a', appendAccepted(term, 2));
  await world.run(5);
  world.read('a');
  world.read('a', { key: 'l' });
  await world.run(5);
  world.read('a', { key: 'm' });
  await world.run(5);
  b.say('a', heartbeat(term + 1));
  await world.run(50);
  assert.ok(toldOf(b, 'readIndexRequest').length > 0);
});

// Catches: reads and writes served in the middle of a handover.
test('#40 Follower reads and leadership transfer: a leader that is handing over serves neither reads nor writes (tikv 16069, TestLeaderTransferIgnoreProposal)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const b = one.puppets['b'];
  assert.ok(b);
  // The second entry of the first leader takes the cluster to Running.
  b.say('a', appendAccepted(term, 2));
  await world.run(10);
  b.say('a', appendAccepted(term, 3));
  b.say('a', heartbeatAck(term));
  await world.run(10);
  world.transfer('a', 'b');
  await world.run(5);
  assert.equal(toldOf(b, 'timeoutNow').length, 1);
  const read = world.read('a');
  world.propose('a');
  await world.run(50);
  b.say('a', heartbeatAck(term, 1));
  b.say('a', heartbeatAck(term, 2));
  await world.run(50);
  assert.equal(read.answer, null);
  assert.equal(knowledge(one).lastIndex, 3, 'nothing was placed');
});

// Catches: reads at a leader whose first entry is not committed, opened by a handover given up.
test('a new leader that begins to hand over, and gives up, still answers no read too early (Raft §8, tikv 16069)', async () => {
  const { world, leader } = await settled({ nodes: 5 });
  const staying = world.members.filter((member) => member !== leader);
  // The others hold the last proposal, and do not know that it was committed and acknowledged.
  world.gate = (_, __, { kind }) => kind !== 'commit' && kind !== 'heartbeat';
  const last = [world.propose(leader), null];
  await world.run(20);
  last[1] = world.propose(leader);
  await world.runUntil(() => last.every((asking) => asking?.outcome?.end === 'committed'), 100);
  world.crash(leader);
  await world.run(5);
  world.gate = () => true;
  const leads = (node: string): boolean => world.statusOf(node).role === 'leader';
  await world.runUntil(() => staying.some(leads), 5_000);
  // Nor can the next leader find out: its first entry reaches nobody's disk.
  const next = staying.find(leads) ?? '';
  const followers = staying.filter((node) => node !== next);
  for (const node of followers) world.disk(node).isHeld = true;
  await world.run(5);
  world.transfer(next, followers[0] ?? null);
  await world.run(10);
  const read = world.read(next);
  await world.run(limits.electionTimeoutMsMin + 300);
  assert.equal(read.answer, null, 'it waits');
  for (const node of followers) world.disk(node).release();
  await world.runUntil(() => read.answer !== null, 6_000);
  assert.ok(isValue(read));
  await world.calmDown();
});

// Catches: the same question answered twice, once for each of two readers.
test('#40 Follower reads and leadership transfer: repeated questions and answers do no harm (TestReadOnlyDuplicateRequest)', async () => {
  const { world, leader, one, two } = await settled();
  world.weather = { delayMs: [1, 20], lost: 0, doubled: 1 };
  for (let n = 0; n < 60; n += 1) {
    world.read(one);
    world.read(leader);
    world.propose(two);
    await world.run(world.chance.integer(1, 15));
    for (const question of world.sentOf(one, leader, 'readIndexRequest').slice(0, 3)) {
      world.repeat(one, leader, question);
    }
    for (const answer of world.sentOf(leader, one, 'readIndexGranted').slice(0, 3)) {
      world.repeat(leader, one, answer);
    }
  }
  await world.calmDown();
});
