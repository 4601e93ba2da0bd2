/** Nodes that come to different states, in a simulated world: who is wrong, and what becomes of it. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { World } from '../world/world.ts';
import { fickleWorld } from './fickle.ts';

const soonMs = 20_000;

const tell = (world: World, node: string, key: string, event: MachineEvent) =>
  world.propose(node, event, { machine: 'fickle', key });
const add = (world: World, node: string, key: string, by = 1) =>
  tell(world, node, key, { type: 'ADD', by });

/** Proposes it and waits for its end. */
async function did(world: World, node: string, key: string, event: MachineEvent) {
  const asking = tell(world, node, key, event);
  await world.runUntil(() => asking.outcome !== null, soonMs);
  return asking.outcome ?? assert.fail();
}

const quarantineOf = (world: World, node: string) => world.statusOf(node).quarantined;
const isQuarantined = (world: World, node: string): boolean => quarantineOf(world, node) !== null;

/** Until the node has found out all that it will. */
const toldBy = (world: World, node: string): Promise<void> =>
  world.runUntil(() => typeof quarantineOf(world, node)?.path === 'string', soonMs);

/** Everybody has said what they have come to. */
const compared = (world: World): Promise<void> => world.run(2 * limits.checkpointMs);

test('a node that differs from the others says at which entry, instance and path', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = '', good = ''] = followers;
  for (const key of ['x', 'y', 'x']) add(world, leader, key);
  await compared(world);
  biasOf(bad).add = 5;
  const wrong = await did(world, leader, 'y', { type: 'ADD', by: 2 });
  for (const key of ['x', 'y']) add(world, leader, key);
  await toldBy(world, bad);

  assert.ok(wrong.end === 'committed');
  const found = {
    index: wrong.index,
    isFirst: true,
    machine: 'fickle',
    key: 'y',
    path: 'context.total',
    ours: 8,
    theirs: 3,
  };
  const { message, ...place } = quarantineOf(world, bad) ?? assert.fail();
  assert.deepEqual(place, found);
  assert.ok(message.includes(`at entry ${wrong.index}, of fickle/y: context.total is 8 here`));
  for (const honest of [leader, good]) assert.equal(quarantineOf(world, honest), null);
});

test('what JSON does not see is seen, and named', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  await did(world, leader, 'x', { type: 'NOTE', hand: 'left' });
  await compared(world);
  biasOf(bad).add = 1;
  await did(world, leader, 'x', { type: 'NOTE', hand: 'right' });
  await toldBy(world, bad);
  const { path, ours, theirs } = quarantineOf(world, bad) ?? assert.fail();
  assert.deepEqual([path, ours, theirs], ['context.byHand.get("right")', 1, 0]);
});

test('an event that is refused on one node alone is named with nothing on its side', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  await compared(world);
  biasOf(bad).add = 1;
  const wrong = await did(world, leader, 'x', { type: 'PICKY', by: 2 });
  assert.ok(wrong.end === 'committed');
  await toldBy(world, bad);
  const { index, isFirst, key, path, ours } = quarantineOf(world, bad) ?? assert.fail();
  assert.deepEqual([index, isFirst, key, path, ours], [wrong.index, true, 'x', '', null]);
});

test('deadlines that differ are a difference, though no client sees it', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  await compared(world);
  biasOf(bad).add = 500;
  const wrong = await did(world, leader, 'x', { type: 'WAIT' });
  assert.ok(wrong.end === 'committed');
  await toldBy(world, bad);
  const { index, isFirst, path, ours, theirs } = quarantineOf(world, bad) ?? assert.fail();
  assert.deepEqual([index, isFirst, path], [wrong.index, false, 'timers[0].dueMs']);
  assert.equal(Number(ours) - Number(theirs), 500);
});

test('a diverged node refuses reads of every kind, proposals and subscriptions; the others serve', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = '', good = ''] = followers;
  biasOf(bad).add = 5;
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  const seen: number[] = [];
  world.service(bad).watch('fickle', 'x', ({ index }) => void seen.push(index));
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
  seen.length = 0;

  for (const consistency of ['linearizable', 'lease', 'local'] as const) {
    const reading = world.read(bad, { machine: 'fickle', key: 'x', consistency });
    await world.run(0);
    assert.ok(reading.answer !== null && 'end' in reading.answer, consistency);
    assert.equal(reading.answer.code, 'diverged');
  }
  const refused = await did(world, bad, 'x', { type: 'ADD', by: 1 });
  assert.ok(refused.end === 'refused' && refused.code === 'diverged');
  assert.equal(world.service(bad).refusesBecause()?.code, 'diverged');
  assert.match(world.service(bad).notReadyBecause() ?? '', /states differ from those of/);

  for (const node of [leader, good]) {
    const outcome = await did(world, node, 'x', { type: 'ADD', by: 1 });
    assert.equal(outcome.end, 'committed', node);
    assert.equal(world.service(node).notReadyBecause(), null);
  }
  assert.deepEqual(seen, []);
});

test('what is in flight on a node as it is quarantined ends unknown', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  biasOf(bad).add = 5;
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  // The leader is not reached, and nobody knows.
  world.gate = (from, _, { kind }) => from !== bad || kind !== 'forward';
  const asking = add(world, bad, 'y');
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
  assert.equal(asking.outcome?.end, 'unknown');
});

test('a diverged node goes on voting and keeping the log', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = '', good = ''] = followers;
  biasOf(bad).add = 5;
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await world.runUntil(() => isQuarantined(world, bad), soonMs);

  world.crash(good);
  assert.equal((await did(world, leader, 'x', { type: 'ADD', by: 1 })).end, 'committed');
  await world.start(good);
  await world.settle();
  world.crash(leader);
  await world.elect();
  assert.equal((await did(world, good, 'x', { type: 'ADD', by: 1 })).end, 'committed');
});

test('a diverged leader hands over', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  biasOf(leader).add = 5;
  const [other = ''] = followers;
  await did(world, other, 'x', { type: 'ADD', by: 1 });
  await world.runUntil(() => isQuarantined(world, leader), soonMs);
  await world.runUntil(() => followers.includes(world.leader() as never), 2_000);
  assert.equal(quarantineOf(world, world.leader() ?? ''), null);
});

test('a diverged leader hands over to nobody who is as wrong as itself', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld({ nodes: 5 });
  const [bad = '', other = ''] = followers;
  const heirs: string[] = [];
  world.onSent = (_, to, { kind }) => void (kind === 'timeoutNow' && heirs.push(to));
  biasOf(bad).add = 5;
  await did(world, other, 'x', { type: 'ADD', by: 1 });
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
  await compared(world);
  biasOf(leader).add = 6;
  await did(world, other, 'x', { type: 'ADD', by: 1 });
  await world.runUntil(() => isQuarantined(world, leader), soonMs);
  await world.runUntil(() => world.leader() !== leader && world.leader() !== null, soonMs);
  assert.ok(heirs.length > 0 && !heirs.includes(bad), heirs.join(' '));
});

test('as long as a diverged leader has to lead, nobody does what machines wait for; then the next', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [other = ''] = followers;
  const isWaiting = (): boolean =>
    world.core(other).replica.instance('fickle', 'w')?.view.value === 'waiting';
  await did(world, leader, 'w', { type: 'WAIT' });
  await compared(world);
  world.gate = (_, __, { kind }) => kind !== 'timeoutNow';
  biasOf(leader).add = 5;
  await did(world, other, 'x', { type: 'ADD', by: 1 });
  await world.runUntil(() => isQuarantined(world, leader), soonMs);
  await did(world, other, 'y', { type: 'ACT' });
  await world.run(70_000);
  assert.equal(world.leader(), leader);
  assert.ok(isWaiting());
  const acts = (): readonly (number | undefined)[] =>
    [leader, ...followers].map((node) => biasOf(node).acts);
  assert.deepEqual(acts(), [undefined, undefined, undefined]);

  world.gate = () => true;
  await world.runUntil(() => !isWaiting(), 80_000);
  const next = world.leader() ?? '';
  assert.ok(followers.includes(next as never));
  assert.equal(biasOf(next).acts, 1);
});

test('what was lost on its way is said again, though nothing happens any more', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  biasOf(bad).add = 5;
  world.gate = (_, __, { kind }) => kind !== 'stateDigests';
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await compared(world);
  world.gate = () => true;
  assert.ok(!isQuarantined(world, bad));
  await world.runUntil(() => isQuarantined(world, bad), 2 * limits.checkpointAgainMs);
});

test('two that cannot talk to each other are compared by what they hear when they can', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  biasOf(bad).add = 5;
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await world.settle();
  world.isolate(bad);
  await world.run(60_000);
  world.heal();
  const before = world.nowMs;
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
  assert.ok(world.nowMs - before < limits.checkpointAgainMs);
});

test('a diverged node that is elected hands over again', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = '', good = ''] = followers;
  biasOf(bad).add = 5;
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
  world.transfer(leader, bad);
  await world.runUntil(() => world.leader() === bad, soonMs);
  await world.runUntil(() => [leader, good].includes(world.leader() ?? ''), soonMs);
});

test('where all three differ, the leader is believed', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  followers.forEach((follower, nth) => (biasOf(follower).add = nth + 1));
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  for (const follower of followers) await toldBy(world, follower);
  await world.run(10_000);
  assert.equal(quarantineOf(world, leader), null);
  assert.equal(world.leader(), leader, 'nobody is left whom it could hand over to');
});

test('two that differ wait for the third to say who is right', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [other = '', third = ''] = followers;
  await compared(world);
  world.crash(third);
  biasOf(leader).add = 5;
  await did(world, other, 'x', { type: 'ADD', by: 1 });
  await world.run(limits.checkpointMs + limits.dissentPatienceMs / 2);
  assert.ok(!isQuarantined(world, leader) && !isQuarantined(world, other));

  await world.start(third);
  await world.runUntil(() => isQuarantined(world, leader), soonMs);
  await world.runUntil(() => world.leader() !== leader && world.leader() !== null, soonMs);
  assert.ok(!isQuarantined(world, other) && !isQuarantined(world, third));
});

test('two that differ and come to agree again leave it at that', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [other = '', third = ''] = followers;
  world.crash(third);
  biasOf(other).add = 5;
  await did(world, leader, 'x', { type: 'NOTE', hand: 'left' });
  await compared(world);
  biasOf(other).add = 0;
  await did(world, leader, 'x', { type: 'NOTE', hand: 'left' });
  await world.run(3 * limits.dissentPatienceMs);
  assert.ok(!isQuarantined(world, leader) && !isQuarantined(world, other));
});

test('two that differ believe the leader where the third says nothing for long', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [other = '', third = ''] = followers;
  world.crash(third);
  biasOf(other).add = 5;
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await world.run(limits.checkpointMs + limits.dissentPatienceMs / 2);
  assert.ok(!isQuarantined(world, other));
  await world.runUntil(() => isQuarantined(world, other), soonMs);
  await world.run(soonMs);
  assert.equal(quarantineOf(world, leader), null);
});

test('a node that lags behind is compared when it gets there', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  world.crash(bad);
  for (let nth = 0; nth < 3 * limits.checkpointEntries; nth += 1) add(world, leader, `k${nth % 7}`);
  await world.runUntil(() => world.asked.every(({ outcome }) => outcome !== null), soonMs);
  await compared(world);
  biasOf(bad).add = 5;
  await world.start(bad);
  await toldBy(world, bad);
  const { index, isFirst, key, path } = quarantineOf(world, bad) ?? assert.fail();
  assert.deepEqual([isFirst, key, path], [true, 'k0', 'context.total']);
  const first = world.asked.find(({ key: asked }) => asked === 'k0')?.outcome;
  assert.equal(first?.end === 'committed' && first.index, index);
});

test('what others have said before it got there is not forgotten until it does', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  world.crash(bad);
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await compared(world);
  biasOf(bad).add = 5;
  world.gate = (_, to, { kind }) => to !== bad || kind === 'stateDigests';
  await world.start(bad);
  await world.run(limits.heartbeatIntervalMs);
  world.gate = (_, to, { kind }) => to !== bad || kind !== 'stateDigests';
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
});

test('it is over with a restart that makes the states anew, as they should be', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  biasOf(bad).add = 5;
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
  biasOf(bad).add = 0;
  await world.restart(bad);
  await world.settle();
  await world.run(10_000);
  assert.equal(quarantineOf(world, bad), null);
  const reading = world.read(bad, { machine: 'fickle', key: 'x' });
  await world.runUntil(() => reading.answer !== null, soonMs);
  assert.ok(reading.answer !== null && 'exists' in reading.answer);
});

test('a node that makes its states anew and wrong is found out as soon as it has caught up', async () => {
  const { world, leader, followers, biasOf } = await fickleWorld();
  const [bad = ''] = followers;
  for (const key of ['x', 'y', 'z']) await did(world, leader, key, { type: 'ADD', by: 1 });
  await compared(world);
  biasOf(bad).add = 5;
  await world.restart(bad);
  const { lastIndex } = world.statusOf(leader);
  await world.runUntil(() => world.statusOf(bad).appliedIndex === lastIndex, soonMs);
  const before = world.nowMs;
  await world.runUntil(() => isQuarantined(world, bad), soonMs);
  assert.ok(world.nowMs - before < limits.heartbeatIntervalMs, 'no other place is waited for');
});

test('a cluster of one has nobody to differ from', async () => {
  const { world, leader } = await fickleWorld({ nodes: 1 });
  await did(world, leader, 'x', { type: 'ADD', by: 1 });
  await world.run(10_000);
  assert.equal(quarantineOf(world, leader), null);
});
