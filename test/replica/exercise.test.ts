/** Where an exercise gets to, and what it leaves alone. */
// Charts are written here as by users who use no types.
// oxlint-disable typescript/no-explicit-any
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  raise,
  sendParent,
  sendTo,
  stopChild,
} from 'xstate';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { replicated } from '../../machines/replica/replicated.ts';
import { checkReplicable, type CheckOptions } from '../../runtime/check/check-replicable.ts';
import { charts } from './charts.ts';
import { build } from './generated/build.ts';
import { plan } from './generated/plan.ts';

const check = (machine: unknown, options: CheckOptions = {}) =>
  checkReplicable(machine as AnyStateMachine, { name: 'm', ...options });

function covered(machine: unknown, options?: CheckOptions) {
  const { covered: found, problems } = check(machine, options);
  assert.deepEqual(problems, []);
  assert.ok(found !== null);
  return found;
}

test.each(Object.entries(charts))('nothing is wrong with the chart %s', (_, chart) => {
  const { machine, events, input } = chart;
  const begin = { type: 'xstate.init', input };
  const { problems, covered: found } = check(machine, {
    events: [...events, begin],
    statesMax: 100,
    stepsMax: 600,
  });
  assert.deepEqual(problems, []);
  assert.ok(found !== null && found.states > 1);
});

test('nor with charts that were drawn by lot', () => {
  fc.assert(
    fc.property(plan(2), (drawn) => {
      const { problems } = check(build(drawn), { statesMax: 10, stepsMax: 60 });
      // Some throw as soon as they begin.
      assert.deepEqual(
        problems.filter(({ code }) => code !== 'cannot-begin'),
        [],
      );
    }),
    { numRuns: 40 },
  );
});

describe('it gets wherever a chart leads', () => {
  const leadingTo = (a: object, more: object = {}, implementations: object = {}) =>
    createMachine({ initial: 'a', states: { a, b: {}, c: {} }, ...more } as never, implementations);
  const failing = fromPromise(() => Promise.reject(new Error('no')));
  const ways: Readonly<Record<string, unknown>> = {
    'by events': leadingTo({ on: { B: 'b', C: 'c' } }),
    'by events of any name': leadingTo({ on: { 'x.*': 'b', '*': 'c' } }),
    'by delays': leadingTo({ after: { 10: 'b' }, on: { GO: 'c' } }),
    'by delays that overtake each other': leadingTo({
      entry: [raise({ type: 'B' }, { delay: 10, id: 'x' }), raise({ type: 'C' }, { delay: 5 })],
      on: { B: 'b', C: { actions: cancel('x'), target: 'c' }, STOP: 'b' },
    }),
    'by the end of a promise': leadingTo({ invoke: { src: failing, onDone: 'b', onError: 'c' } }),
    'by the end of an observable': leadingTo({
      invoke: { src: fromObservable(() => assert.fail()), onDone: 'b', onError: 'c' },
    }),
    'by a callback that fails': leadingTo({
      invoke: { src: fromCallback(() => assert.fail()), onError: 'b' },
      on: { GO: 'c' },
    }),
    'by a callback of a child': leadingTo({
      invoke: {
        src: createMachine({
          invoke: { src: fromCallback(() => assert.fail()) },
          initial: 'x',
          states: { x: { on: { DEEP: 'y' } }, y: { type: 'final' } },
        }),
        onDone: 'b',
      },
      on: { GO: 'c' },
    }),
    'by a child': leadingTo({
      invoke: {
        src: createMachine({
          initial: 'x',
          states: { x: { after: { 3: 'y' } }, y: { type: 'final' } },
          output: 7,
        }),
        onDone: [{ guard: ({ event }: any) => event.output === 7, target: 'b' }],
      },
      on: { GO: 'c' },
    }),
    'by a reducer': leadingTo({
      invoke: {
        src: fromTransition((n: number) => n + 1, 0),
        id: 'r',
        onSnapshot: { guard: ({ event }: any) => event.snapshot.context === 2, target: 'b' },
      },
      on: { ADD: { actions: sendTo('r', { type: 'ADD' }) }, GO: 'c' },
    }),
  };
  for (const [way, machine] of Object.entries(ways)) {
    test(way, () => {
      assert.deepEqual(covered(machine, { statesMax: 50 }).unreached, []);
    });
  }

  test('and not where no order of events could', () => {
    const machine = leadingTo({ after: { 10: 'b', 20: 'c' } });
    assert.deepEqual(covered(machine).unreached, ['c']);
    const inOrder = leadingTo({
      entry: [raise({ type: 'B' }, { delay: 9 })],
      after: { 9: 'c' },
      on: { B: 'b' },
    });
    assert.deepEqual(covered(inOrder).unreached, ['c']);
  });

  test('and not where only one could get who is over', () => {
    const echo = createMachine({
      on: { PING: { actions: sendParent({ type: 'PONG', isEcho: true }) } },
    });
    const ping = sendTo(({ context }: any) => context.echo, { type: 'PING' });
    const machine = leadingTo(
      {},
      {
        context: ({ spawn }: any) => ({ echo: spawn(echo, { id: 'echo' }) }),
        states: {
          a: { on: { PING: { actions: ping }, OFF: { target: 'b', actions: stopChild('echo') } } },
          b: {
            on: {
              PING: { actions: ping },
              PONG: { guard: ({ event }: any) => event.isEcho, target: 'c' },
            },
          },
          c: {},
        },
      },
    );
    assert.deepEqual(covered(machine).unreached, ['c']);
  });

  test('with the payloads that it is given', () => {
    const machine = leadingTo(
      {
        on: { PAY: { guard: ({ event }: any) => event.cents > 10, target: 'b' } },
        invoke: {
          src: 'load',
          id: 'loading',
          onDone: { guard: ({ event }: any) => event.output === 'good', target: 'c' },
        },
      },
      {},
      { actors: { load: failing } },
    );
    assert.deepEqual(covered(machine).unreached, ['b', 'c']);
    const pay: MachineEvent = { type: 'PAY', cents: 11 };
    assert.deepEqual(covered(machine, { events: [pay] }).unreached, ['c']);
    for (const id of ['load', 'loading']) {
      const done = { type: `xstate.done.actor.${id}`, output: 'good' };
      assert.deepEqual(covered(machine, { events: [pay, done] }).unreached, []);
    }
  });

  test('with the failures and values that it is given', () => {
    const machine = leadingTo({
      invoke: [
        {
          src: failing,
          id: 'p',
          onError: { guard: ({ event }: any) => event.error?.code === 'E', target: 'b' },
        },
        {
          src: fromObservable(() => assert.fail()),
          id: 'o',
          onSnapshot: { guard: ({ event }: any) => event.snapshot.context === 7, target: 'c' },
        },
      ],
    });
    const events = [
      { type: 'xstate.error.actor.p', error: Object.assign(new Error('x'), { code: 'E' }) },
      { type: 'xstate.snapshot.o', snapshot: { context: 7 } },
    ];
    assert.deepEqual(covered(machine, { events }).unreached, []);
  });

  test('states that are only passed through are not missed', () => {
    const machine = leadingTo(
      { on: { GO: 'b' } },
      {
        states: {
          a: { on: { GO: 'through', C: 'c' } },
          through: { always: 'b' },
          b: { initial: 'x', states: { x: { type: 'final' } }, onDone: 'c' },
          c: {},
        },
      },
    );
    assert.deepEqual(covered(machine).unreached, []);
  });
});

describe('states', () => {
  test('are the same however often, and by whichever way, it comes to them', () => {
    const busy = fromPromise(async () => 1);
    const machine = createMachine({
      initial: 'a',
      states: {
        a: { on: { GO: 'b' }, after: { 10: 'b' } },
        b: { invoke: { src: busy, onDone: 'a' }, on: { BACK: 'a' } },
      },
    });
    assert.deepEqual(covered(machine), { states: 2, steps: 8, endedBy: null, unreached: [] });
  });

  test('differ by what they remember, wait for and run', () => {
    const region = {
      initial: 'x',
      states: { x: { on: { GO: 'y' } }, y: {}, last: { type: 'history' } },
    };
    const remembering = createMachine({
      initial: 'in',
      states: { in: { ...region, on: { OUT: 'out' } }, out: { on: { BACK: 'in.last' } } },
    } as never);
    // in.x, in.y, and out of each; then once more in.x and in.y, and in.y after in.x was left before.
    assert.equal(covered(remembering).states, 7);

    const waiting = createMachine({
      on: {
        GO: { actions: raise({ type: 'X' }, { delay: 5, id: 'x' }) },
        STOP: { actions: cancel('x') },
      },
    });
    assert.ok(covered(waiting, { statesMax: 5 }).states > 1);
  });
});

describe('it ends', () => {
  const counter = createMachine({
    context: { n: 0 },
    initial: 'a',
    states: {
      a: { on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, GO: 'b' } },
      b: { on: { GO: 'c' } },
      c: { on: { GO: 'd' } },
      d: {},
    },
  });

  test('by states', () => {
    assert.deepEqual(covered(counter, { statesMax: 20 }), {
      states: 20,
      steps: 41,
      endedBy: 'states',
      unreached: [],
    });
  });

  test('by steps', () => {
    const { steps, endedBy } = covered(counter, { stepsMax: 30 });
    assert.deepEqual([steps, endedBy], [30, 'steps']);
  });

  test('by time, as soon as it is up', () => {
    const { steps, endedBy } = covered(counter, { timeMsMax: -1 });
    assert.deepEqual([steps, endedBy], [1, 'time']);
  });

  test('by problems, of which nobody reads more', () => {
    let calls = 0;
    const isEven = () => (calls += 1) % 2 === 0;
    const states = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [
        `s${at}`,
        {
          on: { [`E${at}`]: { guard: isEven, target: 's0' }, NEXT: `s${(at + 1) % 60}` },
        },
      ]),
    );
    const many = check(createMachine({ initial: 's0', states } as never));
    assert.equal(many.covered?.endedBy, 'problems');
    assert.deepEqual(new Set(many.problems.map(({ code }) => code)), new Set(['reads-outside']));
    assert.equal(many.problems.length, 50);
  });

  test('and counts what it does meanwhile', () => {
    const seen: number[] = [];
    covered(counter, { statesMax: 5, onProgress: ({ steps }) => seen.push(steps) });
    assert.ok(seen.length > 1);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
  });

  test('though a context counts, it has been everywhere by then', () => {
    assert.deepEqual(covered(counter, { stepsMax: 12 }).unreached, []);
  });
});

test('no effect is run, and no action', () => {
  let ran = 0;
  const run = (): never => {
    ran += 1;
    throw new Error('it ran');
  };
  const machine = createMachine({
    entry: run,
    invoke: [{ src: fromPromise(run) }, { src: fromCallback(run) }, { src: fromObservable(run) }],
    on: { GO: { actions: run } },
  });
  assert.deepEqual(check(machine).problems, []);
  assert.equal(ran, 0);
});

test('a definition that cannot be replicated is not run', () => {
  let ran = false;
  const context = () => {
    ran = true;
    return {};
  };
  const { ok, problems, covered: found } = check(createMachine({ context, entry: 'ring' }));
  assert.deepEqual([ok, found, ran], [false, null, false]);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['not-implemented'],
  );
});

test('options belong to what is checked', () => {
  const machine = createMachine({ invoke: { src: fromPromise(async () => 1), id: 'pay' } });
  assert.deepEqual(check(replicated(machine, { effects: { pay: 'at-most-once' } })).problems, []);
  assert.equal(check(replicated(machine, { effects: { play: 'at-most-once' } })).ok, false);
});

test('the same machine gives the same report, but for the time it takes', () => {
  for (const { machine, events } of Object.values(charts).slice(1, 4)) {
    const options = { events, statesMax: 25, timeMsMax: 60_000 };
    assert.deepEqual(check(machine, options), check(machine, options));
  }
});
