import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { QuorateClientError } from '../../runtime/client/client-error.ts';
import type { Cluster } from '../../runtime/client/cluster.ts';
import { connect } from '../../runtime/client/node.ts';
import { order } from './order.ts';
import {
  committed,
  notBegun,
  ofType,
  refusedAs,
  scriptedCluster,
  state,
} from './scripted-cluster.ts';
import type { Script } from './scripted-nodes.ts';

const pay = { type: 'PAY', cents: 5 } as const;
const orderOf = (cluster: Cluster, options = {}) => cluster.actor(order, '42', options);

/** What became of a promise, once time has passed. */
function fateOf<Value>(promise: Promise<Value>) {
  const fate: { value?: Value; error?: QuorateClientError } = {};
  promise.then(
    (value) => (fate.value = value),
    (error: unknown) => {
      assert.ok(error instanceof QuorateClientError, String(error));
      fate.error = error;
    },
  );
  return fate;
}

async function settled<Value>(promise: Promise<Value>) {
  const fate = fateOf(promise);
  await promise.catch(() => {});
  return fate;
}

/** Answers the questions in turn; null leaves one unanswered. */
const inTurn = (...scripts: readonly Script[]): Script => {
  let turn = 0;
  return (message, caller) => {
    turn += 1;
    return (scripts[turn - 1] ?? (() => null))(message, caller);
  };
};
const hangUp: Script = (_, { hangUp: leave }) => {
  leave();
  return null;
};

describe('propose', () => {
  test('answers with what the event led to', async () => {
    const world = scriptedCluster((message) =>
      committed(message, 12, { emitted: [{ type: 'paid', cents: 5 }] }),
    );
    const actor = orderOf(world.cluster, { input: { by: 'ann' } });
    const { snapshot, proposalId, ...rest } = await actor.propose(pay);
    assert.deepEqual(rest, {
      index: 12,
      accepted: true,
      emitted: [{ type: 'paid', cents: 5 }],
    });
    assert.equal(snapshot?.matches('paid'), true);
    assert.equal(snapshot?.context.cents, 5);
    assert.equal(actor.getSnapshot().value, 'paid', 'and has learnt from it');
    const [asked] = world.node.heard;
    assert.ok(asked);
    const { timeoutMs, ...message } = asked;
    assert.equal(typeof timeoutMs, 'number');
    assert.deepEqual(message, {
      type: 'propose',
      id: '1',
      proposalId,
      machine: 'order',
      key: '42',
      event: pay,
      input: { by: 'ann' },
    });
  });

  test('leaves the input out once it is known that the instance has begun', async () => {
    const world = scriptedCluster((message) => committed(message, 12));
    const actor = orderOf(world.cluster, { input: { by: 'ann' } });
    await actor.propose(pay);
    await actor.propose(pay, { input: { by: 'bob' } });
    assert.deepEqual(
      world.node.heard.map(({ input }) => input),
      [{ by: 'ann' }, undefined],
    );
  });

  test('is repeated under its id, as it was when it was proposed', async () => {
    const world = scriptedCluster([hangUp, (message) => committed(message, 12)]);
    const event = { type: 'PAY', cents: 5 };
    const fate = fateOf(orderOf(world.cluster).propose(event as typeof pay));
    event.cents = 500;
    await world.run(1_000);
    assert.equal(fate.value?.index, 12);
    const [one, other] = world.nodes.map(({ heard }) => heard[0]);
    assert.equal(one?.['proposalId'], other?.['proposalId']);
    assert.deepEqual([one?.['event'], other?.['event']], [pay, pay]);
  });

  test('uses the proposal id that it is given', async () => {
    const proposalId = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
    const world = scriptedCluster((message) => committed(message, 12));
    const answer = await orderOf(world.cluster).propose(pay, { proposalId });
    assert.equal(answer.proposalId, proposalId);
    assert.equal(world.node.heard[0]?.['proposalId'], proposalId);
  });

  test('that is refused says so, and by which code', async () => {
    for (const code of ['not-running', 'machine-error', 'unknown-machine'] as const) {
      const world = scriptedCluster(refusedAs(code));
      const { error } = await settled(orderOf(world.cluster).propose(pay));
      assert.equal(error?.code, code);
      assert.equal(error.outcome, 'refused');
      assert.equal(error.proposalId, world.node.heard.at(-1)?.['proposalId']);
    }
  });

  test('whose time is up after it was sent ends unknown, with its id', async () => {
    const world = scriptedCluster(() => null);
    const fate = fateOf(orderOf(world.cluster).propose(pay, { timeoutMs: 3_000 }));
    await world.run(10_000);
    const { error } = fate;
    assert.equal(error?.code, 'outcome-unknown');
    assert.equal(error.outcome, 'unknown');
    assert.equal(error.proposalId, world.node.heard[0]?.['proposalId']);
    assert.doesNotMatch(error.message, /--/, 'programs have no use for flags');
  });

  test('that reaches nobody in time is refused', async () => {
    const world = scriptedCluster(() => null, { timeoutMs: 2_000 });
    world.node.down();
    const fate = fateOf(orderOf(world.cluster).propose(pay));
    await world.run(3_000);
    assert.equal(fate.error?.code, 'cluster-unreachable');
    assert.equal(fate.error.outcome, 'refused');
    assert.match(fate.error.message, /n1: connection refused/);
    assert.doesNotMatch(fate.error.message, /--/);
  });

  test('that is called off was certainly not done before it was sent, and maybe after', async () => {
    const reason = new Error('enough');
    for (const [isUp, outcome] of [
      [false, 'refused'],
      [true, 'unknown'],
    ] as const) {
      const world = scriptedCluster(() => null);
      if (!isUp) world.node.down();
      const stop = new AbortController();
      const fate = fateOf(orderOf(world.cluster).propose(pay, { signal: stop.signal }));
      await world.run(100);
      stop.abort(reason);
      await world.run();
      assert.equal(fate.error?.code, 'aborted');
      assert.equal(fate.error.outcome, outcome);
      assert.equal(fate.error.cause, reason);
      const heard = world.node.heard.length;
      world.node.up();
      await world.run(20_000);
      assert.equal(world.node.heard.length, heard, 'nothing is sent after that');
    }
  });

  test('that is called off before it is called is never sent', async () => {
    const world = scriptedCluster(() => null);
    const signal = AbortSignal.abort();
    await assert.rejects(orderOf(world.cluster).propose(pay, { signal }), {
      code: 'aborted',
      outcome: 'refused',
    });
    await world.run(100);
    assert.deepEqual(world.node.heard, []);
  });

  test('of what cannot be sent is refused at once', async () => {
    const { cluster, node } = scriptedCluster(() => null);
    const actor = cluster.actor('order', '42');
    const circle: Record<string, unknown> = { type: 'PAY' };
    circle['self'] = circle;
    await assert.rejects(actor.propose(circle), { code: 'invalid-event', outcome: 'refused' });
    await assert.rejects(actor.propose({ type: 'PAY', cents: 5n }), { code: 'invalid-event' });
    const large = { type: 'PAY', note: 'ä'.repeat(200_000) };
    await assert.rejects(actor.propose(large), { code: 'too-large', outcome: 'refused' });
    assert.equal(node.callers.length, 0);
  });

  test('has the outcome shown by the time it is answered, where the actor follows', async () => {
    const world = scriptedCluster((message) => (message.type === 'read' ? state(5, 'open') : null));
    const actor = orderOf(world.cluster);
    const seen: unknown[] = [];
    actor.subscribe(({ value }) => seen.push(value));
    await world.run();
    let isAnswered = false;
    void actor.propose(pay).then(() => (isAnswered = true));
    await world.run();
    const [caller] = world.node.callers;
    const asked = ofType(world.node.heard, 'propose')[0];
    const subscription = ofType(world.node.heard, 'subscribe')[0];
    assert.ok(asked && subscription && caller);
    caller.say({ id: asked.id, ...committed(asked, 7) });
    await world.run();
    assert.equal(isAnswered, false, 'the events before it are still to come');
    assert.deepEqual(seen, ['open']);
    caller.say({ id: subscription.id, ...state(6, 'open', 0, { event: pay, accepted: true }) });
    caller.say({ id: subscription.id, ...state(7, 'paid', 5, { event: pay, accepted: true }) });
    await world.run();
    assert.equal(isAnswered, true);
    assert.deepEqual(seen, ['open', 'open', 'paid']);
  });

  test('is answered all the same where the subscription lags behind', async () => {
    const world = scriptedCluster((message) => {
      if (message.type === 'read') return state(5, 'open');
      return message.type === 'propose' ? committed(message, 7) : null;
    });
    const actor = orderOf(world.cluster);
    actor.start();
    await world.run();
    const fate = fateOf(actor.propose(pay));
    await world.run(500);
    assert.deepEqual(Object.keys(fate), []);
    await world.run(600);
    assert.equal(fate.value?.snapshot?.value, 'paid');
    assert.equal(actor.getSnapshot().value, 'open', 'events are not skipped');
  });

  test('that comes so late that its state is forgotten has none, and unlearns nothing', async () => {
    const world = scriptedCluster((message) =>
      message.type === 'read' ? state(5, 'paid') : committed(message, 12, { snapshot: null }),
    );
    const actor = orderOf(world.cluster);
    await actor.read();
    assert.equal((await actor.propose(pay)).snapshot, null);
    assert.equal(actor.getSnapshot().value, 'paid');
  });
});

describe('read', () => {
  test('answers with the instance, and asks a majority unless told otherwise', async () => {
    const world = scriptedCluster(() => state(7, 'paid', 5));
    const actor = orderOf(world.cluster);
    const { index, exists, snapshot } = await actor.read();
    assert.deepEqual([index, exists, snapshot?.context.cents], [7, true, 5]);
    assert.equal(actor.getSnapshot().value, 'paid');
    await actor.read({ consistency: 'local' });
    assert.deepEqual(
      world.node.heard.map(({ consistency }) => consistency),
      ['linearizable', 'local'],
    );
  });

  test('of an instance that has not begun says so', async () => {
    const world = scriptedCluster(() => notBegun(9));
    const answer = await orderOf(world.cluster).read();
    assert.deepEqual(answer, { index: 9, exists: false, snapshot: null });
  });

  test('never goes back behind what is known', async () => {
    const states = [state(7, 'paid', 5), state(6, 'open')];
    const world = scriptedCluster(() => states.shift() ?? null);
    const actor = orderOf(world.cluster);
    await actor.read();
    const { snapshot } = await actor.read({ consistency: 'local' });
    assert.equal(snapshot?.value, 'open');
    assert.equal(actor.getSnapshot().value, 'paid');
  });

  test('fails by code, and can be called off', async () => {
    const world = scriptedCluster(refusedAs('no-leader'));
    const late = fateOf(orderOf(world.cluster).read({ timeoutMs: 500 }));
    await world.run(1_000);
    assert.equal(late.error?.code, 'no-leader');
    assert.equal(late.error.proposalId, null);
    const stop = new AbortController();
    const off = fateOf(orderOf(world.cluster).read({ signal: stop.signal }));
    stop.abort();
    await world.run();
    assert.equal(off.error?.code, 'aborted');
  });
});

describe('send', () => {
  test('proposes one event after the other, in their order', async () => {
    const world = scriptedCluster(() => null);
    const actor = orderOf(world.cluster);
    actor.send(pay);
    actor.send({ type: 'SHIP' });
    await world.run();
    assert.equal(world.node.heard.length, 1);
    const [first] = world.node.heard;
    assert.ok(first);
    world.node.callers[0]?.say({ id: first.id, ...committed(first, 7) });
    await world.run();
    assert.deepEqual(
      world.node.heard.map(({ event }) => event),
      [pay, { type: 'SHIP' }],
    );
  });

  test('keeps that order when the first has to be repeated', async () => {
    const sent: unknown[] = [];
    const taking: Script = (message) => {
      sent.push(message['event']);
      return committed(message, 7 + sent.length);
    };
    const world = scriptedCluster([inTurn(hangUp), taking]);
    const actor = orderOf(world.cluster);
    actor.send(pay);
    actor.send({ type: 'SHIP' });
    await world.run(1_000);
    assert.deepEqual(sent, [pay, { type: 'SHIP' }]);
  });

  test('that fails is told to the actor that was asked, or else to the cluster object', async () => {
    const told: unknown[] = [];
    const refusing: Script = (message) =>
      message.type === 'propose' ? refusedAs('not-running')(message) : null;
    const world = scriptedCluster(refusing, {
      onError: ({ code }) => told.push(['cluster', code]),
    });
    const observed: unknown[] = [];
    const actor = orderOf(world.cluster);
    actor.subscribe({ error: (error) => observed.push(error) });
    actor.send(pay);
    orderOf(world.cluster, { onError: () => told.push('actor') }).send(pay);
    await world.run();
    assert.deepEqual(told, [['cluster', 'not-running'], 'actor']);
    assert.deepEqual(observed, []);
  });

  test('that fails is told to observers where nobody else is told; they stay', async () => {
    const world = scriptedCluster((message) => {
      if (message.type === 'read') return state(5, 'open');
      return message.type === 'propose' ? refusedAs('not-running')(message) : null;
    });
    const actor = orderOf(world.cluster);
    const told: unknown[] = [];
    actor.subscribe({
      next: ({ value }) => told.push(value),
      error: (error) => told.push((error as QuorateClientError).code),
    });
    await world.run();
    actor.send(pay);
    await world.run();
    const { id } = ofType(world.node.heard, 'subscribe')[0] ?? {};
    world.node.callers[0]?.say({ id, ...state(6, 'paid', 5, { event: pay }) });
    await world.run();
    assert.deepEqual(told, ['open', 'not-running', 'paid']);
  });

  test('that fails is thrown where nothing can catch it if there is nobody to tell', async () => {
    const world = scriptedCluster(refusedAs('not-running'));
    orderOf(world.cluster).send(pay);
    await assert.rejects(world.run(10), { code: 'not-running' });
  });

  test('after a handler that throws goes on', async () => {
    const world = scriptedCluster(refusedAs('not-running'));
    const actor = orderOf(world.cluster, {
      onError: () => {
        throw new Error('mine');
      },
    });
    actor.send(pay);
    actor.send({ type: 'SHIP' });
    await assert.rejects(world.run(10), /mine/);
    assert.equal(world.node.heard.length, 2);
  });

  test('whose time went by while others were sent is refused, and was not sent', async () => {
    const told: QuorateClientError[] = [];
    const world = scriptedCluster(() => null, {
      timeoutMs: 1_000,
      onError: (error) => told.push(error),
    });
    const actor = orderOf(world.cluster);
    actor.send(pay);
    actor.send({ type: 'SHIP' });
    await world.run(5_000);
    assert.deepEqual(
      told.map(({ code, outcome }) => [code, outcome]),
      [
        ['outcome-unknown', 'unknown'],
        ['overloaded', 'refused'],
      ],
    );
    assert.ok(world.node.heard.every(({ event }) => (event as typeof pay).type === 'PAY'));
  });
});

describe('what is under way', () => {
  test('is bounded in number, over all actors', async () => {
    const world = scriptedCluster(() => null);
    const waiting = Array.from({ length: 1_024 }, (_, key) =>
      fateOf(world.cluster.actor(order, `${key}`).propose(pay)),
    );
    const full = { code: 'overloaded', outcome: 'refused' };
    await assert.rejects(orderOf(world.cluster).propose(pay), full);
    await assert.rejects(orderOf(world.cluster).read(), full);
    const told: string[] = [];
    orderOf(world.cluster, { onError: ({ code }: QuorateClientError) => told.push(code) }).send(
      pay,
    );
    assert.deepEqual(told, ['overloaded']);
    await world.run(20_000);
    assert.ok(waiting.every(({ error }) => error?.code === 'outcome-unknown'));
    fateOf(orderOf(world.cluster).propose(pay));
    await world.run();
    assert.equal(world.node.heard.at(-1)?.['key'], '42', 'and there is room again');
  });

  test('is bounded in size', async () => {
    const { cluster } = scriptedCluster(() => null);
    const actor = cluster.actor('order', '42');
    const event = { type: 'PAY', note: 'x'.repeat(250_000) };
    let taken = 0;
    const refused: unknown[] = [];
    const all = Array.from({ length: 100 }, () =>
      actor.propose(event).then(
        () => assert.fail('nobody answers'),
        (error: QuorateClientError) => {
          if (error.code === 'overloaded') refused.push(error);
          else taken += 1;
        },
      ),
    );
    const signal = AbortSignal.abort();
    await cluster.close({ signal });
    await Promise.all(all);
    assert.equal(taken, Math.floor((16 * 1024 * 1024) / 250_000));
    assert.equal(refused.length, 100 - taken);
  });

  test('is waited for when the cluster object closes, and nothing new is taken', async () => {
    const world = scriptedCluster(() => null);
    const actor = orderOf(world.cluster);
    const fate = fateOf(actor.propose(pay));
    actor.send(pay);
    actor.send({ type: 'SHIP' });
    await world.run();
    let isClosed = false;
    void world.cluster.close().then(() => (isClosed = true));
    await assert.rejects(actor.propose(pay), { code: 'closed', outcome: 'refused' });
    await assert.rejects(actor.read(), { code: 'closed' });
    for (const message of ofType(world.node.heard, 'propose')) {
      world.node.callers[0]?.say({ id: message.id, ...committed(message, 7) });
    }
    await world.run();
    assert.equal(fate.value?.index, 7);
    assert.equal(isClosed, false);
    assert.equal(world.node.heard.length, 3);
    const last = world.node.heard[2];
    assert.ok(last);
    world.node.callers[0]?.say({ id: last.id, ...committed(last, 8) });
    await world.run();
    assert.equal(isClosed, true);
    assert.equal(world.node.open(), 0);
  });

  test('ends closed when nobody waits for it any longer', async () => {
    const failed: unknown[] = [];
    const world = scriptedCluster(() => null, {
      onError: ({ code, outcome }) => failed.push([code, outcome]),
    });
    const actor = orderOf(world.cluster);
    const fate = fateOf(actor.propose(pay));
    actor.send(pay);
    actor.send({ type: 'SHIP' });
    await world.run();
    await world.cluster.close({ signal: AbortSignal.abort() });
    await world.run();
    assert.equal(fate.error?.code, 'closed');
    assert.equal(fate.error.outcome, 'unknown');
    assert.deepEqual(failed, [
      ['closed', 'unknown'],
      ['closed', 'refused'],
    ]);
    assert.equal(world.node.open(), 0);
  });
});

test('addresses that are none are refused at once', () => {
  for (const url of ['', 'nonsense', 'ftp://127.0.0.1:7101']) {
    assert.throws(() => connect(url), { code: 'usage' }, url);
  }
  assert.throws(() => connect([]), { code: 'usage' });
});
