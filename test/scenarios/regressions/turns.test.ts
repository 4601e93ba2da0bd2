/** What went wrong, once, where one turn of a node's event loop had no bound to its work. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import type { Commit } from '../../../machines/protocol/messages.ts';
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import { lone } from '../../world/lone.ts';
import { append, heartbeat } from '../../world/messages.ts';
import { World } from '../../world/world.ts';

const eachSurvivor = 8_000;
const offeredPerTurnMax = 512;
const appliedPerTurnMax = 2_048;

const commit = (term: number, commitIndex: number): Commit => ({
  kind: 'commit',
  term: toTerm(term),
  commitIndex: toIndex(commitIndex),
});

// Catches: a new leader that begins by being told of, and placing, everything that waits for it.
// It took longer than an election timeout, so that the next candidate stood, with the same fate.
test('with 16,000 proposals in flight on the survivors a leader is elected, and takes them a few a turn', async () => {
  const world = new World();
  await world.start();
  const old = await world.settle();
  const known = world.statusOf(old).lastIndex;
  const survivors = world.members.filter((member) => member !== old);
  for (const node of survivors) world.cut(old, node);
  const ends: Outcome[] = [];
  for (const node of survivors) {
    for (let n = 0; n < eachSurvivor; n += 1) {
      const request = {
        proposalId: proposalId(world.newId()),
        machine: 'counter',
        key: node,
        event: { type: 'ADD', by: 1 },
        timeoutMs: 20_000,
      };
      world.service(node).propose(request, { ended: (outcome) => ends.push(outcome) });
    }
  }
  await world.run(5);

  // One moment of the world is one turn of one node.
  let forwarded = 0;
  let mostForwarded = 0;
  world.onSent = (_, __, message) => {
    if (message.kind === 'forward') forwarded += message.proposals.length;
  };
  const perTurn = (): void => {
    mostForwarded = Math.max(mostForwarded, forwarded);
    forwarded = 0;
  };
  const leads = (node: string): boolean => world.statusOf(node).role === 'leader';
  await world.runUntil(() => {
    perTurn();
    return survivors.some(leads);
  }, 5_000);
  const next = survivors.find(leads) ?? '';
  const electedMs = world.nowMs;
  // Beyond its own first entry.
  let last = known + 1;
  let mostPlaced = 0;
  // Until its word can have reached the other, it places its own only.
  await world.runUntil(() => {
    const now = world.statusOf(next).lastIndex;
    mostPlaced = Math.max(mostPlaced, now - last);
    last = now;
    perTurn();
    return world.nowMs > electedMs;
  }, 100);
  assert.ok(last >= eachSurvivor, 'all of its own');
  await world.runUntil(() => {
    perTurn();
    return ends.length === 2 * eachSurvivor;
  }, 1_000);

  assert.ok(mostPlaced <= offeredPerTurnMax, `${mostPlaced} placed in one turn`);
  assert.ok(mostForwarded <= offeredPerTurnMax, `${mostForwarded} forwarded in one turn`);
  assert.ok(ends.every(({ end }) => end === 'committed'));
  assert.equal(world.leader(), next, 'nobody else had to stand');
});

const backlog = 20_000;

/** `a` follows `b`, and has all of its long log to apply yet. */
async function behind() {
  const log = Array.from({ length: backlog }, () => 1);
  const { world, puppets } = await lone({ log, term: 1 });
  const b = puppets['b'];
  assert.ok(b);
  b.say('a', append(1, [backlog, 1], [], 1));
  await world.run(5);
  const applied = (): number => world.statusOf('a').appliedIndex;
  assert.equal(applied(), 1);

  /** What was applied in each turn, until all was. Meanwhile it is asked for a sign of life. */
  const replay = async () => {
    const turns: number[] = [];
    let answeredAfter = Infinity;
    world.onSent = (_, __, { kind }) => {
      if (kind === 'heartbeatAck') answeredAfter = Math.min(answeredAfter, turns.length);
    };
    let before = applied();
    await world.runUntil(() => {
      const now = applied();
      if (now > before) turns.push(now - before);
      if (now > before && turns.length === 1) world.repeat('b', 'a', heartbeat(1, 1));
      before = now;
      return now === backlog;
    }, 50);
    return { turns, answeredAfter };
  };
  return { b, replay };
}

// Catches: every notice of a commit that begins a replay of its own beside the one under way: with
// twenty of them nothing else is heard until all is applied.
test('a long backlog is applied 2,048 entries a turn, also while notices of more commits arrive', async () => {
  const { b, replay } = await behind();
  for (let n = 20; n >= 0; n -= 1) b.say('a', commit(1, backlog - n));
  const { turns, answeredAfter } = await replay();
  assert.ok(Math.max(...turns) <= appliedPerTurnMax, turns.join(' '));
  assert.equal(turns.length, Math.ceil((backlog - 1) / appliedPerTurnMax), 'nor any slower');
  assert.ok(answeredAfter <= 3, `a heartbeat was answered after ${answeredAfter} turns`);
});

// Catches: the same with notices each of which is small enough, in a turn in which they are not.
test('many commits heard in one turn are applied 2,048 entries a turn, however they are cut', async () => {
  const { b, replay } = await behind();
  for (let n = 1; n <= 20; n += 1) b.say('a', commit(1, (backlog / 20) * n));
  const { turns } = await replay();
  assert.ok(Math.max(...turns) <= appliedPerTurnMax, turns.join(' '));
});
