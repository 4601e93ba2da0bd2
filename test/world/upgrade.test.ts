/** A new definition of a machine comes to a cluster by a rolling restart, under load and faults. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, setup } from 'xstate';
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { Reading } from '../../machines/replica/replica.ts';
import { replicated, type Definition } from '../../machines/replica/replicated.ts';
import { counterMachine } from './counter.ts';
import { World, type WorldOptions } from './world.ts';

const tally = setup({
  types: {
    context: {} as { count: number; since: number },
    events: {} as { type: 'ADD'; by: number },
  },
}).createMachine({
  id: 'counter',
  context: { count: 0, since: 0 },
  initial: 'tallying',
  states: {
    tallying: {
      on: {
        ADD: {
          actions: assign({
            count: ({ context, event }) => context.count + event.by,
            since: ({ context, event }) => context.since + event.by,
          }),
        },
      },
    },
  },
});

const migrate = ({ context }: { context: unknown }) => ({
  value: 'tallying',
  context: { ...(context as { count: number }), since: 0 },
});
const before: Definition = replicated(counterMachine);
const after: Definition = replicated(tally, { upgrades: counterMachine, migrate });

/** Each node has what is installed on it when it comes up. */
function installing(options: WorldOptions) {
  const installed = new Map<string, Definition>();
  const world = new World({
    ...options,
    machinesOf: (node) => ({ counter: installed.get(node) ?? before }),
  });
  return { world, installed };
}

/** Adds one, again and again, now here, now there, until it is told to stop. */
function load(world: World) {
  let isOver = false;
  const next = (): void => {
    if (isOver) return;
    const node = world.members[world.chance.integer(0, world.members.length - 1)] ?? 'a';
    world.propose(node, { type: 'ADD', by: 1 });
    world.after(world.chance.integer(1, 50), next);
  };
  next();
  return () => void (isOver = true);
}

const readingAt = (world: World, node: string, key: string): Reading => {
  const reading = world.core(node).replica.read('counter', key);
  assert.ok(reading !== 'unknown-machine');
  return reading;
};

const definitionsInForce = (world: World): Set<string | undefined> =>
  new Set(world.members.map((node) => world.core(node).replica.fingerprintOf('counter')));

/** On all nodes alike: the first definition no longer, and where they went over to the next. */
function assertUpgraded(world: World): void {
  assert.equal(definitionsInForce(world).size, 1);
  const [node = ''] = world.members;
  const { fingerprints } = world.core(node).replica;
  assert.ok(!definitionsInForce(world).has(fingerprints['counter']));
  for (const key of ['still', 'k']) {
    const readings = world.members.map((member) => readingAt(world, member, key));
    for (const reading of readings) assert.deepEqual(reading, readings[0]);
  }
}

test.each([1, 2, 3])(
  'it takes effect at one entry on all nodes, whatever the weather, and nothing is lost (seed %i)',
  { timeout: 120_000 },
  async (seed) => {
    const { world, installed } = installing({ seed, nodes: seed % 2 === 0 ? 3 : 5 });
    await world.start();
    const leader = await world.settle();
    // Nothing happens to it from here on but the upgrade itself.
    world.propose(leader, { type: 'ADD', by: 7 }, { key: 'still' });
    await world.run(200);
    const stop = load(world);
    world.weather = { delayMs: [1, 30], lost: 0.02, doubled: 0.05 };
    for (const node of world.members) {
      installed.set(node, after);
      if (world.chance.integer(0, 1) === 0) {
        world.terminate(node);
        await world.run(world.chance.integer(10, 6_000));
      }
      world.crash(node);
      await world.run(world.chance.integer(0, 500));
      await world.start(node);
      // Not all wait until it has caught up.
      await world.run(world.chance.integer(0, 2_000));
    }
    await world.runUntil(
      () =>
        world.members.every(
          (node) =>
            world.isUp(node) && world.core(node).replica.upgrades(world.members).length === 0,
        ),
      60_000,
    );
    await world.run(1_000);
    stop();
    await world.calmDown();
    assertUpgraded(world);

    const { index, view } = readingAt(world, leader, 'still');
    assert.deepEqual(view?.context, { count: 7, since: 0 });
    const applied = [...world.witness.applied.values()].filter(
      ({ application }) => application.happened?.key === 'k',
    );
    const since = applied.filter((each) => each.index > index);
    assert.ok(applied.length > since.length && since.length > 0, 'before as well as after it');
    assert.deepEqual(readingAt(world, leader, 'k').view?.context, {
      count: applied.length,
      since: since.length,
    });

    // And a process that begins anew comes to the same, from the log alone.
    for (const node of world.members) await world.restart(node);
    await world.calmDown();
    assertUpgraded(world);
    assert.equal(readingAt(world, leader, 'still').index, index);
  },
);

test('until the last node is restarted all go on with the old one, and new leaders change nothing', async () => {
  const { world, installed } = installing({ carrier: 'sockets' });
  await world.start();
  await world.settle();
  const [one = '', two = '', three = ''] = world.members;
  for (const node of [one, two]) {
    installed.set(node, after);
    await world.restart(node);
    await world.settle();
  }
  for (const node of [one, two, three]) {
    world.crash(node);
    await world.run(3_000);
    await world.start(node);
    const leader = await world.settle();
    world.propose(leader);
    await world.run(1_000);
  }
  const { replica } = world.core(one);
  assert.deepEqual([...definitionsInForce(world)], [replica.fingerprints['counter']]);
  assert.deepEqual(replica.upgrades(world.members), [
    { machine: 'counter', waitsFor: [three], refusal: null },
  ]);
  assert.deepEqual(readingAt(world, one, 'k').view?.context, { count: 3 });
});

test('a node that goes back before the others have it holds it up, until it has it again', async () => {
  const { world, installed } = installing({ seed: 3 });
  await world.start();
  await world.settle();
  const [one = '', two = '', three = ''] = world.members;
  const install = async (node: string, definition: Definition): Promise<void> => {
    installed.set(node, definition);
    await world.restart(node);
    await world.settle();
    await world.run(1_000);
  };
  await install(one, after);
  await install(one, before);
  await install(two, after);
  await install(three, after);
  assert.deepEqual(world.core(two).replica.upgrades(world.members)[0]?.waitsFor, [one]);
  await install(one, after);
  assertUpgraded(world);
});

test('a node that is back with the old one alone afterwards stops, says why, and may return', async () => {
  const { world, installed } = installing({ seed: 4 });
  await world.start();
  await world.settle();
  world.propose('a');
  await world.run(500);
  for (const node of world.members) {
    installed.set(node, after);
    await world.restart(node);
  }
  await world.settle();
  await world.run(1_000);
  assertUpgraded(world);

  const [gone = ''] = world.members;
  installed.set(gone, before);
  world.mayGiveUp = (node, cause) =>
    node === gone && cause instanceof QuorateError && cause.code === 'machines-changed';
  world.crash(gone);
  await world.start(gone);
  await world.runUntil(() => !world.isUp(gone), 5_000);
  const { cause } = world.faults.at(-1) ?? {};
  assert.match(String(cause), /gone over to another definition of "counter"/);
  const leader = await world.elect();
  const asked = world.propose(leader);
  await world.runUntil(() => asked.outcome !== null, 5_000);
  assert.equal(asked.outcome?.end, 'committed', 'the others serve on');

  world.mayGiveUp = () => false;
  installed.set(gone, after);
  await world.calmDown();
  assertUpgraded(world);
});

test('one that cannot be taken is refused by all nodes alike, and the next node that is restarted asks again', async () => {
  const careless = replicated(tally, { upgrades: counterMachine });
  const { world, installed } = installing({ seed: 5 });
  await world.start();
  const leader = await world.settle();
  world.propose(leader);
  await world.run(500);
  for (const node of world.members) {
    installed.set(node, careless);
    await world.restart(node);
    await world.settle();
    await world.run(1_000);
  }
  for (const node of world.members) {
    const { replica } = world.core(node);
    assert.equal(replica.fingerprintOf('counter'), replica.fingerprints['counter']);
    assert.match(
      replica.upgrades(world.members)[0]?.refusal ?? '',
      /instance "k" has no place in it/,
    );
  }
  const told = (): number => world.core('a').replica.knowledge.of(world.members[1]!)?.index ?? 0;
  const toldBefore = told();
  await world.restart('b');
  await world.settle();
  await world.run(1_000);
  assert.ok(told() > toldBefore);

  for (const node of world.members) {
    installed.set(node, after);
    await world.restart(node);
    await world.settle();
    await world.run(1_000);
  }
  assertUpgraded(world);
});

test('what was refused for want of a machine is not applied after all when that machine is added', async () => {
  const machines: Record<string, Definition> = { counter: before };
  const world = new World({ seed: 6, machinesOf: () => ({ ...machines }) });
  await world.start();
  const leader = await world.settle();
  const asked = world.propose(leader, { type: 'ADD', by: 1 }, { machine: 'added' });
  await world.runUntil(() => asked.outcome !== null, 5_000);
  assert.ok(asked.outcome?.end === 'refused' && asked.outcome.code === 'unknown-machine');

  machines['added'] = before;
  for (const node of world.members) world.crash(node);
  await world.start();
  await world.settle();
  const reading = world.core(leader).replica.read('added', 'k');
  assert.ok(reading !== 'unknown-machine' && !reading.exists);
});

test('a node that was away when one was refused, and comes back without that one, goes on', async () => {
  const careless = replicated(tally, { upgrades: counterMachine });
  const { world, installed } = installing({ seed: 7 });
  await world.start();
  const leader = await world.settle();
  world.propose(leader);
  await world.run(500);
  const [one = '', away = '', last = ''] = world.members;
  for (const node of [one, away]) {
    installed.set(node, careless);
    await world.restart(node);
    await world.settle();
    await world.run(1_000);
  }
  world.crash(away);
  installed.set(last, careless);
  await world.restart(last);
  await world.settle();
  await world.run(1_000);
  assert.match(world.core(one).replica.upgrades(world.members)[0]?.refusal ?? '', /no place in it/);

  installed.set(away, after);
  await world.start(away);
  await world.settle();
  await world.run(1_000);
  for (const node of [one, last]) {
    installed.set(node, after);
    await world.restart(node);
    await world.settle();
    await world.run(1_000);
  }
  assertUpgraded(world);
});
