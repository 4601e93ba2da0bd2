import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { QuorateClientError } from '../../runtime/client/client-error.ts';
import { order } from './order.ts';
import { committed, ofType, refusedAs, scriptedCluster, state, view } from './scripted-cluster.ts';
import type { Heard } from './scripted-nodes.ts';

const pay = (cents: number) => ({ type: 'PAY', cents }) as const;

/** An optimistic actor that knows of an open order at index 5, and says what the node says. */
async function optimist() {
  const world = scriptedCluster(({ type }) => (type === 'read' ? state(5, 'open') : null));
  const failed: QuorateClientError[] = [];
  const actor = world.cluster.actor(order, '42', {
    optimistic: true,
    onError: (error) => failed.push(error),
  });
  const seen: unknown[] = [];
  actor.subscribe(({ value, context }) => seen.push([value, context.cents]));
  await world.run();
  seen.length = 0;
  const [caller] = world.node.callers;
  const { id: subscription } = ofType(world.node.heard, 'subscribe')[0] ?? {};
  const shown = (): unknown => {
    const { value, context } = actor.getSnapshot();
    return [value, context?.cents];
  };
  /** The events that the nodes were sent, oldest first. */
  const sent = (): readonly Heard[] => ofType(world.node.heard, 'propose');
  return {
    ...world,
    actor,
    seen,
    shown,
    failed,
    sent,
    async applied(index: number, event: object, value: string, cents: number) {
      caller?.say({
        id: subscription,
        ...state(index, value, cents, { event, accepted: true, emitted: [] }),
      });
      await world.run();
    },
    async answered(nth: number, answer: (asked: Heard) => object) {
      await world.run();
      const asked = sent()[nth];
      assert.ok(asked);
      caller?.say({ id: asked.id, ...answer(asked) });
      await world.run();
    },
  };
}

describe('an optimistic actor', () => {
  test('shows at once what it sends will lead to, and the same when the log has it', async () => {
    for (const first of ['state', 'answer']) {
      const world = await optimist();
      world.actor.send(pay(3));
      assert.deepEqual(world.shown(), ['paid', 3]);
      assert.deepEqual(world.seen, [['paid', 3]]);
      await world.run();
      const answer = () => world.answered(0, (asked) => committed(asked, 6));
      if (first === 'answer') await answer();
      assert.deepEqual(world.shown(), ['paid', 3], first);
      await world.applied(6, pay(3), 'paid', 3);
      if (first === 'state') await answer();
      assert.deepEqual(world.shown(), ['paid', 3], first);
      assert.ok(
        world.seen.every((each) => JSON.stringify(each) === '["paid",3]'),
        'and never anything else',
      );
    }
  });

  test('keeps one snapshot until something changes', async () => {
    const world = await optimist();
    world.actor.send(pay(3));
    const snapshot = world.actor.getSnapshot();
    assert.equal(world.actor.getSnapshot(), snapshot);
    assert.equal(snapshot.matches('paid'), true);
    assert.equal(snapshot.can({ type: 'SHIP' }), true);
  });

  test('takes what others did into account', async () => {
    const world = await optimist();
    world.actor.send(pay(3));
    await world.applied(6, pay(10), 'paid', 10);
    assert.deepEqual(world.shown(), ['paid', 13]);
    await world.applied(7, pay(3), 'paid', 13);
    assert.deepEqual(world.shown(), ['paid', 13]);
    await world.answered(0, (asked) => committed(asked, 7));
    assert.deepEqual(world.shown(), ['paid', 13]);
  });

  test('that took the same event of another for its own finds out by the answer', async () => {
    const world = await optimist();
    world.actor.send(pay(3));
    await world.applied(6, pay(3), 'paid', 3);
    assert.deepEqual(world.shown(), ['paid', 3], 'it looks like ours');
    await world.answered(0, (asked) => committed(asked, 7));
    assert.deepEqual(world.shown(), ['paid', 6], 'but ours is still to come');
    await world.applied(7, pay(3), 'paid', 6);
    assert.deepEqual(world.shown(), ['paid', 6]);
  });

  test('tells its own events apart, of which one is like the other', async () => {
    const world = await optimist();
    world.actor.send(pay(3));
    world.actor.send(pay(3));
    assert.deepEqual(world.shown(), ['paid', 6]);
    await world.applied(6, pay(3), 'paid', 3);
    assert.deepEqual(world.shown(), ['paid', 6]);
    await world.answered(0, (asked) => committed(asked, 6));
    await world.answered(1, (asked) => committed(asked, 7));
    assert.deepEqual(world.shown(), ['paid', 6]);
    await world.applied(7, pay(3), 'paid', 6);
    assert.deepEqual(world.shown(), ['paid', 6]);
  });

  test('takes back what is refused, or what nobody knows the end of', async () => {
    const refusing = await optimist();
    refusing.actor.send(pay(3));
    await refusing.answered(0, refusedAs('not-running'));
    assert.deepEqual(refusing.shown(), ['open', 0]);
    assert.deepEqual(refusing.seen, [
      ['paid', 3],
      ['open', 0],
    ]);
    assert.equal(refusing.failed[0]?.code, 'not-running');

    const silent = await optimist();
    silent.actor.send(pay(3));
    await silent.run(15_000);
    assert.deepEqual(silent.shown(), ['open', 0]);
    assert.equal(silent.failed[0]?.outcome, 'unknown');
  });

  test('takes back what others made impossible', async () => {
    const world = await optimist();
    world.actor.send(pay(3));
    world.actor.send({ type: 'SHIP' });
    assert.deepEqual(world.shown(), ['shipped', 3]);
    await world.answered(0, refusedAs('not-running'));
    assert.deepEqual(world.shown(), ['open', 0], 'an open order is not shipped');
  });

  test('is not done before the log says so', async () => {
    const world = await optimist();
    let isComplete = false;
    world.actor.subscribe({ complete: () => (isComplete = true) });
    world.actor.send(pay(3));
    world.actor.send({ type: 'SHIP' });
    assert.equal(world.actor.getSnapshot().status, 'done');
    await world.applied(6, pay(3), 'paid', 3);
    assert.equal(isComplete, false);
    assert.deepEqual(world.shown(), ['shipped', 3]);
  });

  test('shows nothing of an event that its machine throws at', async () => {
    const world = await optimist();
    world.actor.send({ type: 'BREAK' });
    assert.deepEqual(world.shown(), ['open', 0]);
  });

  test('foresees nothing before anything is known', async () => {
    const world = scriptedCluster(() => null, { onError: () => {} });
    const actor = world.cluster.actor(order, '42', { optimistic: true });
    actor.send(pay(3));
    assert.equal(actor.getSnapshot().value, undefined);
  });

  test('that follows nothing learns from its answers', async () => {
    const world = scriptedCluster((message) =>
      message.type === 'read'
        ? state(5, 'open')
        : committed(message, 9, { snapshot: view('paid', 3) }),
    );
    const actor = world.cluster.actor(order, '42', { optimistic: true });
    await actor.read();
    actor.send(pay(3));
    assert.equal(actor.getSnapshot().context?.cents, 3);
    await world.run();
    assert.equal(actor.getSnapshot().context?.cents, 3);
  });
});

test('an actor foresees nothing unless it is asked to', async () => {
  const world = scriptedCluster(({ type }) => (type === 'read' ? state(5, 'open') : null), {
    onError: () => {},
  });
  const actor = world.cluster.actor(order, '42');
  await actor.read();
  actor.send(pay(3));
  assert.equal(actor.getSnapshot().value, 'open');
});
