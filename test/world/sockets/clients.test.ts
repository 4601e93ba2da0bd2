import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'vitest';
import type { ProposalAnswer, StateAnswer } from '../../../runtime/client/messages.ts';
import { clientDoor } from './client-door.ts';
import { createSimulatedClient, type SimulatedClient } from './client.ts';
import { createCluster } from './cluster.ts';
import { fairSockets } from './route.ts';
import { createStage, type Stage } from './stage.ts';

const names = ['a', 'b', 'c'];

async function electedCluster(options: Parameters<typeof createStage>[0] = {}, seed = 1) {
  const stage = createStage(options, seed);
  const cluster = createCluster(stage, ...names);
  const leader = await cluster.startAll();
  return { ...stage, stage, cluster, leader };
}

const clientOf = (stage: Stage, name: string, nodes: readonly string[]): SimulatedClient =>
  createSimulatedClient({ name, life: stage.life(name), network: stage.network, nodes });

/** What became of a promise, once time has passed. */
function fateOf<Value>(promise: Promise<Value>): { value: Value | null; error: unknown } {
  const fate: { value: Value | null; error: unknown } = { value: null, error: null };
  promise.then(
    (value) => (fate.value = value),
    (error: unknown) => (fate.error = error),
  );
  return fate;
}

const add = (client: SimulatedClient, timeoutMs = 10_000): { value: ProposalAnswer | null } =>
  fateOf(
    client.propose({ machine: 'counter', key: 'k', event: { type: 'ADD', by: 1 }, timeoutMs }),
  );

const count = (answer: StateAnswer | null): unknown =>
  (answer?.snapshot as { context?: { count?: number } } | null | undefined)?.context?.count;

const read = (client: SimulatedClient): { value: StateAnswer | null } =>
  fateOf(
    client.read({ machine: 'counter', key: 'k', consistency: 'linearizable', timeoutMs: 10_000 }),
  );

test('in fair weather a client proposes, reads and watches, each at a node of its own', async () => {
  const { stage, run, sent } = await electedCluster();
  const [one, two, three] = names.map((node) => clientOf(stage, `client-${node}`, [node]));
  assert.ok(one && two && three);
  const seen: unknown[] = [];
  const stop = new AbortController();
  const watching = fateOf(
    three.watch(
      { machine: 'counter', key: 'k', afterIndex: null },
      { seen: (state) => seen.push(count(state)), interrupted: () => {}, signal: stop.signal },
    ),
  );
  await run(100);
  for (const client of [one, two]) {
    const answer = add(client);
    await run(200);
    assert.equal(answer.value?.type, 'committed');
  }
  const answer = read(three);
  await run(200);
  assert.equal(count(answer.value), 2);
  assert.deepEqual(seen, [1, 2]);
  stop.abort();
  await run(200);
  assert.deepEqual(watching, { value: undefined, error: null });
  assert.ok(sent.some(({ plane, kind }) => plane === 'client' && kind === 'text'));
});

test('a client whose node falls silent to it asks another, and its proposal is applied once', async () => {
  const { stage, run, network, until } = await electedCluster();
  const client = clientOf(stage, 'client', names);
  const first = add(client);
  await run(100);
  assert.equal(first.value?.type, 'committed');
  network.cut('a', 'client', 'silent', { plane: 'client' });
  const second = add(client);
  await until(() => second.value !== null);
  assert.equal(second.value?.type, 'committed');
  network.heal('a', 'client');
  const answer = read(client);
  await run(1_000);
  assert.equal(count(answer.value), 2, 'the one that was asked before has applied it as well');
});

test('a client whose node is killed, refuses, resets or never answers turns to another', async () => {
  const troubles: Readonly<
    Record<string, (world: Awaited<ReturnType<typeof electedCluster>>) => void>
  > = {
    killed: ({ cluster }) => cluster.crash('a'),
    'without power': ({ cluster }) => cluster.crash('a', 'power'),
    paused: ({ cluster }) => cluster.node('a').life.pause(),
    reset: ({ network }) => network.cut('client', 'a', 'reset', { plane: 'client' }),
    'deaf to new calls': ({ network }) => {
      network.reset('client', 'a', { plane: 'client' });
      network.ignoreDials('client', 'a', { plane: 'client' });
    },
  };
  for (const [trouble, begin] of Object.entries(troubles)) {
    const world = await electedCluster();
    const client = clientOf(world.stage, 'client', names);
    const first = add(client);
    await world.run(100);
    assert.equal(first.value?.type, 'committed', trouble);
    begin(world);
    const second = add(client, 20_000);
    await world.until(() => second.value !== null);
    assert.equal(second.value?.type, 'committed', trouble);
    const answer = read(client);
    await world.until(() => answer.value !== null);
    assert.equal(count(answer.value), 2, trouble);
  }
});

test('a watcher sees each event once and in order, from one node to the next', async () => {
  const { stage, run, until, cluster } = await electedCluster();
  const writer = clientOf(stage, 'writer', ['c', 'b', 'a']);
  const watcher = clientOf(stage, 'watcher', names);
  const seen: unknown[] = [];
  const interrupted: string[] = [];
  const stop = new AbortController();
  void watcher.watch(
    { machine: 'counter', key: 'k', afterIndex: 0 },
    {
      seen: (state) => seen.push(count(state)),
      interrupted: (why) => interrupted.push(why),
      signal: stop.signal,
    },
  );
  for (let round = 1; round <= 20; round += 1) {
    if (round === 5) cluster.crash('a', 'power');
    if (round === 15) await cluster.start('a');
    if (round === 17) cluster.crash('b');
    const answer = add(writer, 30_000);
    await until(() => answer.value !== null);
    assert.equal(answer.value?.type, 'committed');
  }
  await run(15_000);
  assert.deepEqual(
    seen.filter((state) => state !== undefined),
    Array.from({ length: 20 }, (_, round) => round + 1),
  );
  assert.ok(interrupted.length >= 1);
});

test('a client that hangs up has its answer in doubt; a dead one gets none', async () => {
  const { stage, run, network, cluster } = await electedCluster();
  const rude = clientOf(stage, 'rude', ['a']);
  add(rude);
  await run(100);
  network.holdBack('a', 'rude');
  const given = add(rude, 1_000);
  await run(50);
  rude.close();
  await run(3_000);
  assert.equal(given.value?.type, 'unknown');

  const life = stage.life('mortal');
  const mortal = createSimulatedClient({ name: 'mortal', life, network, nodes: ['b'] });
  const lost = add(mortal);
  await run(3);
  life.end();
  mortal.host.exit('process');
  await run(20_000);
  assert.equal(lost.value, null);
  network.heal('a', 'rude');
  await run(5_000);
  assert.equal(cluster.leader() === null, false);
});

test('a node that has all the clients it takes sends the next one on', async () => {
  const { stage, run, cluster } = await electedCluster();
  const { host, service } = cluster.node('a');
  const small = clientDoor({ host, service, limits: { clientConnectionsMax: 1 } });
  const [first, second] = ['first', 'second'].map((name) => clientOf(stage, name, names));
  assert.ok(first && second);
  const answers = [add(first)];
  await run(100);
  answers.push(add(second));
  await run(1_000);
  assert.deepEqual(
    answers.map(({ value }) => value?.type),
    ['committed', 'committed'],
  );
  assert.ok(small.isFull);
});

test('links between nodes are seen by the inspector of their node', async () => {
  const { run, network, cluster } = await electedCluster();
  network.cut('a', 'b');
  network.cut('b', 'a');
  await run(3_000);
  assert.notEqual(cluster.link('a', 'b'), 'open');
  assert.equal(cluster.link('a', 'c'), 'open');
  const steps = cluster.node('a').linkSteps;
  for (const step of [
    'b {"dialing":"calling"}',
    'b "greeting"',
    'b {"open":"heard"}',
    'b {"open":"asking"}',
    'b {"open":"askingAgain"}',
    'b {"apart":"waiting"}',
  ]) {
    assert.ok(steps.includes(step), `${step} among ${[...new Set(steps)].join(', ')}`);
  }
});

test('a whole cluster with its clients replays from its seed, frame by frame', async () => {
  const story = async (seed: number): Promise<string> => {
    const weather = { ...fairSockets, delayMs: [1, 15], retryMs: [0, 300] } as const;
    const { stage, run, network, log, cluster } = await electedCluster({ weather }, seed);
    const clients = names.map((node, place) =>
      clientOf(stage, `client-${node}`, [...names.slice(place), ...names.slice(0, place)]),
    );
    const answers: { value: ProposalAnswer | null }[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (const client of clients) answers.push(add(client));
      if (round === 3) network.cut('a', 'b');
      if (round === 5) cluster.crash('c', 'power');
      if (round === 7) await cluster.start('c');
      if (round === 8) network.heal('a', 'b');
      await run(300);
    }
    await run(30_000);
    assert.ok(answers.every(({ value }) => value?.type === 'committed'));
    return createHash('sha256').update(log.join('\n')).digest('hex');
  };
  const first = await story(7);
  assert.equal(await story(7), first);
  assert.notEqual(await story(8), first);
});
