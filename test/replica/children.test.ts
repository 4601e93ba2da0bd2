/** Machines within machines, which take their steps inside their instance. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createMachine,
  emit,
  enqueueActions,
  fromTransition,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { Snapshot } from '../../machines/replica/engine.ts';
import { xstate5Engine } from '../../machines/replica/xstate5-engine.ts';
import { OneInstance } from './one-instance.ts';

/** It counts, and tells its parent of every third. */
const counter = createMachine({
  id: 'counter',
  context: ({ input }) => ({ n: (input as { n?: number } | undefined)?.n ?? 0 }),
  initial: 'counting',
  states: {
    counting: {
      on: {
        ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
        TELL: { actions: sendParent(({ context }) => ({ type: 'TOLD', n: context.n })) },
        END: 'ended',
        FAIL: {
          actions: assign(() => {
            throw new Error('the child is broken');
          }),
        },
      },
    },
    ended: { type: 'final' },
  },
  output: ({ context }) => context.n,
});

const told = assign({ told: ({ event }) => (event as unknown as { n: number }).n });
const invoking = (more: object = {}, at: object = {}) =>
  createMachine({
    id: 'parent',
    context: { told: -1 },
    initial: 'idle',
    states: {
      idle: { on: { START: 'busy' } },
      busy: {
        invoke: { src: counter, id: 'counter', input: { n: 5 }, ...more },
        on: {
          STOP: 'idle',
          AGAIN: { target: 'busy', reenter: true },
          ADD: { actions: sendTo('counter', { type: 'ADD' }) },
          TELL: { actions: sendTo('counter', { type: 'TELL' }) },
          END: { actions: sendTo('counter', { type: 'END' }) },
          FAIL: { actions: sendTo('counter', { type: 'FAIL' }) },
          TOLD: { actions: told },
        },
        ...at,
      },
      over: {},
    },
  } as never);

describe('an invoked machine', () => {
  test('lives as long as its state, and is reached by sendTo and answers by sendParent', () => {
    const one = new OneInstance(invoking());
    one.send('START');
    assert.equal(one.inside('counter')?.context.n, 5);
    for (const type of ['ADD', 'ADD', 'TELL']) assert.equal(one.send(type).accepted, true);
    assert.deepEqual(one.context, { told: 7 });

    one.send('STOP');
    assert.equal(one.inside('counter'), undefined);
    assert.equal(one.send('ADD').accepted, false);
  });

  test('begins anew where its state is entered again, under the same id', () => {
    const one = new OneInstance(invoking());
    one.send('START');
    one.send('ADD');
    const before = (one.root.children as Record<string, AnyActorRef>)['counter'];
    one.send('AGAIN');
    const after = (one.root.children as Record<string, AnyActorRef>)['counter'];
    assert.notEqual(before, after);
    assert.deepEqual([before?.sessionId, after?.sessionId], ['x:1', 'x:2']);
    one.send('TELL');
    assert.deepEqual(one.context, { told: 5 });
  });

  test('that ends tells its parent what came of it', () => {
    const output = assign({ told: ({ event }) => (event as unknown as { output: number }).output });
    const one = new OneInstance(invoking({ onDone: { target: 'over', actions: output } }));
    for (const type of ['START', 'ADD', 'END']) one.send(type);
    assert.equal(one.value, 'over');
    assert.deepEqual(one.context, { told: 6 });
  });

  test('that ends unheard is still its parent’s to look at, until the state is left', () => {
    const one = new OneInstance(invoking());
    for (const type of ['START', 'END', 'ADD']) one.send(type);
    assert.equal(one.inside('counter')?.status, 'done');
    assert.equal(one.value, 'busy');
    one.send('STOP');
    assert.equal(one.inside('counter'), undefined);
  });

  test('that fails is its parent’s onError', () => {
    const reason = assign({
      told: ({ event }) => (event as unknown as { error: Error }).error.message,
    });
    const one = new OneInstance(invoking({ onError: { target: 'over', actions: reason } }));
    one.send('START');
    assert.equal(one.send('FAIL').accepted, true);
    assert.equal(one.value, 'over');
    assert.deepEqual(one.context, { told: 'the child is broken' });
  });

  test('that fails without one fails its parent: the event is refused, and both stay', () => {
    const one = new OneInstance(invoking());
    one.send('START');
    one.send('ADD');
    assert.throws(() => one.send('FAIL'), /^MachineFailure: the child is broken$/);
    assert.equal(one.status, 'active');
    one.send('TELL');
    assert.deepEqual(one.context, { told: 6 });
  });

  test('tells of each of its snapshots where its parent wants to know', () => {
    const seen = assign({
      told: ({ event }) =>
        (event as unknown as { snapshot: { context: { n: number } } }).snapshot.context.n,
    });
    const one = new OneInstance(invoking({ onSnapshot: { actions: seen } }));
    one.send('START');
    assert.deepEqual(one.context, { told: 5 });
    one.send('ADD');
    assert.deepEqual(one.context, { told: 6 });
    assert.throws(() => one.send('FAIL'));
    one.send('ADD');
    assert.deepEqual(one.context, { told: 7 }, 'and still does after a step that failed');
  });

  test('and its state may come and go within a step', () => {
    const hasty = createMachine({
      initial: 'idle',
      states: {
        idle: { on: { START: 'through' } },
        through: { invoke: { src: counter, id: 'counter' }, always: 'there' },
        there: {},
      },
    });
    const one = new OneInstance(hasty);
    one.send('START');
    assert.equal(one.value, 'there');
    assert.deepEqual(Object.keys(one.root.children), []);
  });
});

describe('a spawned machine', () => {
  const parent = setup({
    types: { context: {} as { kept: AnyActorRef[]; told: number } },
    actors: { counter },
  }).createMachine({
    context: { kept: [], told: -1 },
    on: {
      SPAWN: {
        actions: assign({
          kept: ({ context, spawn }) => [...context.kept, spawn('counter', { input: { n: 1 } })],
        }),
      },
      'SPAWN.named': { actions: spawnChild('counter', { id: 'named', input: { n: 10 } }) },
      ADD: {
        actions: enqueueActions(({ context, enqueue }) => {
          for (const each of context.kept) enqueue.sendTo(each, { type: 'ADD' });
        }),
      },
      TELL: { actions: sendTo(({ context }) => context.kept[0] as AnyActorRef, { type: 'TELL' }) },
      'TELL.named': { actions: sendTo('named', { type: 'TELL' }) },
      STOP: { actions: stopChild(({ context }) => context.kept[0] as AnyActorRef) },
      'STOP.named': { actions: stopChild('named') },
      TOLD: { actions: told as never },
      LOOK: {
        actions: assign({
          told: ({ context: { kept } }) =>
            (kept[0] as AnyActorRef).getSnapshot().context.n as number,
        }),
      },
    },
  });

  test('may be kept in the context, looked at and sent to', () => {
    const one = new OneInstance(parent);
    for (const type of ['SPAWN', 'SPAWN', 'ADD', 'TELL']) one.send(type);
    assert.equal(one.context['told'], 2);
    one.send('ADD');
    one.send('LOOK');
    assert.equal(one.context['told'], 3);
  });

  test('is shown to clients by its id, which is the same on every node', () => {
    const one = new OneInstance(parent);
    one.send('SPAWN');
    const { kept } = JSON.parse(JSON.stringify(one.context)) as { kept: unknown };
    assert.deepEqual(kept, [{ xstate$$type: 1, id: 'x:1' }]);
    assert.equal(one.context['kept'] === one.root.context.kept, false, 'and not by itself');
  });

  test('may be spawned and stopped by name', () => {
    const one = new OneInstance(parent);
    for (const type of ['SPAWN.named', 'TELL.named']) one.send(type);
    assert.equal(one.context['told'], 10);
    one.send('STOP.named');
    assert.throws(() => one.send('TELL.named'), /Unable to send event to actor 'named'/);
  });

  test('that has ended may be stopped again, and hears nothing any more', () => {
    const one = new OneInstance(parent);
    for (const type of ['SPAWN', 'STOP', 'STOP', 'ADD', 'TELL', 'LOOK']) one.send(type);
    assert.equal(one.context['told'], 1);
  });

  test('may be spawned as the context is made', () => {
    const born = createMachine({
      context: ({ spawn }) => ({ told: 0, child: spawn(counter, { id: 'child' }) }),
      on: { TELL: { actions: sendTo('child', { type: 'TELL' }) }, TOLD: { actions: told } },
    });
    const one = new OneInstance(born);
    one.send('TELL');
    assert.equal(one.context['told'], 0);
  });
});

test('machines are nested as deep as five, and events go all the way down and up', () => {
  const nested = (depth: number): AnyStateMachine =>
    depth === 0
      ? (counter as AnyStateMachine)
      : createMachine({
          id: `level${depth}`,
          context: { told: -1 },
          invoke: { src: nested(depth - 1), id: 'inner' },
          on: {
            ADD: { actions: sendTo('inner', { type: 'ADD' }) },
            TELL: { actions: sendTo('inner', { type: 'TELL' }) },
            FAIL: { actions: sendTo('inner', { type: 'FAIL' }) },
            TOLD: { actions: [told, ...(depth === 5 ? [] : [sendParent(({ event }) => event)])] },
          },
        });
  const one = new OneInstance(nested(5));
  for (const type of ['ADD', 'ADD', 'TELL']) one.send(type);
  assert.deepEqual(one.context, { told: 2 });
  const down = Array<string>(5).fill('inner');
  assert.equal(one.inside(...down)?.context.n, 2);
  assert.throws(() => one.send('FAIL'), /the child is broken/);
  one.send('ADD');
  assert.equal(one.inside(...down)?.context.n, 3);
});

describe('what failed, or was left, has left nothing behind', () => {
  const parent = setup({ actors: { counter } }).createMachine({
    context: ({ spawn }) => ({ told: -1, kept: spawn('counter', { id: 'kept' }) as AnyActorRef }),
    invoke: { src: 'counter', id: 'counter', onSnapshot: {} },
    on: {
      ADD: { actions: [sendTo('counter', { type: 'ADD' }), sendTo('kept', { type: 'ADD' })] },
      'ADD.fail': {
        actions: [
          sendTo('counter', { type: 'ADD' }),
          assign(() => {
            throw new Error('boom');
          }),
        ],
      },
      'ADD.failLater': {
        actions: [sendTo('counter', { type: 'ADD' }), sendTo(({ self }) => self, { type: 'FAIL' })],
      },
      FAIL: {
        actions: [
          spawnChild('counter', { id: 'more' }),
          stopChild('kept'),
          assign(() => {
            throw new Error('boom');
          }),
        ],
      },
      END: { actions: sendTo('counter', { type: 'END' }) },
      STOP: { actions: stopChild('kept') },
      TELL: { actions: sendTo('counter', { type: 'TELL' }) },
      TOLD: { actions: told as never },
      'TELL.kept': { actions: sendTo(({ context }) => context.kept, { type: 'TELL' }) },
    },
  });
  const counts = (one: OneInstance) => [
    one.inside('counter')?.context.n as unknown,
    one.inside('kept')?.context.n as unknown,
  ];

  test.each(['ADD.fail', 'ADD.failLater', 'FAIL'])('after %s all is as before', (type) => {
    const one = new OneInstance(parent);
    one.send('ADD');
    const before = one.told();
    for (let again = 0; again < 3; again += 1) assert.throws(() => one.send(type), /boom/);
    assert.equal(one.told(), before);
    one.send('ADD');
    assert.deepEqual(counts(one), [2, 2]);
  });

  test('an event that nobody takes leaves the very same snapshot', () => {
    const one = new OneInstance(parent);
    one.send('ADD');
    const { snapshot } = one.instance;
    const { accepted, emitted } = one.send('UNKNOWN');
    assert.deepEqual([accepted, emitted], [false, []]);
    assert.equal(one.instance.snapshot, snapshot);
  });

  test.each([
    ['END', 'counter'],
    ['STOP', 'kept'],
  ])(
    'a snapshot is worth the same when one of its children has been over meanwhile: %s',
    (type, id) => {
      const engine = xstate5Engine(parent);
      const plainly = (each: Snapshot): string => JSON.stringify(engine.serialize(each));
      const first = engine.init(undefined).snapshot;
      const ended = engine.apply(first, { type }).snapshot;
      const [before, after] = [plainly(first), plainly(ended)];

      const other = engine.apply(first, { type: 'ADD' }).snapshot;
      assert.deepEqual([plainly(first), plainly(ended)], [before, after]);
      assert.equal(plainly(engine.apply(first, { type }).snapshot), after);
      assert.equal(plainly(engine.apply(first, { type: 'ADD' }).snapshot), plainly(other));
      const again = engine.apply(ended, { type: 'TELL.kept' });
      assert.equal(
        (engine.view(again.snapshot).context as { told: number }).told,
        id === 'kept' ? -1 : 0,
      );
    },
  );

  test('instances of one machine count their actors by themselves', () => {
    const engine = xstate5Engine(
      createMachine({
        on: { MORE: { actions: assign(({ spawn }) => ({ last: spawn(counter as never) })) } },
      }),
    );
    const more = (from: Snapshot) => engine.apply(from, { type: 'MORE' }).snapshot;
    const last = (of: Snapshot) => JSON.stringify(engine.view(of).context);
    const [a, b] = [engine.init(undefined).snapshot, engine.init(undefined).snapshot];
    const [a1, b1] = [more(a), more(b)];
    const [a2, b2] = [more(a1), more(b1)];
    assert.equal(last(a1), '{"last":{"xstate$$type":1,"id":"x:1"}}');
    assert.deepEqual([last(b1), last(b2)], [last(a1), last(a2)]);
  });
});

describe('names in the system', () => {
  const speaker = createMachine({
    on: {
      SPEAK: { actions: sendTo(({ system }) => system.get('ear') as AnyActorRef, { type: 'ADD' }) },
    },
  });
  const household = createMachine({
    initial: 'home',
    states: {
      home: {
        invoke: [
          { src: counter, id: 'ear', systemId: 'ear' },
          { src: speaker, id: 'speaker' },
        ],
        on: {
          SPEAK: { actions: sendTo('speaker', { type: 'SPEAK' }) },
          AGAIN: { target: 'home', reenter: true },
          ANOTHER: { actions: spawnChild(counter, { id: 'other', systemId: 'ear' }) },
          AWAY: 'away',
        },
      },
      away: {
        on: { LOOK: { actions: assign({ found: ({ system }) => system.get('ear') ?? 'nobody' }) } },
      },
    },
  });

  test('lead from one child to another', () => {
    const one = new OneInstance(household);
    for (const type of ['SPEAK', 'SPEAK']) one.send(type);
    assert.equal(one.inside('ear')?.context.n, 2);
  });

  test('are free again when their state is entered anew, and are given once', () => {
    const one = new OneInstance(household);
    for (const type of ['SPEAK', 'AGAIN', 'SPEAK']) one.send(type);
    assert.equal(one.inside('ear')?.context.n, 1);
    assert.throws(() => one.send('ANOTHER'), /Actor with system ID 'ear' already exists/);
    one.send('SPEAK');
    assert.equal(one.inside('ear')?.context.n, 2, 'the failed step has not taken it');
  });

  test('are lost by those that a failed parent has left behind, which live on', () => {
    const orphan = createMachine({ initial: 'a', states: { a: { after: { 50: 'b' } }, b: {} } });
    const careless = createMachine({
      invoke: { src: orphan, id: 'orphan', systemId: 'orphan' },
      on: {
        FAIL: {
          actions: assign(() => {
            throw new Error('boom');
          }),
        },
      },
    });
    const parent = createMachine({
      initial: 'with',
      states: {
        with: {
          invoke: { src: careless, id: 'careless', onError: {} },
          on: { FAIL: { actions: sendTo('careless', { type: 'FAIL' }) }, GO: 'without' },
        },
        without: {},
      },
      on: {
        LOOK: {
          actions: assign({
            found: ({ system }) =>
              (system.get('orphan')?.getSnapshot() as { value: string } | undefined)?.value ??
              'nobody',
          }),
        },
      },
    });
    const one = new OneInstance(parent);
    const found = () => {
      one.send('LOOK');
      return one.context['found'];
    };
    one.send('FAIL');
    assert.equal(found(), 'a');
    one.send('GO');
    assert.equal(found(), 'nobody');
    assert.deepEqual(one.timers.length, 1, 'as in XState: nobody has stopped it');
    assert.equal(found(), 'nobody');
    one.moved().wait(50);
    assert.equal(found(), 'nobody');
    assert.deepEqual([one.status, one.timers], ['active', []]);
  });

  test('are no more when nobody has them', () => {
    const one = new OneInstance(household);
    for (const type of ['SPEAK', 'AWAY', 'LOOK']) one.send(type);
    assert.deepEqual(one.context, { found: 'nobody' });
  });
});

test('a reducer is a child like a machine', () => {
  const parent = createMachine({
    invoke: {
      src: fromTransition((sum: number, { type }) => sum + type.length, 0),
      id: 'sum',
      onSnapshot: {
        actions: assign({
          sum: ({ event }) => (event.snapshot as unknown as { context: number }).context,
        }),
      },
    },
    context: { sum: 0 },
    on: { 'ADD.*': { actions: sendTo('sum', ({ event }) => event) } },
  });
  const one = new OneInstance(parent);
  for (const type of ['ADD.1', 'ADD.22']) one.send(type);
  assert.deepEqual(one.context, { sum: 11 });
});

test('what children log is logged, what they emit nobody hears, what they raise is theirs', () => {
  const child = createMachine({
    entry: [log('child'), emit({ type: 'LOST' }), raise({ type: 'GO' })],
    initial: 'a',
    states: { a: { on: { GO: 'b' } }, b: {} },
  });
  const parent = createMachine({
    invoke: { src: child, id: 'child' },
    entry: emit({ type: 'SEEN' }),
  });
  const one = new OneInstance(parent);
  const { emitted, logged } = one.send('X');
  assert.deepEqual(emitted, [{ type: 'SEEN' }]);
  assert.deepEqual(logged, [{ label: undefined, value: 'child' }]);
  assert.equal(one.inside('child')?.value, 'b');
});

describe('the machine’s own actor', () => {
  const selfish = createMachine({
    types: { context: {} as { self: AnyActorRef | null; got: string[] } },
    context: ({ self }) => ({ self, got: [] }),
    initial: 'a',
    states: { a: { on: { GO: 'b' } }, b: {} },
    on: {
      SELF: { actions: sendTo(({ self }) => self, { type: 'GOT' }) },
      KEPT: { actions: sendTo(({ context }) => context.self as AnyActorRef, { type: 'GOT' }) },
      SEND: {
        actions: assign(({ self }) => {
          self.send({ type: 'GOT' });
          return {};
        }),
      },
      GOT: {
        actions: assign({
          got: ({ context, self }) => [
            ...context.got,
            `${self.id} ${String(self === context.self)}`,
          ],
        }),
      },
      LOOK: { actions: assign({ got: ({ self }) => [JSON.stringify(self.getSnapshot().value)] }) },
      FORGET: { actions: assign({ self: null }) },
      KEEP: { actions: assign({ self: ({ self }) => self }) },
    },
  });

  test.each(['SELF', 'KEPT', 'SEND'])('takes what it sends to itself: %s', (type) => {
    const one = new OneInstance(selfish);
    one.send(type);
    one.send(type);
    assert.deepEqual(one.context['got'], ['x:0 true', 'x:0 true']);
  });

  test('may be in what it sends itself later, when it is another by then', () => {
    const later = createMachine({
      context: { got: 0 },
      on: {
        // Looked at, it is there for this step.
        GO: {
          actions: [
            assign(({ self }) => ({
              got: (self.getSnapshot() as { context: { got: number } }).context.got,
            })),
            raise(({ self }) => ({ type: 'LATER', whose: self }), { delay: 5 }),
          ],
        },
        LATER: {
          actions: sendTo(({ event }) => (event as unknown as { whose: AnyActorRef }).whose, {
            type: 'GOT',
          }),
        },
        GOT: { actions: assign({ got: ({ context }) => context.got + 1 }) },
      },
    });
    const one = new OneInstance(later);
    one.send('GO');
    one.wait(5);
    assert.deepEqual([one.status, one.context], ['active', { got: 1 }]);
    one.send('GO');
    one.moved().wait(5);
    assert.deepEqual(one.context, { got: 2 });
  });

  test('and so may one that is over by then, which is kept again', () => {
    const later = createMachine({
      context: ({ spawn }) => ({
        kept: spawn(counter as never, { id: 'x' } as never) as AnyActorRef | null,
      }),
      on: {
        GO: {
          actions: [
            raise(({ context }) => ({ type: 'KEEP', kept: context.kept }), { delay: 5 }),
            stopChild('x'),
            assign({ kept: null }),
          ],
        },
        KEEP: {
          actions: assign({
            kept: ({ event }) => (event as unknown as { kept: AnyActorRef }).kept,
          }),
        },
        SEND: { actions: sendTo(({ context }) => context.kept as AnyActorRef, { type: 'ADD' }) },
      },
    });
    const one = new OneInstance(later);
    one.send('GO');
    one.wait(5);
    assert.equal(JSON.stringify(one.context), '{"kept":{"xstate$$type":1,"id":"x"}}');
    assert.deepEqual(Object.keys(one.context['kept'] as object), ['xstate$$type', 'id']);
    assert.equal(one.send('SEND').accepted, true);
  });

  test('is the same whether it was kept before it was there or after', () => {
    const one = new OneInstance(selfish);
    for (const type of ['KEPT', 'FORGET', 'KEEP', 'GOT', 'SELF', 'KEEP', 'KEPT']) one.send(type);
    assert.deepEqual(one.context['got'], Array(4).fill('x:0 true'));
  });

  test('shows where it stands before the step', () => {
    const one = new OneInstance(selfish);
    for (const type of ['GO', 'LOOK']) one.send(type);
    assert.deepEqual(one.context['got'], ['"b"']);
  });

  test('is shown to clients by its id', () => {
    const one = new OneInstance(selfish);
    one.send('GO');
    const before = JSON.stringify(one.context);
    one.send('LOOK');
    one.send('KEEP');
    assert.equal(before, '{"self":{"xstate$$type":1,"id":"x:0"},"got":[]}');
    assert.deepEqual(JSON.parse(JSON.stringify(one.context['self'])), {
      xstate$$type: 1,
      id: 'x:0',
    });
  });
});
