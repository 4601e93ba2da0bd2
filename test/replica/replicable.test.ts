import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import {
  and,
  type AnyActorScope,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromPromise,
  log,
  not,
  or,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  StateMachine,
  stateIn,
  stopChild,
} from 'xstate';
import { lifecycleMachine } from '../../machines/lifecycle.ts';
import { checkReplicable, problemSentence } from '../../machines/replica/replicable.ts';
import { charts } from './charts.ts';

declare class AnyMachine {
  constructor(config: unknown);
  transition(snapshot: never, event: never, scope: AnyActorScope): never;
}

const sentences = (machine: unknown, name = 'm'): readonly string[] =>
  checkReplicable(name, machine).map((problem) => problemSentence(name, problem));

/** A chart whose state `deep.inside` has this configuration. */
const inside = (state: object, implementations: object = {}) =>
  createMachine(
    {
      initial: 'deep',
      states: { deep: { initial: 'inside', states: { inside: state, other: {} } } },
    } as never,
    implementations,
  );

test.each(Object.entries(charts))('the chart %s is replicable', (_, { machine }) => {
  expect(sentences(machine)).toEqual([]);
});

test('the lifecycle machine is, but for its name', () => {
  expect(sentences(lifecycleMachine)).toEqual([]);
});

test('whatever stays inside of a machine passes, by name or inline, nested or not', () => {
  const machine = setup({
    actors: { unused: fromPromise(async () => 1) },
    guards: { yes: () => true, alias: 'yes' as never, both: and(['yes', not('alias')]) },
    actions: { set: assign({}), say: emit({ type: 'x' }) },
  }).createMachine({
    version: '1',
    description: 'a machine',
    options: { maxIterations: 10 },
    context: {},
    initial: 'a',
    states: {
      a: {
        tags: 'first',
        meta: { note: 1 },
        entry: ['set', { type: 'say' }, raise({ type: 'X' }), log('x')],
        exit: enqueueActions(() => {}),
        always: { guard: or([stateIn('b'), 'both']), target: 'b', description: 'why', meta: {} },
        on: { X: [{ guard: 'alias', target: 'b', reenter: true }, 'c'] },
      },
      b: {
        initial: { target: 'd', actions: 'set' },
        states: { d: { type: 'final', output: 1 }, h: { type: 'history', target: 'd' } },
        onDone: { target: 'c', actions: 'say' },
      },
      c: {},
    },
  });
  expect(sentences(machine)).toEqual([]);
});

describe('a chart that asks for more is refused, and told where, what and what to do', () => {
  const logic = createMachine({});
  const ring = function ring() {};

  test.each<[string, object, object, string]>([
    ['after', { after: { 10: 'other' } }, {}, 'it has delayed transitions'],
    ['invoke', { invoke: { src: logic, onDone: 'other' } }, {}, 'it invokes an actor'],
    [
      'a route, which only an event of XState can take',
      { id: 'r', route: {} },
      {},
      'it can be entered by `xstate.route`',
    ],
    [
      'a delayed raise',
      { entry: raise({ type: 'X' }, { delay: 1 }) },
      {},
      'on entry it raises an event after a delay',
    ],
    [
      'a delayed raise by name',
      { exit: 'later' },
      { actions: { later: raise({ type: 'X' }, { delay: () => 1 }) } },
      'on exit it raises an event after a delay',
    ],
    ['spawnChild', { entry: spawnChild(logic) }, {}, 'on entry it spawns an actor'],
    ['stopChild', { exit: stopChild('c') }, {}, 'on exit it stops an actor'],
    [
      'sendTo',
      { on: { X: { actions: sendTo('c', { type: 'Y' }) } } },
      {},
      'on X it sends an event to another actor',
    ],
    [
      'sendParent',
      { on: { X: [{ target: 'other', actions: [sendParent({ type: 'Y' })] }] } },
      {},
      'on X it sends an event to another actor',
    ],
    [
      'forwardTo',
      { on: { '*': { actions: forwardTo('c') } } },
      {},
      'on * it sends an event to another actor',
    ],
    [
      'cancel',
      { always: { guard: () => false, actions: cancel('x') } },
      {},
      'in `always` it cancels a delayed event',
    ],
    ['a custom action', { entry: ring }, {}, 'on entry it runs the custom action "ring"'],
    [
      'a nameless one',
      { entry: [() => {}] },
      {},
      'on entry it runs the custom action "(anonymous)"',
    ],
    [
      'a custom action by name',
      { entry: { type: 'ring', params: 1 } },
      { actions: { ring } },
      'on entry it runs the custom action "ring"',
    ],
    [
      'an action without code',
      { entry: 'ring' },
      {},
      'on entry it runs the action "ring", which is not implemented',
    ],
    [
      'an action named like a method of every object',
      { entry: 'toString' },
      {},
      'it runs the action "toString", which is not implemented',
    ],
    ['an action that is none', { entry: 7 }, {}, 'on entry it has an action that is none'],
    [
      'an action of an initial transition',
      { initial: { target: 'x', actions: ring }, states: { x: {} } },
      {},
      'on its initial transition it runs the custom action "ring"',
    ],
    [
      'an action of onDone',
      { initial: 'x', states: { x: { type: 'final' } }, onDone: { actions: ring } },
      {},
      'it runs the custom action "ring"',
    ],
    [
      'a guard without code',
      { on: { X: { guard: 'may', target: 'other' } } },
      {},
      'on X it asks the guard "may", which is not implemented',
    ],
    [
      'a nested guard without code',
      {
        on: {
          X: { guard: and([() => true, or([not({ type: 'may' } as never)])]), target: 'other' },
        },
      },
      {},
      'on X it asks the guard "may", which is not implemented',
    ],
    [
      'a guard without code behind a name',
      { always: { guard: 'a', target: 'other' } },
      { guards: { a: and(['b']), b: 'c' } },
      'in `always` it asks the guard "c", which is not implemented',
    ],
    [
      'a guard that asks itself',
      { on: { X: { guard: 'a' } } },
      { guards: { a: not('a') } },
      'on X it asks the guard "a", which asks itself',
    ],
    ['a guard that is none', { on: { X: { guard: 7 } } }, {}, 'on X it has a guard that is none'],
    [
      'a transition of XState 4',
      { on: { X: { in: 'other', target: 'other' } } },
      {},
      'on X it has `in`, which XState 5 does not know and would silently leave out',
    ],
    [
      'a state of XState 4',
      { activities: ['beep'] },
      {},
      'it has `activities`, which XState 5 does not know and would silently leave out',
    ],
    [
      'a part of the machine in a state',
      { context: { n: 1 } },
      {},
      'it has `context`, which XState 5 does not know',
    ],
    [
      'an initial state that is not there',
      { initial: 'nowhere', states: { x: {}, y: {} } },
      {},
      'it names an initial state that it does not have',
    ],
  ])('%s', (_, state, implementations, what) => {
    const [problem, ...more] = checkReplicable('order', inside(state, implementations));
    expect(more).toEqual([]);
    expect(problem?.where).toBe('deep.inside');
    expect(problem?.what).toContain(what);
    const sentence = problemSentence('order', problem!);
    expect(sentence).toMatch(/^Machine "order", state "deep\.inside": .+\. [A-Z].+\.$/);
  });

  test('a custom action whose name every object has', () => {
    expect(sentences(inside({ entry: 'valueOf' }, { actions: { valueOf: ring } }))).toEqual([
      expect.stringContaining('on entry it runs the custom action "valueOf"'),
    ]);
  });

  test('two states of one id', () => {
    expect(sentences(inside({ id: '(machine).deep.other' }))).toEqual([
      'Machine "m", state "deep.other": it has the id "(machine).deep.other" of another state. ' +
        'Give one of them an `id` of its own.',
    ]);
  });

  test('all of its problems at once, those of the machine as a whole too', () => {
    const machine = createMachine({
      after: { 1: {} },
      entry: [ring, 'sing'],
      on: { X: { actions: ring } },
    });
    expect(sentences(machine, 'a b')).toEqual([
      expect.stringMatching(/^Machine "a b": it has a name that does not fit/),
      expect.stringMatching(/^Machine "a b": it has delayed transitions/),
      expect.stringMatching(/^Machine "a b": on entry it runs the custom action "ring"/),
      expect.stringMatching(
        /^Machine "a b": on entry it runs the action "sing", which is not implemented/,
      ),
      expect.stringMatching(/^Machine "a b": on X it runs the custom action "ring"/),
    ]);
  });
});

describe('a name', () => {
  const { machine } = charts['wild']!;

  test.each(['a', 'Order-2.v_1', 'x'.repeat(64), '__proto__', 'constructor'])(
    'may be %s',
    (name) => {
      expect(checkReplicable(name, machine)).toEqual([]);
    },
  );
  test.each(['', 'a b', 'a/b', 'ä', 'a\n', 'x'.repeat(65), 'lifecycle'])(
    'may not be %j',
    (name) => {
      expect(checkReplicable(name, machine)).toHaveLength(1);
    },
  );
});

describe('a machine of XState 5 is known by what it does', () => {
  const copy = createRequire(import.meta.url)(
    '../../node_modules/xstate/dist/xstate.umd.min.js',
  ) as typeof import('xstate');

  test('and may come from another copy of the package', () => {
    const foreign = copy.createMachine({ entry: copy.assign({}) });
    expect(foreign).not.toBeInstanceOf(StateMachine);
    expect(sentences(foreign)).toEqual([]);
  });

  test('which, when built for production, would silently leave out the guards of XState 4', () => {
    const machine = copy.createMachine({ on: { X: { cond: () => false } } } as never);
    expect(sentences(machine)).toEqual([
      'Machine "m": on X it has `cond`, which XState 5 does not know and would silently leave out. ' +
        'XState 5 calls it `guard`.',
    ]);
  });

  test('so that a copy which runs actions itself is refused, before it runs any of ours', () => {
    let ran = false;
    class Older extends (StateMachine as unknown as typeof AnyMachine) {
      override transition(snapshot: never, event: never, scope: AnyActorScope): never {
        const run: AnyActorScope['actionExecutor'] = ({ exec, info, params }) =>
          exec?.(info, params);
        return super.transition(snapshot, event, { ...scope, actionExecutor: run });
      }
    }
    const older = new Older({
      entry: () => {
        ran = true;
      },
    });
    expect(sentences(older)).toEqual([
      expect.stringContaining('is not a machine made by XState 5'),
    ]);
    expect(ran).toBe(false);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a function', () => {}],
    ['a configuration', { initial: 'a', states: { a: {} } }],
    ['another kind of actor', fromPromise(async () => 1)],
    [
      'a machine of XState 4',
      { __xstatenode: true, config: {}, transition() {}, withContext() {} },
    ],
    [
      'what only looks like one',
      {
        config: {},
        implementations: {},
        root: {},
        idMap: {},
        transition() {},
        getInitialSnapshot() {},
        resolveState() {},
        provide() {},
      },
    ],
  ])('%s is none', (_, machine) => {
    expect(sentences(machine)).toEqual([
      'Machine "m": it is not a machine made by XState 5. ' +
        'Export what `createMachine` of xstate 5.33 or later returns.',
    ]);
  });
});
