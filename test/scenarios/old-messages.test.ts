/** The past arrives late. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { nodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { peerActorId } from '../../machines/node-actions.ts';
import { World } from '../world/world.ts';
import { settled } from './settled.ts';

type Said = Readonly<{ from: string; to: string; message: Message }>;

/** What must never go back: terms, commits, and what the leader knows of its followers. */
function standing(world: World, leader: string) {
  const nodes = world.members.map((node) => world.statusOf(node));
  const { children } = world.core(leader).snapshot();
  const peers = world.members
    .filter((member) => member !== leader)
    .map((peer) => children[peerActorId(nodeId(leader), peer)]?.getSnapshot().context.progress);
  return [
    ...nodes.flatMap(({ term, commitIndex }) => [term, commitIndex]),
    ...peers.flatMap((progress) => [progress?.matchIndex ?? -1, progress?.nextIndex ?? -1]),
  ];
}

// Catches: terms, commits or next indexes that go back when old messages arrive after new ones.
test('#48 The past arrives late: what a partition held back comes in a burst, and changes nothing (TestOldMessages)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world, leader: old, others } = await settled({ seed });
    for (const other of others) {
      world.holdBack(old, other);
      world.holdBack(other, old);
    }
    for (let n = 0; n < 60; n += 1) {
      for (const node of world.members) world.propose(node, undefined, { timeoutMs: 1_000 });
      await world.run(40);
    }
    const leader = await world.elect();
    assert.notEqual(leader, old);
    const { term } = world.statusOf(leader);
    const commits = others.map((node) => world.statusOf(node).commitIndex);
    for (const other of others) {
      world.letGo(old, other);
      world.letGo(other, old);
    }
    await world.run(1_500);
    assert.equal(world.leader(), leader, 'no spurious election');
    assert.equal(world.statusOf(leader).term, term);
    others.forEach((node, n) => assert.ok(world.statusOf(node).commitIndex >= (commits[n] ?? 0)));
    await world.calmDown();
  }
});

// Catches: the same where the peers have met again on newer connections in the meantime, so that
// what is late contradicts what both know: matches and windows that a late answer moves back.
test('#48 The past arrives late: hundreds of messages of old terms among the new ones of a newer connection (TestLogReplicationWithReorderedMessage)', async () => {
  for (let seed = 1; seed <= 3; seed += 1) {
    const { world, leader: old, others } = await settled({ seed });
    const past: Said[] = [];
    world.onSent = (from, to, message) => {
      if (from === old || to === old) past.push({ from, to, message });
    };
    const load = async (): Promise<void> => {
      for (let n = 0; n < 80; n += 1) {
        for (const node of world.members) world.propose(node, undefined, { timeoutMs: 1_000 });
        await world.run(40);
      }
    };
    await load();
    world.gate = (from, to) => from !== old && to !== old;
    await load();
    world.onSent = () => {};
    const leader = await world.elect();
    world.gate = () => true;
    await world.settle();
    assert.equal(world.leader(), leader);
    const { term } = world.statusOf(leader);
    // Two terms at least, hundreds of messages.
    const late = past.filter(({ message }) => message.kind !== 'forward');
    assert.ok(late.length > 200, `${late.length} messages`);
    assert.ok(new Set(late.map(({ message }) => message.term)).size >= 2);

    let before = standing(world, leader);
    for (const { from, to, message } of late) {
      if (world.chance.happens(0.05)) world.propose(world.chance.pick(others));
      world.repeat(from, to, message);
      if (!world.chance.happens(0.3)) continue;
      await world.run(1);
      const now = standing(world, leader);
      now.forEach((value, nth) =>
        assert.ok(value >= (before[nth] ?? 0), `${nth} of ${now.join()}`),
      );
      before = now;
    }
    await world.run(1_500);
    assert.equal(world.leader(), leader, 'no spurious election');
    assert.equal(world.statusOf(leader).term, term);
    await world.calmDown();
  }
});
