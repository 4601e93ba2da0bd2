/** The cluster object on whole simulated clusters, with the doors, links and sockets that there really are. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createCluster } from '../../runtime/client/cluster.ts';
import { counterMachine } from '../world/counter.ts';
import { createCluster as createNodes } from '../world/sockets/cluster.ts';
import { socketAddress } from '../world/sockets/network.ts';
import { fairSockets } from '../world/sockets/route.ts';
import { createStage, type Stage } from '../world/sockets/stage.ts';

const names = ['a', 'b', 'c'];

async function electedCluster(seed: number) {
  const weather = { ...fairSockets, delayMs: [1, 15], retryMs: [0, 300] } as const;
  const stage = createStage({ weather }, seed);
  const nodes = createNodes(stage, ...names);
  await nodes.startAll();
  return { stage, nodes };
}

function clusterFor(stage: Stage, name: string) {
  const life = stage.life(name);
  const host = stage.network.join(name, life);
  const urls = names.map((node) => `${socketAddress(node)}/v1/client`);
  const failed: unknown[] = [];
  const cluster = createCluster(
    urls,
    { timeoutMs: 60_000, onError: (error) => failed.push(error) },
    {
      clock: life.clock,
      followsLeader: name === 'cleo',
      dial: (url, patienceMs) => host.dial(new URL(url), { patienceMs, closeTimeoutMs: 30_000 }),
    },
  );
  return { cluster, failed };
}

const add = { type: 'ADD', by: 1 } as const;

test('a leader that leads is followed, each event once, through crashes and cuts', async () => {
  for (const seed of [1, 2, 3]) {
    const { stage, nodes } = await electedCluster(seed);
    const people = ['ann', 'bob', 'cleo'].map((name, place) => {
      const { cluster, failed } = clusterFor(stage, name);
      const actor = cluster.actor(counterMachine, 'k', { optimistic: place === 1 });
      const plain = cluster.actor(counterMachine, 'k');
      const counts: number[] = [];
      plain.subscribe(({ context }) => counts.push(context.count));
      return { cluster, failed, actor, plain, counts };
    });
    await stage.until(() => people.every(({ counts }) => counts.length === 1));

    const answered: Promise<number>[] = [];
    for (let round = 0; round < 30; round += 1) {
      if (round === 5) nodes.crash('a', 'power');
      if (round === 10) await nodes.start('a');
      if (round === 12) stage.network.cut('b', 'c', 'silent');
      if (round === 15) stage.network.cut('ann', 'a', 'silent', { plane: 'client' });
      if (round === 18) stage.network.heal('b', 'c');
      if (round === 20) nodes.crash('c');
      if (round === 25) await nodes.start('c');
      for (const { actor } of people) actor.send(add);
      for (const { actor } of people) {
        answered.push(actor.propose(add).then(({ snapshot }) => snapshot?.context.count ?? -1));
      }
      await stage.run(200);
    }
    stage.network.heal('ann', 'a');
    const all = 2 * 30 * people.length;
    await stage.until(() => people.every(({ counts }) => counts.at(-1) === all));

    for (const { counts, actor, plain, failed } of people) {
      assert.deepEqual(
        counts,
        Array.from({ length: all + 1 }, (_, count) => count),
        `seed ${seed}: each event once, in order, without a gap`,
      );
      assert.equal(plain.getSnapshot().context?.count, all);
      assert.deepEqual(failed, []);
      const { snapshot } = await settled(stage, actor.read());
      assert.equal(snapshot?.context.count, all);
    }
    const places = await settled(stage, Promise.all(answered));
    assert.equal(
      new Set(places).size,
      places.length,
      `seed ${seed}: each answer is of its own event`,
    );
    await settled(stage, Promise.all(people.map(({ cluster }) => cluster.close())));
  }
});

test('an optimistic actor never shows less than it was sent, and ends with what is true', async () => {
  const { stage, nodes } = await electedCluster(7);
  const ann = clusterFor(stage, 'ann').cluster.actor(counterMachine, 'k', { optimistic: true });
  const bob = clusterFor(stage, 'bob').cluster.actor(counterMachine, 'k');
  const shown: number[] = [];
  ann.subscribe(({ context }) => shown.push(context.count));
  await stage.until(() => shown.length === 1);
  for (let round = 1; round <= 40; round += 1) {
    if (round === 10) nodes.crash(nodes.leader() ?? 'a', 'power');
    ann.send(add);
    if (round % 4 === 0) bob.send({ type: 'ADD', by: 100 });
    assert.ok((ann.getSnapshot().context?.count ?? 0) % 100 >= round % 100, `round ${round}`);
    await stage.run(100);
  }
  await stage.until(() => ann.getSnapshot().context?.count === 40 + 10 * 100);
  const dips = shown.filter((count, nth) => count < (shown[nth - 1] ?? 0));
  assert.deepEqual(dips, [], 'nothing that was shown is taken back');
  const { snapshot } = await settled(stage, bob.read());
  assert.equal(snapshot?.context.count, 1_040);
});

async function settled<Value>(stage: Stage, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  void promise.finally(() => (isSettled = true)).catch(() => {});
  await stage.until(() => isSettled);
  return promise;
}
