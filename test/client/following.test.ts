import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { Cluster } from '../../runtime/client/cluster.ts';
import { order } from './order.ts';
import {
  committed,
  notBegun,
  ofType,
  reading,
  refusedAs,
  scriptedCluster,
  state,
  view,
} from './scripted-cluster.ts';
import type { Script } from './scripted-nodes.ts';

type Order = ReturnType<typeof orderOf>;
const orderOf = (cluster: Cluster, options = {}) => cluster.actor(order, '42', options);

/** The last subscription that the first node was asked for. */
function lastSubscription({ node }: ReturnType<typeof scriptedCluster>) {
  const subscription = ofType(node.heard, 'subscribe').at(-1);
  const { id } = subscription ?? {};
  const caller = node.callers.at(-1);
  return {
    afterIndex: subscription?.['afterIndex'],
    say: (answer: object) => caller?.say({ id, ...answer }),
  };
}

const seenBy = (actor: Order): { value: unknown; cents: number | undefined }[] => {
  const seen: { value: unknown; cents: number | undefined }[] = [];
  actor.subscribe(({ value, context }) => seen.push({ value, cents: context.cents }));
  return seen;
};

describe('an actor that nobody looks at', () => {
  test('asks nothing, and is blank', async () => {
    const world = scriptedCluster(reading(state(5, 'paid', 7)));
    const actor = orderOf(world.cluster);
    await world.run(100);
    assert.equal(world.node.callers.length, 0);
    assert.equal(actor.id, 'order/42');

    const snapshot = actor.getSnapshot();
    assert.equal(actor.getSnapshot(), snapshot, 'always the same one');
    assert.equal(snapshot.status, 'active');
    assert.equal(snapshot.value, undefined);
    assert.equal(snapshot.context, undefined);
    assert.equal(snapshot.matches('open'), false);
    assert.equal(snapshot.hasTag('open'), false);
    assert.equal(snapshot.can({ type: 'SHIP' }), false);
    assert.deepEqual(snapshot.getMeta(), {});
    assert.deepEqual(JSON.parse(JSON.stringify(snapshot)), { status: 'active' });
  });

  test('shows what another actor of the same instance hears', async () => {
    const world = scriptedCluster(reading(state(5, 'paid', 7)));
    seenBy(orderOf(world.cluster));
    await world.run();
    assert.equal(orderOf(world.cluster).getSnapshot().value, 'paid');
  });
});

describe('an actor that somebody observes', () => {
  test('begins with a linearizable read, goes on after it, and tells of each event', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const actor = orderOf(world.cluster);
    const seen = seenBy(actor);
    await world.run();
    assert.equal(ofType(world.node.heard, 'read')[0]?.['consistency'], 'linearizable');
    const { say, afterIndex } = lastSubscription(world);
    assert.equal(afterIndex, 5);

    say(state(6, 'paid', 3, { event: { type: 'PAY', cents: 3 }, accepted: true, emitted: [] }));
    say(state(9, 'paid', 7, { event: { type: 'PAY', cents: 4 }, accepted: true, emitted: [] }));
    await world.run();
    assert.deepEqual(seen, [
      { value: 'open', cents: 0 },
      { value: 'paid', cents: 3 },
      { value: 'paid', cents: 7 },
    ]);
    const snapshot = actor.getSnapshot();
    assert.equal(actor.getSnapshot(), snapshot);
    assert.equal(snapshot.matches('paid'), true);
    assert.equal(snapshot.hasTag('open'), true);
    assert.equal(snapshot.can({ type: 'SHIP' }), true);
    assert.equal(snapshot.can({ type: 'BREAK' }), false);
  });

  test('shows meta data and tags of the state that it is in', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const actor = orderOf(world.cluster);
    seenBy(actor);
    await world.run();
    assert.deepEqual(actor.getSnapshot().getMeta(), { 'order.open': { title: 'To be paid' } });
  });

  test('ignores what is not news', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const seen = seenBy(orderOf(world.cluster));
    await world.run();
    const { say } = lastSubscription(world);
    say(state(8, 'paid', 3, { event: { type: 'PAY' } }));
    say(state(8, 'paid', 3, { event: { type: 'PAY' } }));
    say(state(6, 'open', 0, { event: { type: 'PAY' } }));
    await world.run();
    assert.deepEqual(
      seen.map(({ value }) => value),
      ['open', 'paid'],
    );
  });

  test('tells of an event that was not accepted, with the snapshot as it was', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const actor = orderOf(world.cluster);
    const seen: unknown[] = [];
    actor.subscribe((snapshot) => seen.push(snapshot));
    await world.run();
    lastSubscription(world).say(
      state(6, 'open', 0, { event: { type: 'SHIP' }, accepted: false, emitted: [] }),
    );
    await world.run();
    assert.equal(seen.length, 2);
    assert.equal(seen[0], seen[1]);
    assert.equal(actor.getSnapshot(), seen[0]);
  });

  test('replays nothing to whoever comes later', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const actor = orderOf(world.cluster);
    seenBy(actor);
    await world.run();
    const late = seenBy(actor);
    await world.run();
    assert.deepEqual(late, []);
  });

  test('goes on after the last event it has seen when the connection is lost', async () => {
    const script = reading(state(5, 'open'));
    const world = scriptedCluster([script, script]);
    const seen = seenBy(orderOf(world.cluster));
    await world.run();
    lastSubscription(world).say(state(6, 'paid', 3, { event: { type: 'PAY' } }));
    await world.run();
    world.node.down();
    await world.run(100);
    const other = world.nodes[1];
    assert.ok(other);
    assert.deepEqual(
      other.heard.map(({ type, afterIndex }) => ({ type, afterIndex })),
      [{ type: 'subscribe', afterIndex: 6 }],
    );
    other.callers[0]?.say({ id: other.heard[0]?.id, ...state(7, 'paid', 4) });
    await world.run();
    assert.deepEqual(
      seen.map(({ cents }) => cents),
      [0, 3, 4],
    );
  });

  test('waits for a cluster that has no leader yet', async () => {
    let leads = false;
    const world = scriptedCluster((message) => {
      if (message.type !== 'read') return null;
      return leads ? state(5, 'open') : refusedAs('no-leader')(message);
    });
    const seen = seenBy(orderOf(world.cluster));
    await world.run(30_000);
    assert.deepEqual(seen, []);
    leads = true;
    await world.run(10_000);
    assert.equal(seen.length, 1);
  });

  test('stays with a node that has as many subscriptions as it takes, and asks again', async () => {
    let asked = 0;
    const script: Script = (message) => {
      if (message.type === 'read') return state(5, 'open');
      asked += 1;
      return asked < 4 ? refusedAs('overloaded')(message) : null;
    };
    const world = scriptedCluster([script, () => null]);
    const seen = seenBy(orderOf(world.cluster));
    await world.run(2_000);
    assert.equal(asked, 4);
    assert.equal(world.node.callers.length, 1);
    lastSubscription(world).say(state(6, 'paid', 3, { event: { type: 'PAY' } }));
    await world.run();
    assert.equal(seen.length, 2);
  });

  test('does not go back to what its subscription had before an answer', async () => {
    const world = scriptedCluster((message) => {
      if (message.type === 'propose') return committed(message, 12);
      return message.type === 'read' ? state(5, 'open') : null;
    });
    const actor = orderOf(world.cluster);
    actor.subscribe(() => {}).unsubscribe();
    await world.run();
    actor.subscribe(() => {}).unsubscribe();
    await actor.propose({ type: 'PAY', cents: 5 });
    const seen = seenBy(actor);
    await world.run();
    assert.equal(actor.getSnapshot().value, 'paid');
    assert.deepEqual(seen, []);
  });

  test('stays with a node that is only quiet, and leaves one that is only half there', async () => {
    const world = scriptedCluster([reading(state(5, 'open')), () => null]);
    seenBy(orderOf(world.cluster));
    world.cluster.actor(order, '43').start();
    await world.run(30_000);
    assert.equal(world.nodes[1]?.heard.length, 0);
    assert.equal(world.node.pings(), 6, 'one for all that it is followed for');
    world.node.deafen();
    await world.run(11_000);
    assert.deepEqual(
      world.nodes[1]?.heard.map(({ type, key }) => [type, key]),
      [
        ['subscribe', '42'],
        ['subscribe', '43'],
      ],
    );
    assert.equal(world.node.open(), 0);
  });
});

describe('actors of one instance', () => {
  test('share one subscription, which ends a little after the last of them', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const actors = [orderOf(world.cluster), orderOf(world.cluster)] as const;
    const subscriptions = actors.map((actor) => actor.subscribe(() => {}));
    actors[0].start();
    await world.run();
    assert.deepEqual(world.asked(), ['read', 'subscribe']);
    for (const subscription of subscriptions) subscription.unsubscribe();
    await world.run(5_000);
    assert.equal(ofType(world.node.heard, 'unsubscribe').length, 0, 'one was started');
    actors[0].stop();
    await world.run(500);
    assert.equal(ofType(world.node.heard, 'unsubscribe').length, 0, 'somebody may come back');
    await world.run(1_000);
    assert.equal(ofType(world.node.heard, 'unsubscribe').length, 1);
  });

  test('keep it when one leaves and the next comes at once, as pages do', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const actor = orderOf(world.cluster);
    for (let round = 0; round < 5; round += 1) {
      const subscription = actor.subscribe(() => {});
      await world.run(100);
      subscription.unsubscribe();
      subscription.unsubscribe();
    }
    actor.subscribe(() => {});
    await world.run(5_000);
    assert.deepEqual(world.asked(), ['read', 'subscribe']);
  });

  test('ask anew when they come back later, and tell of no event in between', async () => {
    let index = 5;
    const world = scriptedCluster(({ type }) => (type === 'read' ? state(index, 'open') : null));
    const actor = orderOf(world.cluster);
    actor.subscribe(() => {}).unsubscribe();
    await world.run(5_000);
    index = 50;
    const seen = seenBy(actor);
    await world.run();
    assert.equal(lastSubscription(world).afterIndex, 50);
    assert.equal(seen.length, 1);
  });

  test('share a connection with those of others', async () => {
    const world = scriptedCluster(({ type, key }) =>
      type === 'read' ? { ...state(5, 'open'), key } : null,
    );
    for (let key = 0; key < 20; key += 1) world.cluster.actor(order, `${key}`).subscribe(() => {});
    await world.run();
    assert.equal(world.node.callers.length, 1);
    assert.equal(ofType(world.node.heard, 'subscribe').length, 20);
  });

  test('are as many as a connection takes, and no more', async () => {
    const world = scriptedCluster(() => null);
    for (let key = 0; key < 1_024; key += 1) world.cluster.actor(order, `${key}`).start();
    const one = world.cluster.actor(order, 'one more');
    assert.throws(() => one.subscribe(() => {}), { code: 'overloaded', outcome: 'refused' });
    assert.throws(() => one.start(), { code: 'overloaded' });
    world.cluster.actor(order, '7').subscribe(() => {});
  });
});

describe('an instance that has not begun', () => {
  test('is shown as its machine begins, with the input of the actor', async () => {
    const world = scriptedCluster(reading(notBegun(99)));
    const actor = orderOf(world.cluster, { input: { by: 'ann' } });
    const seen = seenBy(actor);
    await world.run();
    assert.equal(seen.length, 1);
    const snapshot = await actor.ready();
    assert.deepEqual(snapshot.getSnapshot().context, { cents: 0, by: 'ann' });
    assert.equal(actor.getSnapshot().matches('open'), true);
    lastSubscription(world).say(state(100, 'paid', 3, { event: { type: 'PAY' } }));
    await world.run();
    assert.equal(actor.getSnapshot().value, 'paid');
    assert.equal(seen.length, 2);
  });

  test('is told of once, however often it is found so', async () => {
    let index = 99;
    const world = scriptedCluster(({ type }) => (type === 'read' ? notBegun(index) : null));
    const actor = orderOf(world.cluster);
    const first = actor.subscribe(() => {});
    await world.run();
    const snapshot = actor.getSnapshot();
    first.unsubscribe();
    await world.run(5_000);
    index = 120;
    const seen = seenBy(actor);
    await world.run();
    assert.equal(ofType(world.node.heard, 'read').length, 2);
    assert.deepEqual(seen, []);
    assert.equal(actor.getSnapshot(), snapshot);
  });

  test('is blank where only its name is known', async () => {
    const world = scriptedCluster(reading(notBegun(99)));
    const actor = world.cluster.actor<typeof order>('order', '42');
    let isReady = false;
    void actor.ready().then(() => (isReady = true));
    await world.run();
    assert.equal(isReady, false);
    assert.equal(actor.getSnapshot().value, undefined);
    lastSubscription(world).say(state(100, 'paid', 3, { event: { type: 'PAY' } }));
    await world.run();
    assert.equal(isReady, true);
    const { value, context, status } = actor.getSnapshot();
    assert.deepEqual({ value, context, status }, view('paid', 3));
    assert.equal(actor.getSnapshot().matches('paid'), true);
    assert.equal(actor.getSnapshot().matches('open'), false);
  });
});

describe('the end', () => {
  test('of an instance completes its observers, after its last snapshot', async () => {
    const world = scriptedCluster(reading(state(5, 'paid', 3)));
    const actor = orderOf(world.cluster);
    const told: unknown[] = [];
    actor.subscribe({
      next: ({ status, output }) => told.push([status, output]),
      complete: () => told.push('complete'),
    });
    await world.run();
    const done = view('shipped', 3, { status: 'done', output: { cents: 3 } });
    lastSubscription(world).say(
      state(6, 'shipped', 3, { snapshot: done, event: { type: 'SHIP' }, emitted: [] }),
    );
    await world.run();
    assert.deepEqual(told, [['active', undefined], ['done', { cents: 3 }], 'complete']);
    actor.subscribe({ next: () => told.push('never'), complete: () => told.push('at once') });
    assert.equal(told.at(-1), 'at once');
    await world.run(2_000);
    assert.equal(ofType(world.node.heard, 'unsubscribe').length, 1);
  });

  test('of an instance ends its subscription, though nobody observes', async () => {
    const world = scriptedCluster(reading(state(5, 'paid', 3)));
    const actor = orderOf(world.cluster).start();
    await world.run();
    const done = view('shipped', 3, { status: 'done', output: { cents: 3 } });
    lastSubscription(world).say(
      state(6, 'shipped', 3, { snapshot: done, event: { type: 'SHIP' } }),
    );
    await world.run(2_000);
    assert.equal(actor.getSnapshot().status, 'done');
    assert.equal(ofType(world.node.heard, 'unsubscribe').length, 1);
  });

  test('of an actor completes them, too; the instance and other actors go on', async () => {
    const world = scriptedCluster(reading(state(5, 'paid', 3)));
    const [one, other] = [orderOf(world.cluster), orderOf(world.cluster)];
    const told: string[] = [];
    one.subscribe({ complete: () => told.push('complete') });
    const seen = seenBy(other);
    await world.run();
    one.close();
    one.close();
    assert.deepEqual(told, ['complete']);
    lastSubscription(world).say(state(6, 'paid', 4, { event: { type: 'PAY' } }));
    await world.run();
    assert.equal(seen.length, 2);
    assert.equal(one.getSnapshot().context?.cents, 3, 'what it last knew');
    await assert.rejects(one.propose({ type: 'SHIP' }), { code: 'closed', outcome: 'refused' });
  });

  test('of the cluster object completes all of them', async () => {
    const world = scriptedCluster(reading(state(5, 'paid', 3)));
    const told: string[] = [];
    orderOf(world.cluster).subscribe({ complete: () => told.push('complete') });
    await world.run();
    await world.cluster.close();
    assert.deepEqual(told, ['complete']);
    assert.equal(world.node.open(), 0);
    assert.throws(() => orderOf(world.cluster).start(), { code: 'closed' });
  });

  test('comes at once where the cluster knows no such machine', async () => {
    const world = scriptedCluster(refusedAs('unknown-machine'));
    const actor = orderOf(world.cluster);
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    await world.run();
    const [error] = errors as { code: string; name: string }[];
    assert.equal(error?.code, 'unknown-machine');
    assert.equal(error?.name, 'QuorateClientError');
    const { status, error: shown } = actor.getSnapshot();
    assert.deepEqual([status, shown], ['error', error]);
    await assert.rejects(actor.ready(), { code: 'unknown-machine' });
    actor.subscribe({ error: (again) => errors.push(again) });
    assert.equal(errors.length, 2);
  });

  test('comes where the machine at hand has no such state', async () => {
    const world = scriptedCluster(reading(state(5, 'elsewhere')));
    const errors: unknown[] = [];
    orderOf(world.cluster).subscribe({ error: (error) => errors.push(error) });
    await world.run();
    assert.equal((errors[0] as { code?: string }).code, 'machine-differs');
  });

  test('that nobody listens for is thrown where nothing can catch it', async () => {
    const world = scriptedCluster(refusedAs('unknown-machine'));
    orderOf(world.cluster).subscribe(() => {});
    await assert.rejects(world.run(10), { code: 'unknown-machine' });
  });
});

describe('waiting until something is known', () => {
  test('resolves with the actor itself, by the same promise for all', async () => {
    const world = scriptedCluster(reading(state(5, 'paid', 3)));
    const actor = orderOf(world.cluster);
    const first = actor.ready();
    assert.equal(await first, actor);
    await world.run(5_000);
    assert.equal(await actor.ready(), actor);
    assert.equal(ofType(world.node.heard, 'unsubscribe').length, 1, 'it follows no longer');
  });

  test('can be called off', async () => {
    const world = scriptedCluster(() => null);
    const actor = orderOf(world.cluster);
    const stop = new AbortController();
    const waiting = actor.ready({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, { code: 'aborted', cause: new Error('enough') });
    await assert.rejects(actor.ready({ signal: stop.signal }), { code: 'aborted' });
  });
});

describe('emitted events', () => {
  const emitted = [
    { type: 'paid', cents: 3 },
    { type: 'shipped', by: 'air' },
  ];

  test('are handed on in order, with the new snapshot already there, before it is told', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const actor = orderOf(world.cluster);
    const told: unknown[] = [];
    actor.subscribe(({ value }) => told.push(value));
    actor.on('paid', ({ cents }) => told.push(['paid', cents, actor.getSnapshot().value]));
    actor.on('*', ({ type }) => told.push(['any', type]));
    await world.run();
    lastSubscription(world).say(state(6, 'paid', 3, { event: { type: 'PAY' }, emitted }));
    await world.run();
    assert.deepEqual(told, [
      'open',
      ['paid', 3, 'paid'],
      ['any', 'paid'],
      ['any', 'shipped'],
      'paid',
    ]);
  });

  test('of the past are not handed on to who comes later', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const blank = orderOf(world.cluster);
    seenBy(orderOf(world.cluster));
    await world.run();
    lastSubscription(world).say(state(6, 'paid', 3, { event: { type: 'PAY' }, emitted }));
    await world.run();
    const late: string[] = [];
    blank.on('*', ({ type }) => late.push(type));
    await world.run();
    assert.equal(blank.getSnapshot().value, 'paid');
    assert.deepEqual(late, []);
  });

  test('are a reason to follow, until nobody wants them', async () => {
    const world = scriptedCluster(reading(state(5, 'open')));
    const told: string[] = [];
    const subscription = orderOf(world.cluster).on('*', ({ type }) => told.push(type));
    await world.run();
    subscription.unsubscribe();
    lastSubscription(world).say(state(6, 'paid', 3, { event: { type: 'PAY' }, emitted }));
    await world.run(2_000);
    assert.deepEqual(told, []);
    assert.equal(ofType(world.node.heard, 'unsubscribe').length, 1);
  });
});

test('an observer that throws spoils nothing for the others', async () => {
  const world = scriptedCluster(reading(state(5, 'open')));
  const actor = orderOf(world.cluster);
  actor.subscribe(() => {
    throw new Error('mine');
  });
  const seen = seenBy(actor);
  await assert.rejects(world.run(10), /mine/);
  assert.equal(seen.length, 1);
});

test('select tells of a part, when it changes', async () => {
  const world = scriptedCluster(reading(state(5, 'open')));
  const actor = orderOf(world.cluster);
  const cents = actor.select(({ context }) => context?.cents);
  const seen: unknown[] = [];
  cents.subscribe((each) => seen.push(each));
  assert.equal(cents.get(), undefined);
  await world.run();
  const { say } = lastSubscription(world);
  say(state(6, 'paid', 3, { event: { type: 'PAY' } }));
  say(state(7, 'paid', 3, { event: { type: 'BREAK' } }));
  await world.run();
  assert.deepEqual(seen, [0, 3]);
  assert.equal(cents.get(), 3);
});

test('a machine without an id needs its name', () => {
  const { cluster } = scriptedCluster(() => null);
  const unnamed = order.provide({});
  assert.equal(cluster.actor(unnamed, '1', { name: 'bill' }).id, 'bill/1');
  unnamed.id = '(machine)';
  assert.throws(() => cluster.actor(unnamed, '1'), { code: 'usage' });
});
