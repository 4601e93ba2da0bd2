/** Time in one instance: the delays of a chart, and of its children. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  assign,
  cancel,
  createMachine,
  raise,
  sendParent,
  sendTo,
  setup,
  type AnyActorRef,
} from 'xstate';
import { OneInstance } from './one-instance.ts';

const note = (word: string) =>
  assign({
    notes: ({ context }: { context: { notes: string[] } }) => [...context.notes, word],
  }) as never;

describe('`after`', () => {
  const light = setup({
    delays: { short: 10, long: ({ context }) => context.notes.length * 100 },
  }).createMachine({
    id: 'light',
    context: { notes: [] as string[] },
    initial: 'green',
    states: {
      green: {
        after: { 1000: 'yellow' },
        on: { HURRY: 'yellow', AGAIN: { target: 'green', reenter: true } },
      },
      yellow: {
        entry: note('yellow'),
        after: { short: [{ guard: () => false }, { target: 'red' }] },
      },
      red: { after: { long: 'green' }, on: { STAY: {} } },
    },
  });

  test('leads on when its time has come, be it a number, a name or an expression', () => {
    const one = new OneInstance(light);
    one.send('X');
    one.wait(999);
    assert.equal(one.value, 'green');
    one.wait(1);
    assert.equal(one.value, 'yellow');
    one.wait(10);
    assert.equal(one.value, 'red');
    assert.deepEqual(one.timers, [['xstate.after.long.light.red', 1_110]]);
    one.wait(100);
    assert.equal(one.value, 'green');
  });

  test('is called off where its state is left, and begins anew where it is entered again', () => {
    const one = new OneInstance(light);
    one.send('X');
    one.wait(500);
    one.send('AGAIN');
    assert.deepEqual(one.timers, [['xstate.after.1000.light.green', 1_500]]);
    one.send('HURRY');
    assert.deepEqual(one.timers, [['xstate.after.short.light.yellow', 510]]);
  });

  test('is not touched by what changes nothing', () => {
    const one = new OneInstance(light);
    one.send('X');
    const { pending } = one.instance;
    one.send('UNKNOWN');
    assert.equal(one.instance.pending, pending);
  });

  test('of no time at all waits for its turn in the log', () => {
    const hasty = createMachine({ initial: 'a', states: { a: { after: { 0: 'b' } }, b: {} } });
    const one = new OneInstance(hasty);
    one.send('X');
    assert.equal(one.value, 'a');
    one.wait(0);
    assert.equal(one.value, 'b');
  });

  test('in two regions at once leads in the order in which they were entered', () => {
    const region = (word: string) => ({
      initial: 'a',
      states: { a: { after: { 5: { target: 'b', actions: note(word) } } }, b: {} },
    });
    const both = createMachine({
      context: { notes: [] as string[] },
      type: 'parallel',
      states: { left: region('left'), right: region('right') },
    });
    const one = new OneInstance(both);
    one.send('X');
    one.wait(5);
    assert.deepEqual(one.context['notes'], ['left', 'right']);
  });

  test('ends with the machine', () => {
    const ending = createMachine({
      after: { 5: { actions: () => {} } },
      initial: 'a',
      states: { a: { on: { END: 'b' } }, b: { type: 'final' } },
    });
    const one = new OneInstance(ending);
    one.send('X');
    assert.equal(one.timers.length, 1);
    one.send('END');
    assert.deepEqual([one.status, one.timers], ['done', []]);
  });
});

describe('an event that a machine sends itself later', () => {
  const alarm = createMachine({
    context: { notes: [] as string[] },
    on: {
      SET: { actions: raise({ type: 'RING' }, { delay: 10, id: 'alarm' }) },
      'SET.other': {
        actions: sendTo(({ self }) => self, { type: 'RING' }, { delay: 10, id: 'alarm' }),
      },
      'SET.unnamed': { actions: raise({ type: 'RING' }, { delay: 10 }) },
      OFF: { actions: cancel('alarm') },
      RING: { actions: note('ring') },
    },
  });
  const rings = (one: OneInstance): number => (one.context['notes'] as string[]).length;

  test.each(['SET', 'SET.other'])('comes in time, and not when it is called off: %s', (set) => {
    const one = new OneInstance(alarm);
    one.send(set);
    one.wait(10);
    assert.equal(rings(one), 1);
    one.send(set);
    one.send('OFF');
    one.wait(10);
    assert.equal(rings(one), 1);
  });

  test('without a name comes whatever is called off, each of them', () => {
    const one = new OneInstance(alarm);
    for (const type of ['SET.unnamed', 'SET.unnamed', 'OFF']) one.send(type);
    one.wait(10);
    assert.equal(rings(one), 2);
  });

  test('under a name that is given twice comes twice, and only the later can be called off', () => {
    const one = new OneInstance(alarm);
    for (const type of ['SET', 'SET']) one.send(type);
    one.wait(10);
    assert.equal(rings(one), 2);
    for (const type of ['SET', 'SET.other', 'OFF', 'OFF']) one.send(type);
    one.wait(10);
    assert.equal(rings(one), 3);
  });
});

describe('the delays of children', () => {
  const child = createMachine({
    initial: 'young',
    states: { young: { after: { 10: 'old' } }, old: { entry: sendParent({ type: 'OLD' }) } },
    on: { LATER: { actions: sendParent({ type: 'LATER' }, { delay: 10 }) } },
  });
  const parent = createMachine({
    context: { notes: [] as string[] },
    initial: 'with',
    states: {
      with: {
        invoke: { src: child, id: 'child' },
        on: {
          LATER: { actions: [note('later'), sendTo('child', { type: 'LATER' })] },
          'TELL.later': { actions: sendTo('child', { type: 'LATER' }, { delay: 5 }) },
          GO: 'without',
        },
      },
      without: { on: { LATER: { actions: note('too late') } } },
    },
    on: { OLD: { actions: note('old') } },
  });

  test('run inside of their instance, and reach their parent', () => {
    const one = new OneInstance(parent);
    one.send('X');
    assert.deepEqual(one.timers, [['xstate.after.10.(machine).young', 10]]);
    one.wait(10);
    assert.equal(one.inside('child')?.value, 'old');
    assert.deepEqual(one.context, { notes: ['old'] });
  });

  test('end with them', () => {
    const one = new OneInstance(parent);
    one.send('LATER');
    assert.equal(one.timers.length, 2);
    one.send('GO');
    assert.deepEqual(one.timers, []);
  });

  test('that their parent has set for them come to nothing without them', () => {
    const one = new OneInstance(parent);
    one.send('TELL.later');
    one.send('GO');
    assert.equal(one.timers.length, 1);
    const { snapshot } = one.instance;
    one.wait(5);
    assert.equal(one.instance.snapshot, snapshot);
    assert.deepEqual(one.timers, []);
  });
});

test('a deadline of an actor that is kept goes to that actor, wherever it is by then', () => {
  const keeper = createMachine({
    context: ({ spawn }) => ({
      notes: [] as string[],
      kept: spawn(
        createMachine({ on: { HI: { actions: sendParent({ type: 'HELLO' }) } } }),
      ) as AnyActorRef,
    }),
    on: {
      GREET: { actions: sendTo(({ context }) => context.kept, { type: 'HI' }, { delay: 3 }) },
      HELLO: { actions: note('hello') },
    },
  });
  const one = new OneInstance(keeper);
  one.send('GREET');
  one.wait(3);
  assert.deepEqual(one.context['notes'], ['hello']);
});
