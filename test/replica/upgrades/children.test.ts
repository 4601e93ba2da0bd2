/** What becomes of the actors of an instance when its machine goes over to another definition. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  assign,
  createMachine,
  fromCallback,
  fromPromise,
  sendTo,
  setup,
  type AnyActorLogic,
  type AnyStateMachine,
} from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { createInstances } from '../../../machines/replica/instances.ts';
import type { Migrate } from '../../../machines/replica/migration.ts';
import { xstate5Engine } from '../../../machines/replica/xstate5-engine.ts';

const key = '1';

class Going {
  readonly #instances;
  #words = 0;
  #index = 0;

  constructor(machine: AnyStateMachine, ...types: readonly string[]) {
    this.#instances = createInstances(xstate5Engine(machine));
    for (const type of types) this.send({ type });
  }

  #at(timeMs = 0) {
    this.#index += 1;
    return { index: toIndex(this.#index), term: toTerm(1), timeMs };
  }

  get #instance() {
    const instance = this.#instances.get(key);
    assert.ok(instance !== undefined);
    return instance;
  }
  get view() {
    return this.#instance.view;
  }
  get timers() {
    return this.#instance.pending.timers;
  }
  get effects() {
    return this.#instance.pending.effects;
  }

  send(event: MachineEvent) {
    return this.#instances.take(this.#at(), key, event, undefined);
  }
  goOver(to: AnyStateMachine, migrate?: Migrate): void {
    this.#instances.goOver(this.#at(), xstate5Engine(to), migrate);
  }
  fire(): void {
    const [timer] = this.timers;
    assert.ok(timer !== undefined);
    this.#instances.fire(this.#at(timer.dueMs), key, timer.timer);
  }
  hear(event: MachineEvent): void {
    const effect = this.effects.find(({ wish }) => wish.kind === 'invocation');
    assert.ok(effect !== undefined);
    this.#words += 1;
    this.#instances.hear(this.#at(), key, effect.id, { to: 'itself', event }, this.#words);
  }
}

const done = (data: unknown): MachineEvent => ({ type: 'xstate.promise.resolve', data });

/** Asks for money under that name, when it is told to. */
const paying = (src: string, ...others: readonly string[]) =>
  setup({
    types: { context: {} as { got: unknown } },
    actors: Object.fromEntries([src, ...others].map((name) => [name, fromPromise(async () => 0)])),
  }).createMachine({
    id: 'order',
    context: { got: null },
    initial: 'open',
    states: {
      open: { on: { PAY: 'paying' } },
      paying: {
        invoke: {
          id: 'payment',
          src: src as never,
          onDone: { target: 'paid', actions: assign({ got: ({ event }) => event.output }) },
        },
      },
      paid: {},
    },
  });

describe('what it has invoked', () => {
  test('runs on, and is heard under the new definition', () => {
    const going = new Going(paying('charge'), 'PAY');
    const [before] = going.effects;
    going.goOver(paying('charge'));
    assert.deepEqual(going.effects, [before]);
    going.hear(done(7));
    assert.deepEqual(going.view, { status: 'active', value: 'paid', context: { got: 7 } });
    assert.deepEqual(going.effects, []);
  });

  test('must have its name there', () => {
    const going = new Going(paying('charge'), 'PAY');
    assert.throws(
      () => going.goOver(paying('bill')),
      /instance "1" has no place in it: there is no code any more at \/actors\/charge/,
    );
    going.goOver(paying('bill', 'charge'));
    going.hear(done(8));
    assert.deepEqual(going.view.context, { got: 8 });
  });

  test('ends where it is brought out of that state, as if it had left it', () => {
    const going = new Going(paying('charge'), 'PAY');
    going.goOver(paying('charge'), () => ({ value: 'open' }));
    assert.deepEqual(going.effects, []);
    going.send({ type: 'PAY' });
    assert.equal(going.effects.length, 1);
    going.hear(done(9));
    assert.deepEqual(going.view, { status: 'active', value: 'paid', context: { got: 9 } });
  });

  test('must be of the same kind there', () => {
    const machine = setup({ actors: { charge: lamp('off') } }).createMachine({
      id: 'order',
      initial: 'paying',
      states: { open: {}, paying: { invoke: { id: 'payment', src: 'charge' } }, paid: {} },
    });
    const going = new Going(paying('charge'), 'PAY');
    assert.throws(() => going.goOver(machine), /its child "payment" is of another kind/);
  });

  test('gives its name in the system back', () => {
    const machine = setup({ actors: { charge: fromPromise(async () => 0) } }).createMachine({
      id: 'order',
      initial: 'open',
      states: {
        open: { on: { PAY: 'paying' } },
        paying: { invoke: { id: 'payment', src: 'charge', systemId: 'purse' } },
      },
    });
    const going = new Going(machine, 'PAY');
    going.goOver(machine.provide({}), () => ({ value: 'open' }));
    going.send({ type: 'PAY' });
    assert.deepEqual(
      going.effects.map(({ wish }) => wish.kind === 'invocation' && wish.systemId),
      ['purse'],
    );
  });

  test('leaves with the delays of that state', () => {
    const machine = setup({ actors: { charge: fromPromise(async () => 0) } }).createMachine({
      id: 'order',
      initial: 'open',
      states: {
        open: { on: { PAY: 'paying' } },
        paying: { invoke: { id: 'payment', src: 'charge' }, after: { 1000: 'open' } },
      },
    });
    const going = new Going(machine, 'PAY');
    assert.equal(going.timers.length, 1);
    going.goOver(machine.provide({}), () => ({ value: 'open' }));
    assert.deepEqual([going.timers, going.effects], [[], []]);
  });

  test('goes on where another state invokes it', () => {
    const renamed = setup({ actors: { charge: fromPromise(async () => 0) } }).createMachine({
      id: 'order',
      initial: 'charging',
      states: {
        charging: { invoke: { id: 'payment', src: 'charge', onDone: 'paid' } },
        paid: {},
      },
    });
    const going = new Going(paying('charge'), 'PAY');
    going.goOver(renamed, () => ({ value: 'charging' }));
    going.hear(done(1));
    assert.equal(going.view.value, 'paid');
  });

  test('is told what it is sent, before and after', () => {
    const machine = setup({ actors: { line: fromCallback(() => {}) } }).createMachine({
      id: 'caller',
      initial: 'on',
      states: {
        on: {
          invoke: { id: 'line', src: 'line' },
          on: { SAY: { actions: sendTo('line', ({ event }) => event) } },
        },
      },
    });
    const going = new Going(machine, 'SAY');
    going.goOver(machine.provide({}));
    going.send({ type: 'SAY', again: true });
    assert.deepEqual(
      going.effects.map(({ wish }) => (wish.kind === 'telling' ? wish.event : wish.kind)),
      ['invocation', { type: 'SAY' }, { type: 'SAY', again: true }],
    );
  });
});

const lamp = (...states: readonly string[]) =>
  createMachine({
    id: 'lamp',
    initial: 'off',
    states: Object.fromEntries(
      states.map((state, nth) => [
        state,
        { on: { NEXT: states[nth + 1] ?? 'off' }, after: { 1000: 'off' } },
      ]),
    ),
  });

const house = (child: AnyActorLogic) =>
  setup({ actors: { lamp: child } }).createMachine({
    id: 'house',
    context: ({ spawn }) => ({ lamp: spawn('lamp', { id: 'lamp', syncSnapshot: true }), seen: '' }),
    on: {
      NEXT: { actions: sendTo('lamp', { type: 'NEXT' }) },
      'xstate.snapshot.lamp': {
        actions: assign({
          seen: ({ event }) => (event as unknown as { snapshot: { value: string } }).snapshot.value,
        }),
      },
    },
  });

const seen = (going: Going): unknown => (going.view.context as { seen: string }).seen;

describe('a child machine', () => {
  test('stands where it stood, and goes on as the new definition has it', () => {
    const going = new Going(house(lamp('off', 'dim')), 'NEXT');
    assert.equal(seen(going), 'dim');
    going.goOver(house(lamp('off', 'dim', 'bright')));
    assert.equal(going.timers.length, 1);
    going.send({ type: 'NEXT' });
    assert.equal(seen(going), 'bright');
    going.fire();
    assert.equal(seen(going), 'off');
  });

  test('is found by whoever keeps it', () => {
    const going = new Going(house(lamp('off', 'dim')), 'NEXT');
    going.goOver(house(lamp('off', 'dim')), ({ context }) => ({
      context: { ...(context as object), seen: 'nothing yet' },
    }));
    assert.equal(seen(going), 'nothing yet');
    going.send({ type: 'NEXT' });
    assert.equal(seen(going), 'off');
    assert.deepEqual(JSON.parse(JSON.stringify(going.view.context)), {
      lamp: { xstate$$type: 1, id: 'lamp' },
      seen: 'off',
    });
  });

  test('that has no place there has none for its parent either', () => {
    const going = new Going(house(lamp('off', 'dim')), 'NEXT');
    assert.throws(
      () => going.goOver(house(lamp('off', 'bright'))),
      /instance "1" has no place in it: there is no state "dim"/,
    );
    assert.throws(
      () => going.goOver(house(fromPromise(async () => 0))),
      /there is no machine any more at \/actors\/lamp/,
    );
    going.send({ type: 'NEXT' });
    assert.equal(seen(going), 'off', 'and it goes on as before');
  });
});

test('an actor that code within code has made has no name, so its instance does not go over', () => {
  const machine = createMachine({
    id: 'maker',
    context: {},
    on: { MAKE: { actions: assign({ made: ({ spawn }) => spawn(lamp('off'), { id: 'made' }) }) } },
  });
  const going = new Going(machine, 'MAKE');
  assert.throws(() => going.goOver(machine.provide({})), /"made" is code within code/);
});
