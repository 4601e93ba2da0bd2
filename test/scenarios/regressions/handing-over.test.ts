/** What went wrong, once, where a leader hands over and its heir never takes over. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../../machines/protocol/limits.ts';
import { nodeId } from '../../../machines/protocol/ids.ts';
import { crown, lone, toldOf } from '../../world/lone.ts';
import { appendAccepted, heartbeatAck } from '../../world/messages.ts';
import type { Puppet } from '../../world/wires.ts';
import { World } from '../../world/world.ts';

const abandonedMs = limits.electionTimeoutMsMin + 20;

const office = (world: World, name: 'fresh' | 'established'): boolean =>
  world
    .core('a')
    .snapshot()
    .matches({ role: { leader: { office: name } } });

/** `a` leads `b` and `c`, which say nothing of what they hold until the test does. */
async function leading() {
  const one = await lone({ log: [1, 1, 1], term: 1 });
  const term = await crown(one);
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  return { world: one.world, term, b, c };
}

/** Its followers hear it all the while, so that it keeps its office. */
async function pass(world: World, followers: readonly Puppet[], ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 20) {
    for (const { say } of followers) {
      say('a', heartbeatAck(world.statusOf('a').term, 0));
    }
    await world.run(20);
  }
}

// Catches: a handover given up that leads to "established" whatever it began from. The leader
// then vouched for reads at a commit index from before its own first entry.
test('a fresh leader that is asked to hand over, in vain, is fresh until its first entry is committed (Raft §8)', async () => {
  const { world, term, b, c } = await leading();
  assert.ok(office(world, 'fresh'));
  world.transfer('a', 'b');
  await pass(world, [b, c], abandonedMs);
  assert.ok(office(world, 'fresh'), 'it cannot tell what is current yet');
  assert.match(world.service('a').notReadyBecause() ?? '', /first entry/);

  const read = world.read('a', { key: 'written' });
  await world.run(5);
  b.say('a', heartbeatAck(term, 1));
  c.say('a', heartbeatAck(term, 1));
  await world.run(20);
  assert.equal(read.answer, null);

  b.say('a', appendAccepted(term, 4));
  await world.run(5);
  assert.ok(office(world, 'established'));
  b.say('a', heartbeatAck(term, toldOf(b, 'heartbeat').at(-1)?.round ?? 0));
  await world.run(5);
  assert.ok(read.answer !== null && !('end' in read.answer));
});

// Catches: a leader that takes its own return to office for a new leader's arrival, and places
// everything in flight once more: four hand-overs, five copies of each proposal.
test('a hand-over that is given up places nothing again that stands in the log already', async () => {
  const { world, term, b, c } = await leading();
  b.say('a', appendAccepted(term, 4));
  await world.run(5);
  b.say('a', appendAccepted(term, 5));
  await world.run(5);
  const asked = Array.from({ length: 50 }, () =>
    world.propose('a', undefined, { timeoutMs: 9_000 }),
  );
  await world.run(5);
  const before = world.statusOf('a').lastIndex;
  assert.equal(before, 5 + asked.length);

  for (let round = 0; round < 4; round += 1) {
    world.transfer('a', 'c');
    await world.run(5);
    const late = world.propose('a', undefined, { timeoutMs: 9_000 });
    await pass(world, [b, c], abandonedMs);
    assert.ok(office(world, 'established'));
    assert.equal(world.statusOf('a').lastIndex, before + round + 1, 'only what came meanwhile');
    asked.push(late);
  }
  b.say('a', appendAccepted(term, before + 4));
  await world.run(20);
  assert.ok(asked.every(({ outcome }) => outcome?.end === 'committed'));
});

// Catches: an heir sought among those heard since the last count of the quorum, in the moment
// after a count, when nobody has been: the operator's wish was dropped without a word.
test('a leader that has just counted its quorum still finds an heir', async () => {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  world.weather = { delayMs: [10, 10], lost: 0, doubled: 0 };
  await world.run(50);
  const heard = (): ReadonlySet<unknown> => world.core(leader).snapshot().context.heard;
  await world.runUntil(() => heard().size === 1, 2 * limits.electionTimeoutMsMin);
  assert.ok(heard().has(nodeId(leader)));
  world.transfer(leader);
  await world.runUntil(() => ![null, leader].includes(world.leader()), limits.electionTimeoutMsMin);
  await world.calmDown();
});
