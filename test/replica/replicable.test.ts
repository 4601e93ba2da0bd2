import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import {
  and,
  type AnyActorScope,
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
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
import { type ProblemCode, problemCodes } from '../../machines/replica/replicable-problem.ts';
import { replicated } from '../../machines/replica/replicated.ts';
import { sendToInstance } from '../../machines/replica/sending.ts';
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

test('so does all that reaches out of it: delays, actors, and actions of its own', () => {
  const child = createMachine({ after: { 10: {} }, entry: sendParent({ type: 'X' }) });
  const machine = setup({
    actors: { load: fromPromise(async () => 1), listen: fromCallback(() => {}), child },
    actions: {
      ring: () => {},
      reserve: sendToInstance({ machine: 'stock', key: 'k' }, { type: 'R' }),
    },
    delays: { later: 10, soon: ({ context }) => Number(context) },
  }).createMachine({
    initial: 'a',
    states: {
      a: {
        after: { 1: 'b', later: { target: 'b', actions: 'ring', description: 'why' } },
        invoke: [
          {
            src: 'load',
            id: 'load',
            input: 1,
            onDone: { target: 'b', actions: 'ring' },
            onError: 'b',
          },
          { src: fromObservable(() => 'nothing' as never), onSnapshot: { actions: () => {} } },
          { src: 'child', systemId: 'c' },
          { src: createMachine({ entry: raise({ type: 'X' }, { delay: 5 }) }) },
        ],
        entry: [
          raise({ type: 'X' }, { delay: 'soon', id: 'x' }),
          sendTo('load', { type: 'X' }, { delay: 'later' }),
          spawnChild('listen', { id: 'l' }),
          spawnChild(fromTransition((n: number) => n, 0)),
          { type: 'ring', params: {} },
          'reserve',
        ],
        exit: [cancel('x'), stopChild('l'), forwardTo('load'), () => {}],
      },
      b: {},
    },
  });
  expect(sentences(machine)).toEqual([]);
});

describe('a chart that asks for more is refused, and told where, what and what to do', () => {
  const logic = createMachine({});

  test.each<[string, ProblemCode, object, object, string]>([
    [
      'a route, which only an event of XState can take',
      'route',
      { id: 'r', route: {} },
      {},
      'it can be entered by `xstate.route`',
    ],
    [
      'an action without code',
      'not-implemented',
      { entry: 'ring' },
      {},
      'on entry it runs the action "ring", which is not implemented',
    ],
    [
      'an action named like a method of every object',
      'not-implemented',
      { exit: 'toString' },
      {},
      'on exit it runs the action "toString", which is not implemented',
    ],
    [
      'an action that is none',
      'malformed',
      { entry: 7 },
      {},
      'on entry it has an action that is none',
    ],
    [
      'an action of another version of XState',
      'unknown-part',
      { entry: Object.assign(() => {}, { type: 'xstate.pure', resolve() {} }) },
      {},
      'on entry it takes the action "xstate.pure" of another version of XState',
    ],
    [
      'an action of an initial transition',
      'not-implemented',
      { initial: { target: 'x', actions: 'ring' }, states: { x: {} } },
      {},
      'on its initial transition it runs the action "ring"',
    ],
    [
      'an action of onDone',
      'not-implemented',
      { initial: 'x', states: { x: { type: 'final' } }, onDone: { actions: 'ring' } },
      {},
      'when it is done it runs the action "ring"',
    ],
    [
      'an action of after',
      'not-implemented',
      { after: { 10: { actions: 'ring' } } },
      {},
      'after 10 ms it runs the action "ring"',
    ],
    [
      'an action at the end of an actor',
      'not-implemented',
      { invoke: { src: logic, id: 'pay', onDone: { actions: 'ring' } } },
      {},
      'when the actor "pay" is done it runs the action "ring"',
    ],
    [
      'a guard at its failure',
      'not-implemented',
      { invoke: { src: logic, id: 'pay', onError: { guard: 'may' } } },
      {},
      'when the actor "pay" fails it asks the guard "may"',
    ],
    [
      'an action at its changes',
      'not-implemented',
      { invoke: { src: logic, id: 'pay', onSnapshot: { actions: 'ring' } } },
      {},
      'when the actor "pay" changes it runs the action "ring"',
    ],
    [
      'a guard without code',
      'not-implemented',
      { on: { X: { guard: 'may', target: 'other' } } },
      {},
      'on X it asks the guard "may", which is not implemented',
    ],
    [
      'a nested guard without code',
      'not-implemented',
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
      'not-implemented',
      { always: { guard: 'a', target: 'other' } },
      { guards: { a: and(['b']), b: 'c' } },
      'in `always` it asks the guard "c", which is not implemented',
    ],
    [
      'a guard that asks itself',
      'malformed',
      { on: { X: { guard: 'a' } } },
      { guards: { a: not('a') } },
      'on X it asks the guard "a", which asks itself',
    ],
    [
      'a guard that is none',
      'malformed',
      { on: { X: { guard: 7 } } },
      {},
      'on X it has a guard that is none',
    ],
    [
      'a delay without code',
      'not-implemented',
      { after: { later: 'other' } },
      {},
      'it waits for the delay "later", which is not implemented',
    ],
    [
      'a delay of an event without code',
      'not-implemented',
      { entry: raise({ type: 'X' }, { delay: 'later' as never }) },
      {},
      'on entry it waits for the delay "later", which is not implemented',
    ],
    [
      'delays of XState 4',
      'malformed',
      { after: [{ delay: 1000, target: 'other' }] },
      {},
      'it has a list for `after`',
    ],
    [
      'an actor without code',
      'not-implemented',
      { invoke: { src: 'pay' } },
      {},
      'it invokes the actor "pay", which is not implemented',
    ],
    [
      'an actor without code, spawned',
      'not-implemented',
      { entry: spawnChild('pay' as never) },
      {},
      'on entry it spawns the actor "pay", which is not implemented',
    ],
    [
      'an actor that is none',
      'malformed',
      { invoke: { src: async () => 1 } },
      {},
      'it invokes the actor of no kind',
    ],
    [
      'an actor that is none, by name',
      'malformed',
      { invoke: { src: 'pay' } },
      { actors: { pay: async () => 1 } },
      'it invokes the actor "pay", which is none',
    ],
    [
      'an invoke that is none',
      'malformed',
      { invoke: ['pay'] },
      {},
      'it has an `invoke` that is none',
    ],
    [
      'an invoke of XState 4',
      'unknown-part',
      { invoke: { src: logic, id: 'pay', data: {} } },
      {},
      'its invoke "pay" has `data`, which XState 5 does not know',
    ],
    [
      'two actors of one id',
      'duplicate-id',
      {
        invoke: [
          { src: logic, id: 'pay' },
          { src: logic, id: 'pay' },
        ],
      },
      {},
      'it invokes two actors with the id "pay" at once',
    ],
    [
      'a transition of XState 4',
      'unknown-part',
      { on: { X: { in: 'other', target: 'other' } } },
      {},
      'on X it has `in`, which XState 5 does not know and would silently leave out',
    ],
    [
      'a state of XState 4',
      'unknown-part',
      { activities: ['beep'] },
      {},
      'it has `activities`, which XState 5 does not know and would silently leave out',
    ],
    [
      'a part of the machine in a state',
      'unknown-part',
      { context: { n: 1 } },
      {},
      'it has `context`, which XState 5 does not know',
    ],
    [
      'an initial state that is not there',
      'malformed',
      { initial: 'nowhere', states: { x: {}, y: {} } },
      {},
      'it names an initial state that it does not have',
    ],
  ])('%s', (_, code, state, implementations, what) => {
    const [problem, ...more] = checkReplicable('order', inside(state, implementations));
    expect(more).toEqual([]);
    expect(problem?.code).toBe(code);
    expect(problem?.where).toBe('deep.inside');
    expect(problem?.what).toContain(what);
    const sentence = problemSentence('order', problem!);
    expect(sentence).toMatch(/^Machine "order", state "deep\.inside": .+\. [A-Z].+\.$/);
  });

  test('two states of one id', () => {
    expect(sentences(inside({ id: '(machine).deep.other' }))).toEqual([
      'Machine "m", state "deep.other": it has the id "(machine).deep.other" of another state. ' +
        'Give one of them an `id` of its own.',
    ]);
  });

  test('all of its problems at once, those of the machine as a whole too', () => {
    const machine = createMachine({
      after: { later: {} },
      entry: 'sing',
      on: { X: { actions: 'ring' } },
    });
    expect(sentences(machine, 'a b')).toEqual([
      expect.stringMatching(/^Machine "a b": it has a name that does not fit/),
      expect.stringMatching(/^Machine "a b": it waits for the delay "later"/),
      expect.stringMatching(/^Machine "a b": on entry it runs the action "sing"/),
      expect.stringMatching(/^Machine "a b": on X it runs the action "ring"/),
    ]);
  });
});

describe('child machines are looked at as well', () => {
  const unfit = createMachine({ initial: 'a', states: { a: { entry: 'ring' } } });

  test.each<[string, object, object, string]>([
    ['named', {}, { actors: { pay: unfit } }, 'pay'],
    ['invoked', { invoke: { src: unfit, id: 'pay' } }, {}, 'pay'],
    ['invoked without a name', { invoke: { src: unfit } }, {}, '0.(machine).deep.inside'],
    ['spawned', { entry: spawnChild(unfit, { id: 'pay' }) }, {}, 'pay'],
    ['spawned by name', {}, { actions: { go: spawnChild(unfit) } }, '(spawned)'],
    [
      'grandchildren',
      {},
      { actors: { a: createMachine({ invoke: { src: unfit, id: 'b' } }) } },
      'a/b',
    ],
  ])('%s', (_, state, implementations, child) => {
    expect(sentences(inside(state, implementations))).toEqual([
      expect.stringContaining(`Machine "m", child "${child}", state "a": on entry it runs`),
    ]);
  });

  test('each once, and even if it is its own child', () => {
    const actors: Record<string, AnyStateMachine> = { one: unfit, other: unfit };
    const machine = setup({ actors }).createMachine({});
    actors['self'] = machine;
    expect(sentences(machine)).toHaveLength(1);
  });

  test('a child that is of another XState', () => {
    const older = { idMap: {}, root: {}, transition() {} };
    expect(sentences(inside({ invoke: { src: older, id: 'pay' } }))).toEqual([
      expect.stringContaining('child "pay": it is not a machine made by XState 5'),
    ]);
  });
});

describe('the options of `replicated`', () => {
  const radio = spawnChild(
    fromCallback(() => {}),
    { id: 'radio' },
  );
  const machine = setup({
    actors: {
      charge: fromPromise(async () => 1),
      child: createMachine({ entry: function beep() {} }),
    },
    actions: { mail: () => {}, set: assign({}) },
  }).createMachine({
    entry: [function ring() {}, radio as never],
    invoke: { src: 'charge', id: 'charging' },
  });
  const problems = (options: object) =>
    checkReplicable('order', replicated(machine, options)).map(({ code, what }) => [code, what]);

  test('may name every effect by what it is called, that of children too', () => {
    const once = 'at-most-once';
    const effects = {
      charge: once,
      charging: once,
      mail: 'at-least-once',
      ring: once,
      radio: once,
      beep: once,
    };
    expect(problems({})).toEqual([]);
    expect(problems({ missedDeadlines: undefined, effects })).toEqual([]);
    expect(problems({ upgrades: machine })).toEqual([]);
    expect(problems({ upgrades: replicated(machine), migrate: () => {} })).toEqual([]);
    for (const missedDeadlines of ['remaining', 'fire', 'restart']) {
      expect(problems({ missedDeadlines })).toEqual([]);
    }
  });

  test.each<[string, object, ProblemCode, string]>([
    [
      'another before it that is none',
      { upgrades: {} },
      'bad-option',
      '`upgrades` is not a machine',
    ],
    [
      'a slip in the one before it',
      { upgrades: replicated(machine, { effects: { chrage: 'at-most-once' } }) },
      'unknown-effect',
      '"chrage"',
    ],
    [
      'a way over that is none',
      { upgrades: machine, migrate: {} },
      'bad-option',
      '`migrate` is no',
    ],
    ['a way over from nothing', { migrate: () => {} }, 'bad-option', '`migrate` and no `upgrades`'],
    ['an option that there is not', { once: true }, 'bad-option', '`once`, which there is not'],
    ['a value that there is not', { missedDeadlines: 'skip' }, 'bad-option', '`missedDeadlines`'],
    ['effects that are none', { effects: ['charge'] }, 'bad-option', '`effects` is no object'],
    ['a policy that there is not', { effects: { charge: 'once' } }, 'bad-option', '"charge"'],
    ['a slip', { effects: { chrage: 'at-most-once' } }, 'unknown-effect', '"chrage"'],
    ['what is no effect', { effects: { set: 'at-most-once' } }, 'unknown-effect', '"set"'],
    ['a child, which is none', { effects: { child: 'at-most-once' } }, 'unknown-effect', '"child"'],
  ])('but not %s', (_, options, code, what) => {
    expect(problems(options)).toEqual([[code, expect.stringContaining(what)]]);
  });

  test('nor be anything else', () => {
    const definition = { machine, replication: 'at-most-once' };
    expect(checkReplicable('order', definition).map(({ code }) => code)).toEqual(['bad-option']);
  });

  test('and the machine in it is checked like any other', () => {
    expect(sentences(replicated(createMachine({ entry: 'ring' })))).toHaveLength(1);
    expect(sentences(replicated(7 as never))).toEqual([
      expect.stringContaining('is not a machine made by XState 5'),
    ]);
  });
});

test('README tells every kind of problem, and no other', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const section = /### What a chart may do\n([^]*?)\n(## |\*\*Changing)/.exec(readme)?.[1] ?? '';
  const told = [...section.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, code]) => code);
  expect(new Set(told)).toEqual(new Set(problemCodes));
  expect(told).toHaveLength(problemCodes.length);
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

  test.each([
    ['itself', false],
    ['itself, and says so', true],
  ])('so that a copy which runs actions %s is refused, before it runs any of ours', (_, tells) => {
    let ran = false;
    class Older extends (StateMachine as unknown as typeof AnyMachine) {
      override transition(snapshot: never, event: never, scope: AnyActorScope): never {
        const run: AnyActorScope['actionExecutor'] = (action) => {
          action.exec?.(action.info, action.params);
          if (tells) scope.actionExecutor(action);
        };
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
        'Use what `createMachine` of xstate 5.33 or later returns.',
    ]);
  });
});
