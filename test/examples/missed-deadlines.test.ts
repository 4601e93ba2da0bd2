import assert from 'node:assert/strict';
import { test } from 'vitest';
import { setup } from 'xstate';
import { type MissedDeadlines, replicated } from '../../machines/replica/replicated.ts';
import { PatientWorld } from './patient-world.ts';

const delayMs = 30_000;

const egg = setup({ types: { events: {} as { type: 'BOIL' } } }).createMachine({
  id: 'egg',
  initial: 'raw',
  states: { raw: { on: { BOIL: 'boiling' } }, boiling: { after: { [delayMs]: 'done' } }, done: {} },
});

const policies: readonly MissedDeadlines[] = ['remaining', 'fire', 'restart'];

const worldOf = (): PatientWorld =>
  new PatientWorld({
    machines: Object.fromEntries(
      policies.map((missedDeadlines) => [missedDeadlines, replicated(egg, { missedDeadlines })]),
    ) as never,
  });

const at = (machine: string) => ({ machine, key: 'egg' });

/** When each was sent, and when the first node saw it done. */
async function boilAll(world: PatientWorld): Promise<Record<string, { beganMs: number }>> {
  const eggs: Record<string, { beganMs: number }> = {};
  for (const policy of policies) {
    eggs[policy] = { beganMs: world.nowMs };
    await world.insist({ type: 'BOIL' }, at(policy));
  }
  return eggs;
}

async function doneMs(world: PatientWorld): Promise<Record<MissedDeadlines, number>> {
  const done: Partial<Record<MissedDeadlines, number>> = {};
  await world.runUntil(() => {
    for (const policy of policies) {
      const view = world.latest()?.peek(policy, 'egg')?.view;
      if (view?.value === 'done') done[policy] ??= world.nowMs;
    }
    return Object.keys(done).length === policies.length;
  }, 300_000);
  return done as Record<MissedDeadlines, number>;
}

const isBetween = (what: string, ms: number, from: number, to: number): void =>
  assert.ok(ms >= from && ms <= to, `${what}: ${ms} is not from ${from} to ${to}`);

/** Up to a second may be lost with a leader, and an election takes its time. */
const slackMs = 4_000;

test('all nodes down for a minute in the middle of a delay', async () => {
  const world = worldOf();
  await world.start();
  await world.settle();
  const eggs = await boilAll(world);
  await world.run(10_000);
  for (const node of world.members) world.crash(node);
  const downMs = world.nowMs;
  await world.run(60_000);
  for (const node of world.members) await world.start(node);
  const upMs = world.nowMs;
  const done = await doneMs(world);

  const { remaining, fire, restart } = done;
  const away = upMs - downMs;
  const due = (policy: MissedDeadlines): number => (eggs[policy]?.beganMs ?? 0) + delayMs;
  isBetween('remaining', remaining, due('remaining') + away, due('remaining') + away + slackMs);
  isBetween('fire', fire, upMs, upMs + slackMs);
  isBetween('restart', restart, upMs + delayMs, upMs + delayMs + slackMs);
});

test('nobody leads for a moment', async () => {
  const world = worldOf();
  await world.start();
  const leader = await world.settle();
  const eggs = await boilAll(world);
  await world.run(10_000);
  world.crash(leader);
  const done = await doneMs(world);

  for (const policy of policies) {
    const dueMs = (eggs[policy]?.beganMs ?? 0) + delayMs;
    isBetween(policy, done[policy], dueMs, dueMs + slackMs);
  }
  const lateMs = done.fire - (eggs.fire?.beganMs ?? 0) - delayMs;
  assert.ok(lateMs < 20, `the wall clock makes up for the election: ${lateMs}`);
  assert.ok(done.remaining - (eggs.remaining?.beganMs ?? 0) - delayMs > 100, 'nothing else does');
});

test('a delay that begins with the new leader is not shortened by the time before', async () => {
  const world = worldOf();
  await world.start();
  await world.settle();
  await world.run(5_000);
  for (const node of world.members) world.crash(node);
  await world.run(60_000);
  for (const node of world.members) await world.start(node);
  // They wait for a leader, and are the first thing that it hears.
  const beganMs = world.nowMs;
  for (const policy of policies) {
    for (const node of world.members) {
      world.propose(node, { type: 'BOIL' }, { ...at(policy), id: `boil-${policy}` });
    }
  }
  const done = await doneMs(world);
  for (const policy of policies) {
    isBetween(policy, done[policy], beganMs + delayMs, beganMs + delayMs + slackMs);
  }
});

test('likewise where that leader does not live to tell the time', async () => {
  const world = worldOf();
  await world.start();
  await world.settle();
  await world.run(5_000);
  for (const node of world.members) world.crash(node);
  await world.run(60_000);
  for (const node of world.members) await world.start(node);
  const beganMs = world.nowMs;
  for (const policy of policies) {
    for (const node of world.members) {
      world.propose(node, { type: 'BOIL' }, { ...at(policy), id: `boil-${policy}` });
    }
  }
  // As soon as all of that is in its log.
  const isBoiling = (): boolean =>
    policies.every((policy) => world.latest()?.peek(policy, 'egg')?.view?.value === 'boiling');
  await world.runUntil(isBoiling, 10_000);
  world.crash(world.leader() ?? '');
  const done = await doneMs(world);
  for (const policy of policies) {
    isBetween(policy, done[policy], beganMs + delayMs, beganMs + delayMs + slackMs);
  }
});
