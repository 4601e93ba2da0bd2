/** Actors that are no machines, and actions of the user's own: what a chart asks of the world. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  type AnyActorLogic,
  type AnyActorRef,
  assign,
  createActor,
  createMachine,
  fromCallback,
  fromObservable,
  fromPromise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import type { Wish } from '../../machines/replica/pending.ts';
import { itself, OneInstance } from './one-instance.ts';

const mustNotRun = (): never => {
  throw new Error('a replica has run an effect');
};
const charge = fromPromise(mustNotRun);
const socket = fromCallback(mustNotRun);
const prices = fromObservable(mustNotRun);

const output = assign({ got: ({ event }) => (event as unknown as { output: unknown }).output });
const error = assign({ got: ({ event }) => (event as unknown as { error: unknown }).error });

const order = setup({ actors: { charge, socket, prices } }).createMachine({
  context: { got: null },
  initial: 'open',
  states: {
    open: { on: { PAY: 'paying', LISTEN: 'listening', WATCH: 'watching', HASTE: 'hasty' } },
    paying: {
      invoke: {
        src: 'charge',
        id: 'payment',
        input: ({ event }) => ({ cents: (event as unknown as { cents: number }).cents }),
        onDone: { target: 'paid', actions: output as never },
        onError: { target: 'open', actions: error as never },
      },
      on: { CANCEL: 'open', AGAIN: { target: 'paying', reenter: true } },
    },
    paid: {},
    listening: {
      invoke: { src: 'socket', id: 'socket' },
      on: {
        SAY: { actions: sendTo('socket', { type: 'WORDS' }) },
        HEARD: { actions: assign({ got: ({ event }) => event }) },
        CANCEL: 'open',
      },
    },
    watching: {
      invoke: {
        src: 'prices',
        id: 'prices',
        onSnapshot: { actions: assign({ got: ({ event }) => event.snapshot.context }) },
        onDone: 'paid',
      },
    },
    hasty: { invoke: { src: 'charge', id: 'haste' }, always: 'open' },
  },
});

const paying = () => {
  const one = new OneInstance(order);
  one.send({ type: 'PAY', cents: 5 });
  return one;
};

const logicOf = (one: OneInstance): AnyActorLogic => {
  const [effect] = one.effects;
  assert.ok(effect?.wish.kind === 'invocation');
  return effect.wish.logic as AnyActorLogic;
};

describe('a promise', () => {
  test('is asked for with its name, its input and its logic, and is not begun', () => {
    const [effect] = paying().effects;
    assert.deepEqual(effect, {
      id: '1.0',
      wish: {
        kind: 'invocation',
        session: 'x:1',
        name: 'charge',
        actorId: 'payment',
        systemId: undefined,
        logic: charge,
        input: { cents: 5 },
      },
      isOnce: false,
      claimedIn: null,
      heard: null,
    });
  });

  test('that is resolved brings its output, and is over', () => {
    const one = paying();
    const taken = one.resolve('payment', { receipt: 7 });
    assert.equal(taken?.accepted, true);
    assert.equal(one.value, 'paid');
    assert.deepEqual(one.context, { got: { receipt: 7 } });
    assert.deepEqual(one.effects, []);
  });

  test('that is rejected is its parent’s onError', () => {
    const one = paying();
    one.reject('payment', 'no money');
    assert.equal(one.value, 'open');
    assert.deepEqual(one.context, { got: 'no money' });
  });

  test('that could not even begin likewise', () => {
    const one = paying();
    const lost = Object.assign(new Error('nobody knows'), { code: 'effect-lost' });
    const taken = one.hear('payment', { to: 'failure', error: lost });
    assert.equal(taken?.event.type, 'xstate.error.actor.payment');
    assert.deepEqual(one.context, { got: lost });
  });

  test('is over when its state is left, and says nothing any more', () => {
    const one = paying();
    const id = one.idOf('payment');
    one.send('CANCEL');
    assert.deepEqual(one.effects, []);
    assert.equal(one.hearFrom(id, itself({ type: 'xstate.promise.resolve' })), null);
    assert.equal(one.value, 'open');
  });

  test('begins anew where its state is entered again: what the first one says is not heard', () => {
    const one = paying();
    const first = one.idOf('payment');
    one.send({ type: 'AGAIN', cents: 6 });
    assert.deepEqual(one.running, ['payment']);
    assert.notEqual(one.idOf('payment'), first);
    assert.equal(one.hearFrom(first, itself({ type: 'xstate.promise.resolve' })), null);
    one.resolve('payment', 'second');
    assert.deepEqual(one.context, { got: 'second' });
  });

  test('is heard once', () => {
    const one = paying();
    const id = one.idOf('payment');
    one.resolve('payment', 1);
    assert.equal(one.hearFrom(id, itself({ type: 'xstate.promise.resolve', data: 2 })), null);
    assert.deepEqual(one.context, { got: 1 });
  });

  test('whose state comes and goes within a step is not asked for at all', () => {
    const one = new OneInstance(order);
    one.send('HASTE');
    assert.equal(one.value, 'open');
    assert.deepEqual(one.effects, []);
  });

  test('whose rejection nobody takes breaks its instance, which then waits for nothing', () => {
    const careless = createMachine({
      invoke: [
        { src: charge, id: 'one' },
        { src: charge, id: 'two' },
      ],
      after: { 10: {} },
    });
    const one = new OneInstance(careless);
    one.send('X');
    assert.deepEqual(one.running, ['one', 'two']);
    const taken = one.reject('one', new Error('no money'));
    assert.equal(one.status, 'error');
    assert.match(String(taken?.failure), /no money/);
    assert.deepEqual(one.instance.view.error, { name: 'Error', message: 'no money' });
    assert.deepEqual([one.effects, one.timers], [[], []]);
    assert.equal(one.send('X').accepted, false);
  });

  test('that fails to fail: what it resolves to makes the chart throw', () => {
    const brittle = createMachine({
      context: { got: '' },
      invoke: {
        src: charge,
        id: 'one',
        onDone: {
          actions: assign({ got: ({ event }) => (event.output as { name: string }).name }),
        },
      },
    });
    const one = new OneInstance(brittle);
    one.send('X');
    const taken = one.resolve('one', null);
    assert.equal(one.status, 'error');
    assert.match(taken?.failure?.message ?? '', /reading 'name'/);
  });
});

describe('a callback', () => {
  const listening = () => {
    const one = new OneInstance(order);
    one.send('LISTEN');
    return one;
  };

  test('sends back as often as it likes', () => {
    const one = listening();
    one.sendBack('socket', { type: 'HEARD', n: 1 });
    one.sendBack('socket', { type: 'HEARD', n: 2 });
    assert.deepEqual(one.context, { got: { type: 'HEARD', n: 2 } });
    assert.deepEqual(one.running, ['socket']);
  });

  test('is told what is sent to it, which ends with it', () => {
    const one = listening();
    one.send('SAY');
    assert.deepEqual(one.effects[1]?.wish, {
      kind: 'telling',
      session: 'x:1',
      event: { type: 'WORDS' },
    });
    one.send('CANCEL');
    assert.deepEqual(one.effects, []);
  });

  test('that throws as it begins fails its parent', () => {
    const one = listening();
    one.hear('socket', { to: 'failure', error: new Error('no line') });
    assert.equal(one.status, 'error');
  });
});

test('an observable tells of each value, and of its end', () => {
  const one = new OneInstance(order);
  one.send('WATCH');
  const next = (data: unknown) => itself({ type: 'xstate.observable.next', data });
  for (const price of [3, 4]) {
    one.hear('prices', next(price));
    assert.deepEqual(one.context, { got: price });
  }
  one.hear('prices', itself({ type: 'xstate.observable.complete' }));
  assert.equal(one.value, 'paid');
});

test('logic of the user’s own that does something as it starts is an effect like these', () => {
  /** With a private part, which is found only on what the class has made. */
  class Camera {
    readonly #lens = 'wide';
    getInitialSnapshot() {
      return { status: 'active', output: undefined, error: undefined, context: this.#lens };
    }
    getPersistedSnapshot(snapshot: unknown) {
      return snapshot;
    }
    transition(snapshot: object, { type }: { type: string }) {
      return { ...snapshot, context: `${this.#lens} ${type}` };
    }
    start = mustNotRun;
  }
  const camera = new Camera();
  const parent = createMachine({
    context: { seen: '' },
    invoke: {
      src: camera as never,
      id: 'camera',
      onSnapshot: {
        actions: assign({
          seen: ({ event }) => String((event.snapshot as { context?: unknown }).context),
        }),
      },
    },
  });
  const one = new OneInstance(parent);
  one.send('X');
  assert.equal(logicOf(one), camera);
  one.hear('camera', itself({ type: 'CLICK' }));
  assert.deepEqual(one.context, { seen: 'wide CLICK' });
});

test('effects that must not be begun twice are known by source, id or type', () => {
  const chart = setup({ actors: { charge }, actions: { ring: mustNotRun } }).createMachine({
    entry: ['ring', spawnChild('charge', { id: 'spawned' })],
    invoke: { src: 'charge', id: 'invoked' },
  });
  const onceOf = (name: string): readonly boolean[] => {
    const one = new OneInstance(chart, { effects: { [name]: 'at-most-once' } });
    one.send('X');
    return one.effects.map(({ isOnce }) => isOnce);
  };
  // XState starts children before it carries out the first actions.
  assert.deepEqual(onceOf('charge'), [true, true, false]);
  assert.deepEqual(onceOf('invoked'), [false, true, false]);
  assert.deepEqual(onceOf('ring'), [false, false, true]);
  assert.deepEqual(onceOf('other'), [false, false, false]);
});

describe('an actor of the chart in the hands of an effect', () => {
  const holder = setup({
    types: { context: {} as { self: AnyActorRef; child: AnyActorRef } },
    actors: { charge, child: createMachine({ on: { X: {} } }) },
    actions: { hold: mustNotRun },
  }).createMachine({
    context: ({ self, spawn }) => ({ self, child: spawn('child') }),
    entry: 'hold',
    invoke: { src: 'charge', id: 'one', input: ({ self }) => ({ parent: self }) },
  });
  const wishOf = <Kind extends Wish['kind']>(one: OneInstance, kind: Kind) =>
    one.effects.find(({ wish }) => wish.kind === kind)?.wish as Extract<Wish, { kind: Kind }>;

  test.each(['self', 'child'])('takes nothing outside of a step, and says why: %s', (name) => {
    const one = new OneInstance(holder);
    one.send('X');
    const told = one.told();
    const { args } = wishOf(one, 'action');
    const actor = (args.context as Record<string, AnyActorRef>)[name];
    for (const attempt of [
      () => actor?.send({ type: 'X' }),
      () => actor?.subscribe(() => {}),
      () => actor?.on('*', () => {}),
    ]) {
      assert.throws(attempt, /used outside of its steps/);
    }
    assert.equal(one.told(), told);
  });

  test('nor as an input', () => {
    const one = new OneInstance(holder);
    one.send('X');
    const { input } = wishOf(one, 'invocation');
    const { parent } = input as { parent: AnyActorRef };
    assert.throws(() => parent.send({ type: 'X' }), /used outside of its steps/);
  });
});

test('an effect that the chart does not run, a plain actor of the same machine does', () => {
  // So the logic that a wish carries is the user's own, unchanged.
  const ran: string[] = [];
  const real = createMachine({
    invoke: { src: fromCallback(() => void ran.push('ran')), id: 'x' },
  });
  const one = new OneInstance(real);
  one.send('X');
  assert.deepEqual(ran, []);
  createActor(logicOf(one)).start();
  assert.deepEqual(ran, ['ran']);
});
