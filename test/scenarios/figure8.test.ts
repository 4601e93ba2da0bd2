/** Copies on a majority are not enough (Raft §5.4.2). */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { nodeId, toTerm } from '../../machines/protocol/ids.ts';
import { crown, knowledge, lone } from '../world/lone.ts';
import { appendAccepted } from '../world/messages.ts';
import type { Gate } from '../world/wires.ts';
import { World } from '../world/world.ts';
import { puppet } from './puppet.ts';

// Catches: entries of earlier terms committed by counting copies (LogCabin 44).
test('#16 Counting replicas only in the current term: an entry of an earlier one on a majority is not committed by that (Raft §5.4.2, LogCabin 44)', async () => {
  const one = await lone({ log: [1, 2], term: 3 }, { nodes: 5 });
  const { world } = one;
  const term = await crown(one);
  assert.equal(term, 4);
  for (const name of ['b', 'c']) puppet(one, name).say('a', appendAccepted(term, 2));
  await world.run(50);
  assert.equal(knowledge(one).commitIndex, 0, 'on three of five, and still not committed');
  const asking = world.propose('a');
  await world.run(50);
  assert.equal(asking.outcome, null);
  puppet(one, 'b').say('a', appendAccepted(term, 3));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 0, 'the first entry of term 4 is on two of five');
  puppet(one, 'c').say('a', appendAccepted(term, 3));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 3, 'and now everything before it is committed with it');
});

/** Nobody but this node can win an election. */
const onlyFor =
  (node: string): Gate =>
  (from, _, { kind }) =>
    from === node || (kind !== 'preVoteRequest' && kind !== 'voteRequest');

/** Figure 8 (c): `a` leads term 4 again; its old entry of term 2 is on `a`, `b` and `c`. */
async function figure8c(isTerm4Copied: boolean) {
  const world = new World({ nodes: 5 });
  const inTerm3 = { term: toTerm(3), votedFor: null };
  const pasts = { a: [1, 2], b: [1, 2], c: [1], d: [1], e: [1, 3] };
  for (const [node, terms] of Object.entries(pasts)) await world.write(node, terms, inTerm3);
  world.gate = (from, to, message) => {
    if (message.kind !== 'append') return onlyFor('a')(from, to, message);
    if (to === 'd') return false;
    const old = message.entries.filter(({ term }) => term < 4);
    return isTerm4Copied || old.length === message.entries.length || { ...message, entries: old };
  };
  await world.start('a', 'b', 'c', 'd');
  await world.runUntil(() => world.statusOf('a').role === 'leader', 20_000);
  await world.run(300);
  return world;
}

// Catches: the same on five real nodes; a leader that is told of copies and believes too much.
test('#16 Counting replicas only in the current term, figure 8 (c) and (d): an old entry on a majority may be overwritten (Raft §5.4.2)', async () => {
  const world = await figure8c(false);
  const { matched } = world.core('a').snapshot().context;
  assert.deepEqual([matched[nodeId('b')], matched[nodeId('c')]], [2, 2], 'a knows of the copies');
  assert.equal(world.statusOf('a').commitIndex, 0);
  assert.deepEqual(world.termsOf('c'), [1, 2]);
  world.crash('a');
  await world.start('e');
  world.gate = onlyFor('e');
  await world.runUntil(() => world.statusOf('e').role === 'leader', 20_000);
  await world.run(200);
  assert.deepEqual(world.termsOf('b').slice(0, 2), [1, 3], 'nobody had been told otherwise');
  await world.calmDown();
});

// Catches: an election that looks at length or at the candidate's own term.
test('#16 Counting replicas only in the current term, figure 8 (e): nobody without an entry of term 4 that is on a majority can win (Raft §5.4.2)', async () => {
  const world = await figure8c(true);
  assert.ok(world.statusOf('a').commitIndex >= 3);
  world.crash('a');
  await world.start('e');
  world.gate = onlyFor('e');
  await world.run(5_000);
  assert.ok(['follower', 'pre-candidate'].includes(world.statusOf('e').role));
  await world.calmDown();
  assert.deepEqual(world.termsOf('e').slice(0, 3), [1, 2, 4]);
});
