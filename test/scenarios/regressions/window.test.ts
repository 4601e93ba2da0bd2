/** What went wrong, once, where a proposal was under way for longer than proposals are remembered. */
import assert from 'node:assert/strict';
import { test, vi } from 'vitest';
import type { Asking } from '../../world/clients.ts';
import { World } from '../../world/world.ts';

const windowCount = vi.hoisted(() => 20);

vi.mock(import('../../../machines/protocol/limits.ts'), async (original) => {
  const { limits } = await original();
  return { limits: Object.assign({}, limits, { proposalWindowCount: windowCount }) };
});

const countAt = (world: World, node: string): unknown =>
  world.service(node).peek('counter', 'k')?.view?.context;

const endOf = ({ outcome }: Asking): string | undefined => outcome?.end;

async function cluster(seed: number) {
  const world = new World({ seed });
  await world.start();
  const leader = await world.settle();
  const [away = '', near = ''] = world.members.filter((member) => member !== leader);
  return { world, leader, away, near };
}

/** More than is remembered, none of it heard by the node that is away. */
async function muchElse(world: World, leader: string): Promise<void> {
  for (let n = 0; n < 2 * windowCount; n += 1) world.propose(leader, undefined, { key: 'other' });
  await world.run(100);
}

// Catches: at-most-once that relies on a window alone. A node that was cut off offered its
// proposal again after the others had forgotten it, and it was applied a second time.
test('a proposal offered again by a node that lags behind the window is applied once (dissertation §6.3)', async () => {
  for (const seed of [1, 2, 3]) {
    const { world, leader, away } = await cluster(seed);
    const asking = world.propose(away, undefined, { timeoutMs: 60_000 });
    // It arrives; nothing comes back.
    await world.runUntil(() => world.sentOf(away, leader, 'forward').length > 0, 50);
    await world.run(1);
    world.isolate(away);
    await world.run(20);
    assert.deepEqual(countAt(world, leader), { count: 1 });
    await muchElse(world, leader);
    // Long enough for the link to be missed.
    await world.run(3_000);
    assert.equal(endOf(asking), undefined, 'it still hopes');
    world.heal();
    await world.run(1_000);
    assert.ok(['committed', 'unknown'].includes(endOf(asking) ?? ''), 'either is true');
    const handedOn = world.members.flatMap((to) => world.sentOf(away, to, 'forward'));
    assert.ok(handedOn.length > 1, 'it was offered again');
    await world.settle();
    for (const node of world.members) assert.deepEqual(countAt(world, node), { count: 1 });
  }
});

// Catches: the same, where nothing was applied the first time: nobody can tell, so nobody may say
// "refused", nor apply it now.
test('a proposal that reaches the log too late for anybody to tell ends unknown, on every node alike', async () => {
  const { world, leader, away } = await cluster(4);
  world.isolate(away);
  const asking = world.propose(away, undefined, { timeoutMs: 60_000 });
  await world.run(20);
  await muchElse(world, leader);
  await world.run(3_000);
  // It hears that somebody leads before it hears what has been applied since.
  world.gate = (_, to, { kind }) => to !== away || kind !== 'append';
  world.heal();
  await world.run(500);
  world.gate = () => true;
  await world.run(1_000);
  assert.equal(endOf(asking), 'unknown');
  await world.settle();
  for (const node of world.members) assert.equal(countAt(world, node), undefined);
  const later = world.propose(leader, undefined, { id: asking.proposalId });
  await world.run(100);
  assert.equal(endOf(later), 'unknown', 'a retry learns the same');
});
