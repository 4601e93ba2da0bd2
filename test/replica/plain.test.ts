/** Instances as plain data and back, with all that they have and wait for. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createMachine,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  raise,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { Unnameable } from '../../machines/replica/engine.ts';
import type { CustomAction, Invocation } from '../../machines/replica/pending.ts';
import { itself, OneInstance } from './one-instance.ts';

const never = (): Promise<never> => new Promise(() => {});
const child = setup({ actors: { charge: fromPromise(never) } }).createMachine({
  id: 'child',
  context: ({ input }) => ({ n: 0, ...(input as object | undefined) }),
  invoke: { src: 'charge', id: 'charge', input: ({ context }) => ({ cents: context.n }) },
  initial: 'counting',
  states: { counting: { after: { 100: 'late' } }, late: {}, over: { type: 'final' } },
  on: {
    ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    END: '.over',
    FAIL: {
      actions: assign(() => {
        throw new Error('the child is broken');
      }),
    },
  },
});

describe('an instance with children', () => {
  const parent = setup({ actors: { child } }).createMachine({
    context: { kept: [] as AnyActorRef[], seen: null },
    invoke: { src: 'child', id: 'invoked', systemId: 'known' },
    on: {
      SPAWN: {
        actions: assign({
          kept: ({ context, spawn }) => [...context.kept, spawn('child', { syncSnapshot: true })],
        }),
      },
      ADD: { actions: sendTo(({ context }) => context.kept[0] as AnyActorRef, { type: 'ADD' }) },
      END: { actions: sendTo(({ context }) => context.kept[0] as AnyActorRef, { type: 'END' }) },
      STOP: { actions: stopChild(({ context }) => context.kept[0] as AnyActorRef) },
      'ADD.known': {
        actions: sendTo(({ system }) => system.get('known') as AnyActorRef, { type: 'ADD' }),
      },
      LATER: {
        actions: raise(({ context, self }) => ({ type: 'SEE', kept: context.kept, self }), {
          delay: 10,
          id: 'later',
        }),
      },
      SEE: { actions: assign({ seen: ({ event }) => event }) },
      'xstate.snapshot.*': { actions: assign({ seen: ({ event }) => event['snapshot'] }) },
    },
  });
  const grown = () => {
    const one = new OneInstance(parent as never);
    for (const type of ['SPAWN', 'ADD', 'ADD.known', 'LATER']) one.send(type);
    return one;
  };

  test('goes on with them, with its deadlines and with its effects', () => {
    const one = grown().moved();
    assert.deepEqual(one.running, ['charge', 'charge']);
    assert.equal(one.inside('invoked')?.context.n, 1);
    one.send('ADD');
    one.send('ADD.known');
    assert.equal(one.inside('invoked')?.context.n, 2);
    assert.equal(one.inside('x:3')?.context.n, 2);
    one.wait(100);
    assert.equal(one.inside('invoked')?.value, 'late');
    one.hear('charge', itself({ type: 'xstate.promise.resolve', data: 1 }));
    assert.deepEqual(one.running, ['charge']);
  });

  test('knows who is who: in its context, in what it will send itself, in what it has seen', () => {
    const one = grown().moved();
    const kept = () => (one.root.context as { kept: AnyActorRef[] }).kept[0];
    assert.equal(kept(), (one.root.children as Record<string, AnyActorRef>)['x:3']);
    one.wait(10);
    const { seen } = one.root.context as { seen: { kept: AnyActorRef[]; self: AnyActorRef } };
    assert.equal(seen.kept[0], kept());
    assert.equal(seen.self.sessionId, 'x:0');
  });

  test('hears of their snapshots as before, and has kept one as it was', () => {
    const one = grown().moved();
    one.send('ADD');
    const { seen } = one.moved().root.context as {
      seen: { context: object; matches(value: string): boolean };
    };
    assert.equal((seen.context as { n: number }).n, 2);
    assert.ok(seen.matches('counting'));
  });

  test.each(['END', 'STOP'])('has kept one that is over: by %s', (type) => {
    const one = grown();
    one.send(type);
    one.moved();
    const [kept] = (one.root.context as { kept: AnyActorRef[] }).kept;
    const snapshot = kept?.getSnapshot() as { status: string; context: { n: number } };
    assert.equal(snapshot.status, type === 'END' ? 'done' : 'stopped');
    assert.equal(snapshot.context.n, 1);
    assert.equal(one.send('ADD').accepted, true, 'which drops it, as XState does');
    assert.equal(one.send('STOP').accepted, true);
  });

  test('that is over has none but those that it has kept', () => {
    const ending = setup({ actors: { child } }).createMachine({
      context: ({ spawn }) => ({ kept: spawn('child', { id: 'kept' }) }),
      invoke: { src: 'child', id: 'invoked', onSnapshot: {} },
      initial: 'on',
      states: { on: { on: { END: 'over' } }, over: { type: 'final' } },
    });
    const one = new OneInstance(ending as never);
    one.send('END');
    one.moved();
    const { kept } = one.root.context as { kept: AnyActorRef };
    assert.equal(kept.getSnapshot().status, 'stopped');
    assert.deepEqual(
      (one.serialized() as { actors: { id: string }[] }).actors.map(({ id }) => id),
      ['kept'],
    );
  });

  test('gives the next child the next name', () => {
    const one = grown().moved();
    one.send('SPAWN');
    const { kept } = one.root.context as { kept: AnyActorRef[] };
    assert.deepEqual(
      kept.map(({ sessionId }) => sessionId),
      ['x:3', 'x:5'],
    );
  });
});

describe('code is found again where it stands in the definition', () => {
  const of = (run: string, ring: string) => {
    const ran: string[] = [];
    const inline = fromPromise(never);
    const config = {
      id: 'm',
      entry: ['ring', () => void ran.push(run), spawnChild(inline as never, { id: 'spawned' })],
      invoke: [
        { src: 'named', id: 'named' },
        { src: fromCallback(() => void ran.push('callback')), id: 'inline' },
        { src: fromTransition((n: number) => n + 1, 0), id: 'reducer' },
      ],
      initial: 'a',
      states: {
        a: { on: { GO: { target: 'b', actions: () => void ran.push(`${run} on the way`) } } },
        b: {},
      },
    };
    const implementations = {
      actors: { named: fromPromise(never) },
      actions: { ring: () => void ran.push(ring) },
    };
    const machine = createMachine(config as never, implementations as never) as AnyStateMachine;
    return { machine, ran, inline };
  };

  test('by another process, and by the next version of the machine', () => {
    const one = new OneInstance(of('one', 'ding').machine);
    one.send('GO');
    const { machine, ran, inline } = of('two', 'dong');
    one.moved(machine);
    assert.deepEqual(one.running, ['spawned', 'named', 'inline']);
    const actions = one.effects.filter(({ wish }) => wish.kind === 'action');
    for (const { wish } of actions) {
      const { run, args, params } = wish as CustomAction;
      run(args, params);
    }
    assert.deepEqual(ran, ['dong', 'two', 'two on the way']);
    const logics = one.effects
      .filter(({ wish }) => wish.kind === 'invocation')
      .map(({ wish }) => (wish as Invocation).logic);
    assert.equal(logics[0], inline);
    assert.equal(logics[1], machine.implementations.actors['named']);
  });

  test.each([
    [
      'an actor that was spawned of code within code',
      assign(({ spawn }) => ({
        ref: spawn(createMachine({}) as never, { id: 'hidden' } as never),
      })),
      'unnamed-actor',
      'the logic of the actor "hidden" is code within code',
    ],
    [
      'an action that was enqueued as code within code',
      enqueueActions(({ enqueue }) => enqueue(function ring() {})),
      'unnamed-action',
      'the action "ring" is code within code',
    ],
  ])('%s is not found, and that is said', (_, action, code, what) => {
    const one = new OneInstance(createMachine({ on: { GO: { actions: action as never } } }));
    one.send('GO');
    assert.throws(
      () => one.told(),
      (thrown) =>
        thrown instanceof Unnameable && thrown.code === code && thrown.message.startsWith(what),
    );
  });
});

describe('what a chart keeps', () => {
  const keeper = createMachine({
    context: ({ self }) => ({ self, what: null as unknown }),
    on: { KEEP: { actions: assign({ what: ({ event }) => event['what'] as unknown }) } },
  });
  const keeping = (what: unknown) => {
    const one = new OneInstance(keeper);
    one.send({ type: 'KEEP', what });
    return one.moved().root.context as { self: AnyActorRef; what: unknown };
  };

  test('may be any data', () => {
    const what = {
      date: new Date(5),
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
      nothing: undefined,
      bytes: new Uint8Array([1, 2]),
    };
    assert.deepEqual(keeping(what).what, what);
  });

  test('may be twice in there, or in itself', () => {
    const circle: Record<string, unknown> = { list: [] };
    circle['self'] = circle;
    circle['again'] = circle['list'];
    const what = keeping(circle).what as typeof circle;
    assert.equal(what['self'], what);
    assert.equal(what['again'], what['list']);
  });

  test('may be twice or in itself also where an actor is in there', () => {
    const holder = createMachine({
      context: ({ self }) => {
        const circle: Record<string, unknown> = { self, map: new Map([[{ a: 1 }, self]]) };
        circle['circle'] = circle;
        circle['again'] = new Set([circle['map']]);
        return circle;
      },
    });
    const one = new OneInstance(holder);
    one.send('X');
    const { circle, map, again, self } = one.moved().root.context as {
      circle: Record<string, unknown>;
      map: Map<object, unknown>;
      again: Set<unknown>;
      self: AnyActorRef;
    };
    assert.equal(circle['circle'], circle);
    assert.equal(self.sessionId, 'x:0');
    assert.deepEqual([...map], [[{ a: 1 }, self]]);
    assert.ok(again.has(map));
  });

  test('may look like what we put in place of an actor', () => {
    const what = { '(quorate)': 'actor', session: 'x:0', more: [{ '(quorate)': null }] };
    assert.deepEqual(keeping(what).what, what);
  });

  test('may be itself', () => {
    assert.equal(keeping(1).self.sessionId, 'x:0');
  });
});

test('an instance that is over is told likewise, and has forgotten its children', () => {
  const ending = createMachine({
    invoke: { src: child, id: 'child' },
    initial: 'on',
    states: { on: { on: { END: 'over' } }, over: { type: 'final' } },
    output: 5,
  });
  const one = new OneInstance(ending);
  one.send('END');
  one.moved();
  assert.deepEqual(one.instance.view, { status: 'done', value: 'over', context: {}, output: 5 });
  assert.deepEqual(one.root.children, {});
});

test('one that broke says why, still', () => {
  const parent = createMachine({
    invoke: { src: child, id: 'child' },
    after: { 5: { actions: sendTo('child', { type: 'FAIL' }) } },
  });
  const one = new OneInstance(parent);
  one.send('X');
  one.wait(5);
  assert.equal(one.moved().status, 'error');
  assert.deepEqual(one.instance.view.error, { name: 'Error', message: 'the child is broken' });
});

test('where nothing has to be replaced, nothing is copied', () => {
  const plain = createMachine({ context: { list: [{ a: 1 }] } });
  const one = new OneInstance(plain);
  one.send('X');
  const { context } = one.root;
  const told = one.serialized() as { root: { fields: { context: unknown } } };
  assert.equal(told.root.fields.context, context);
});
