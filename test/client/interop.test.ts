/** Replicated instances in the hands of XState and React, on real nodes. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { useSelector } from '@xstate/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, beforeAll, test } from 'vitest';
import {
  assign,
  createActor,
  sendTo,
  setup,
  toPromise,
  waitFor,
  type AnyActorRef,
  type Snapshot,
} from 'xstate';
import {
  connect,
  fromCluster,
  QuorateClientError,
  type Cluster,
} from '../../runtime/client/node.ts';
import { Cluster as Nodes } from '../cluster/cluster.ts';
import { order } from './order.ts';

let nodes: Nodes;
let cluster: Cluster;
let keys = 0;

const addresses = (): readonly string[] =>
  nodes.nodes.map(({ port }) => `http://127.0.0.1:${port}`);
const newKey = (): string => {
  keys += 1;
  return `order ${keys}`;
};

beforeAll(async () => {
  nodes = await Nodes.start({ machines: path.join(import.meta.dirname, 'machines.ts') });
  cluster = connect(addresses());
});
afterAll(async () => {
  await cluster.close();
  await nodes[Symbol.asyncDispose]();
});

test('waitFor and toPromise of XState take a replicated instance', async () => {
  const actor = cluster.actor(order, newKey());
  const output = toPromise(actor);
  const paid = waitFor(actor, (snapshot) => snapshot.matches('paid'));
  actor.send({ type: 'PAY', cents: 3 });
  assert.equal((await paid).context?.cents, 3);
  actor.send({ type: 'PAY', cents: 4 });
  actor.send({ type: 'SHIP' });
  assert.deepEqual(await output, { cents: 7 });
  assert.deepEqual(await toPromise(actor), { cents: 7 }, 'also of one that is done already');
  const again = cluster.actor(order, actor.id.slice('order/'.length));
  assert.deepEqual(await toPromise(again), { cents: 7 });
});

test('waitFor ends when the actor is closed, or its signal aborted', async () => {
  const actor = cluster.actor(order, newKey());
  await actor.ready();
  const waiting = waitFor(actor, (snapshot) => snapshot.matches('shipped'));
  actor.close();
  await assert.rejects(waiting, /terminated/);
  const other = cluster.actor(order, newKey());
  const stop = new AbortController();
  const stopped = waitFor(other, () => false, { signal: stop.signal });
  stop.abort(new Error('enough'));
  await assert.rejects(stopped, /enough/);
});

test('what is proposed is shown by the time it is answered, here and elsewhere', async () => {
  const key = newKey();
  const other = connect(addresses());
  const [here, there] = [cluster.actor(order, key), other.actor(order, key)];
  here.start();
  await here.ready();
  const { index, accepted, snapshot, emitted } = await here.propose({ type: 'PAY', cents: 5 });
  assert.equal(here.getSnapshot().context?.cents, 5);
  assert.deepEqual([accepted, snapshot?.value], [true, 'paid']);
  assert.deepEqual(emitted, [{ type: 'paid', cents: 5 }]);
  const read = await there.read();
  assert.deepEqual([read.index, read.snapshot?.context.cents], [index, 5]);
  const refused = await there.propose({ type: 'BREAK' });
  assert.equal(refused.accepted, false);
  await other.close();
});

test('an event that its chart throws at is refused, and says why', async () => {
  const actor = cluster.actor(order, newKey());
  const error = await actor.propose({ type: 'BREAK' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof QuorateClientError);
  assert.deepEqual([error.code, error.outcome], ['machine-error', 'refused']);
  assert.match(error.message, /broken/);
});

test('the input of an instance comes with its first event', async () => {
  const actor = cluster.actor(order, newKey(), { input: { by: 'ann' } });
  const { snapshot } = await actor.propose({ type: 'PAY', cents: 1 });
  assert.equal(snapshot?.context.by, 'ann');
});

test('a local machine sends to an instance that it was handed', async () => {
  const actor = cluster.actor(order, newKey());
  const till = setup({
    types: { context: {} as { order: AnyActorRef } },
  }).createMachine({
    context: { order: actor },
    on: { TAKE: { actions: sendTo(({ context }) => context.order, { type: 'PAY', cents: 9 }) } },
  });
  const paid = waitFor(actor, (snapshot) => snapshot.matches('paid'));
  createActor(till).start().send({ type: 'TAKE' });
  assert.equal((await paid).context?.cents, 9);
});

const shop = (key: string) =>
  setup({
    types: {
      context: {} as { cents: readonly number[]; output: unknown; emitted: readonly string[] },
      events: {} as { type: 'PAY'; cents: number } | { type: 'SHIP' } | { type: 'LEAVE' },
    },
    actors: {
      order: fromCluster(cluster, order, ({ input }: { input: { key: string } }) => input.key),
    },
  }).createMachine({
    context: { cents: [], output: null, emitted: [] },
    initial: 'watching',
    states: {
      watching: {
        invoke: {
          id: 'order',
          src: 'order',
          input: { key },
          onSnapshot: {
            actions: assign({
              cents: ({ context, event }) =>
                event.snapshot.context === undefined
                  ? context.cents
                  : [...context.cents, event.snapshot.context.cents],
            }),
          },
          onDone: {
            target: 'done',
            actions: assign({ output: ({ event }) => event.output as unknown }),
          },
          onError: 'failed',
        },
        on: {
          PAY: { actions: sendTo('order', ({ event }) => event) },
          SHIP: { actions: sendTo('order', { type: 'SHIP' }) },
          LEAVE: 'left',
        },
      },
      left: {},
      done: { type: 'final' },
      failed: { type: 'final' },
    },
  });

test('a local machine invokes an instance: snapshots, events, and its end', async () => {
  const actor = createActor(shop(newKey())).start();
  const child = actor.getSnapshot().children.order;
  const emitted: string[] = [];
  child?.on('*', ({ type }) => emitted.push(type));
  await waitFor(actor, ({ context }) => context.cents.length > 0);
  actor.send({ type: 'PAY', cents: 2 });
  actor.send({ type: 'PAY', cents: 3 });
  actor.send({ type: 'SHIP' });
  const { context } = await waitFor(actor, (snapshot) => snapshot.matches('done'));
  // XState tells of a child's snapshot with each event that the child is sent, changed or not.
  assert.deepEqual([...new Set(context.cents)], [0, 2, 5]);
  assert.deepEqual(context.output, { cents: 5 });
  assert.deepEqual(emitted, ['paid', 'shipped']);
});

test('an invoked instance goes on when it is left, and is found again where a machine is restored', async () => {
  const key = newKey();
  const machine = shop(key);
  const first = createActor(machine).start();
  first.send({ type: 'PAY', cents: 2 });
  await waitFor(first, ({ context }) => context.cents.includes(2));
  const persisted = JSON.parse(JSON.stringify(first.getPersistedSnapshot())) as Snapshot<unknown>;
  first.send({ type: 'LEAVE' });
  assert.equal((await cluster.actor(order, key).read()).snapshot?.value, 'paid');

  const second = createActor(machine, { snapshot: persisted }).start();
  second.send({ type: 'PAY', cents: 3 });
  const { context } = await waitFor(second, (snapshot) => snapshot.context.cents.includes(5));
  assert.deepEqual([...new Set(context.cents)], [0, 2, 5]);
  second.stop();
});

test('an invoked instance that takes no event fails its parent', async () => {
  const closed = connect(addresses());
  const lonely = setup({
    types: { context: {} as { code: unknown } },
    actors: { order: fromCluster(closed, order, newKey()) },
  }).createMachine({
    context: { code: null },
    initial: 'watching',
    states: {
      watching: {
        invoke: {
          id: 'order',
          src: 'order',
          onError: {
            target: 'failed',
            actions: assign({
              code: ({ event }) => (event.error as QuorateClientError).code as unknown,
            }),
          },
        },
        on: { GO: { actions: sendTo('order', { type: 'SHIP' }) } },
      },
      failed: {},
    },
  });
  const actor = createActor(lonely).start();
  await closed.close();
  actor.send({ type: 'GO' });
  assert.equal(actor.getSnapshot().context.code, 'closed');
});

test('useSelector of React takes a replicated instance', async () => {
  const actor = cluster.actor(order, newKey());
  const Cents = () =>
    createElement(
      'p',
      null,
      useSelector(actor, ({ context }) => context?.cents ?? 'unknown'),
    );
  assert.equal(renderToString(createElement(Cents)), '<p>unknown</p>');
  await actor.propose({ type: 'PAY', cents: 5 });
  assert.equal(renderToString(createElement(Cents)), '<p>5</p>');
  const nowhere = cluster.actor(order, 'x', { name: 'bill' });
  await assert.rejects(nowhere.ready(), { code: 'unknown-machine' });
  const Broken = () =>
    createElement(
      'p',
      null,
      useSelector(nowhere, ({ status }) => status),
    );
  assert.throws(() => renderToString(createElement(Broken)), { code: 'unknown-machine' });
});

test('when the leader is killed, what was sent arrives once, and who follows sees every event', async () => {
  const key = newKey();
  const clusters = [connect(addresses()), connect(addresses())] as const;
  const [one, other] = [clusters[0].actor(order, key), clusters[1].actor(order, key)];
  const seen: number[] = [];
  other.subscribe(({ context }) => seen.push(context.cents));
  await other.ready();
  for (let cents = 1; cents <= 10; cents += 1) one.send({ type: 'PAY', cents: 1 });
  await waitFor(other, ({ context }) => context?.cents === 10);
  const leader = await nodes.leader();
  await nodes.signal(leader, 'SIGKILL');
  for (let cents = 1; cents <= 10; cents += 1) one.send({ type: 'PAY', cents: 1 });
  await waitFor(other, ({ context }) => context?.cents === 20);
  assert.deepEqual(
    seen,
    Array.from({ length: 21 }, (_, cents) => cents),
  );
  nodes.run(leader);
  await Promise.all(clusters.map((each) => each.close()));
});

test('await using closes a cluster object', async () => {
  const using = connect(addresses());
  const { snapshot } = await using.actor(order, newKey()).propose({ type: 'PAY', cents: 1 });
  assert.equal(snapshot?.value, 'paid');
  await using[Symbol.asyncDispose]();
  await assert.rejects(using.actor(order, 'x').read(), { code: 'closed' });
});
