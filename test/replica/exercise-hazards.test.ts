/** What running a machine finds in it: each hazard planted once, in each place that charts have for code. */
// Charts are written here as by users who use no types.
// oxlint-disable typescript/no-explicit-any
import assert from 'node:assert/strict';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { describe, test, vi } from 'vitest';
import {
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  log,
  raise,
  sendParent,
  sendTo,
  spawnChild,
} from 'xstate';
import type { ProblemCode } from '../../machines/replica/replicable-problem.ts';
import { sendToInstance } from '../../machines/replica/sending.ts';
import { checkReplicable, type CheckOptions } from '../../runtime/check/check-replicable.ts';

const check = (machine: unknown, options: CheckOptions = {}) =>
  checkReplicable(machine as AnyStateMachine, { name: 'm', ...options });

const codes = (machine: unknown, options?: CheckOptions): readonly ProblemCode[] =>
  check(machine, options).problems.map(({ code }) => code);

/** A chart that does this with its context on GO. */
const doing = (change: (args: { context: any; event: any }) => object, context: object = {}) =>
  createMachine({
    context,
    initial: 'a',
    states: { a: { on: { GO: { target: 'b', actions: assign(change as never) } } }, b: {} },
  } as never);

const own = (entry: unknown, config: object = {}, implementations: object = {}) =>
  createMachine(
    { context: {}, initial: 'a', states: { a: { entry } }, ...config } as never,
    implementations,
  );

describe('who looks at the clock or rolls dice is found out, whatever is called', () => {
  const looks: readonly (readonly [call: string, code: ProblemCode, look: () => unknown])[] = [
    ['Date.now', 'reads-clock', () => Date.now()],
    ['new Date', 'reads-clock', () => new Date()],
    // oxlint-disable-next-line unicorn/new-for-builtins
    ['Date', 'reads-clock', () => Date().slice(0, 4)],
    ['performance.now', 'reads-clock', () => performance.now()],
    ['process.hrtime', 'reads-clock', () => process.hrtime()],
    ['process.hrtime.bigint', 'reads-clock', () => process.hrtime.bigint()],
    ['process.uptime', 'reads-clock', () => process.uptime()],
    ['Math.random', 'rolls-dice', () => Math.random()],
    ['crypto.randomUUID', 'rolls-dice', () => crypto.randomUUID()],
    ['crypto.randomUUID', 'rolls-dice', () => randomUUID()],
    ['crypto.getRandomValues', 'rolls-dice', () => crypto.getRandomValues(new Uint8Array(4))],
    ['crypto.randomBytes', 'rolls-dice', () => randomBytes(4).toString('hex')],
    ['crypto.randomInt', 'rolls-dice', () => randomInt(1_000)],
    ['new Date', 'reads-time-zone', () => new Date(2020, 1, 1)],
    ['new Date', 'reads-time-zone', () => new Date('2020-02-01T10:00')],
    ['Date.parse', 'reads-time-zone', () => Date.parse('1 Feb 2020')],
    ['Date.getHours', 'reads-time-zone', () => new Date(0).getHours()],
    ['Date.toLocaleDateString', 'reads-time-zone', () => new Date(0).toLocaleDateString()],
    ['Intl.DateTimeFormat', 'reads-time-zone', () => new Intl.DateTimeFormat().format(0)],
  ];
  for (const [call, code, look] of looks) {
    test(`${call}: ${String(look)}`, () => {
      const { ok, problems } = check(doing(() => ({ seen: look() })));
      assert.equal(ok, false);
      assert.deepEqual(
        problems.map((problem) => problem.code),
        [code],
      );
      const [{ where, what, remedy } = assert.fail()] = problems;
      assert.equal(where, 'a');
      assert.ok(what.startsWith('on GO it '), what);
      assert.ok(what.includes(`(\`${call}\` at test/replica/exercise-hazards.test.ts:`), what);
      assert.match(what, /so that nodes would differ in `context.seen(\[0\])?`$/);
      assert.match(remedy, /^[A-Z].*\.$/);
    });
  }

  test('also where it rarely matters', () => {
    const rarely = (drawn: number) => drawn > 0.3 && drawn < 0.6;
    assert.deepEqual(codes(doing(() => ({ seen: rarely(Math.random()) }))), ['rolls-dice']);
  });

  test('and both, where it takes both', () => {
    const both = doing(() => ({ seen: [Date.now(), Math.random()] }));
    assert.deepEqual(codes(both), ['reads-clock', 'rolls-dice']);
    const together = doing(() => ({ seen: Date.now() > 1e12 && Math.random() > 0.5 }));
    assert.deepEqual(codes(together), ['reads-clock', 'rolls-dice']);
  });

  test('but not who asks for what is the same everywhere', () => {
    const machine = doing(() => ({
      at: [
        new Date(0).toISOString(),
        new Date('2020-02-01T10:00:00Z').getUTCHours(),
        new Date('2020-02-01').getTime(),
        new Date(0).toLocaleString('en', { timeZone: 'UTC' }),
        new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(0),
      ],
    }));
    const { problems, notes } = check(machine);
    assert.deepEqual(problems, []);
    assert.deepEqual(notes, []);
  });

  test('who only looks is noted', () => {
    const { ok, notes } = check(own(log(() => `it is ${Date.now()}`)));
    assert.equal(ok, true);
    const [{ code, what } = assert.fail(), ...others] = notes;
    assert.deepEqual(others, []);
    assert.equal(code, 'looked');
    assert.match(what, /^when it begins it looks at the clock \(`Date.now` at .*no difference$/);
  });

  test('who keeps count outside of the machine is no better', () => {
    let count = 0;
    const [{ code, what } = assert.fail()] = check(doing(() => ({ seen: (count += 1) }))).problems;
    assert.equal(code, 'reads-outside');
    assert.match(what, /^on GO it depends on something outside .* differ in `context.seen`$/);
  });
});

describe('wherever a chart has code', () => {
  const now = () => Date.now();
  const late = () => Date.now() > 1e12;
  const child = createMachine({ context: () => ({ at: now() }) });
  const places: Readonly<Record<string, readonly [machine: unknown, differsIn: RegExp]>> = {
    'a guard': [
      createMachine({
        initial: 'a',
        states: { a: { on: { GO: { guard: late, target: 'b' } } }, b: {} },
      }),
      /the state that it comes to/,
    ],
    'a guard of always': [
      createMachine({
        initial: 'a',
        states: { a: { always: { guard: late, target: 'b' } }, b: {} },
      }),
      /the state that it comes to/,
    ],
    'whether it is taken at all': [
      createMachine({ on: { GO: { guard: late, actions: log('x') } } }),
      /whether it takes the event/,
    ],
    'the context': [createMachine({ context: () => ({ at: now() }) }), /`context.at`/],
    'an entry action': [own(assign({ at: now })), /`context.at`/],
    'one that is enqueued': [
      own(enqueueActions(({ enqueue }) => enqueue.assign({ at: now() }))),
      /`context.at`/,
    ],
    'an event that is emitted': [own(emit(() => ({ type: 'x', at: now() }))), /what it emits/],
    'an event that is raised later': [
      own(raise(() => ({ type: 'x', at: now() }), { delay: 10 })),
      /what it waits for/,
    ],
    'a delay': [own(raise({ type: 'x' }, { delay: now })), /how long it waits/],
    'a delay by name': [
      own([], { after: { later: {} } }, { delays: { later: now } }),
      /how long it waits/,
    ],
    'the input of an effect': [
      own([], { invoke: { src: fromPromise(async () => 1), id: 'p', input: now } }),
      /`input`/,
    ],
    'an event for an effect': [
      own(
        sendTo('c', () => ({ type: 'x', at: now() })),
        {
          invoke: { src: fromCallback(() => {}), id: 'c' },
        },
      ),
      /what it sends to an actor/,
    ],
    'an event for another instance': [
      own(sendToInstance({ machine: 'stock', key: '1' }, () => ({ type: 'x', at: now() }))),
      /what it sends to "stock"/,
    ],
    'the key of another instance': [
      own(sendToInstance({ machine: 'stock', key: () => String(now()) }, { type: 'x' })),
      /what it sends to "stock"/,
    ],
    'parameters of an action': [
      own({ type: 'ring', params: () => ({ at: now() }) }, {}, { actions: { ring() {} } }),
      /the parameters of the action "ring"/,
    ],
    output: [
      createMachine({
        initial: 'a',
        states: { a: { type: 'final' } },
        output: () => ({ at: now() }),
      }),
      /`output.at`/,
    ],
    'what is thrown at whom': [
      createMachine({
        on: {
          GO: {
            guard: () => {
              if (late()) throw new Error('too late');
              return true;
            },
            actions: log('x'),
          },
        },
      }),
      /whether it fails/,
    ],
    'a child': [createMachine({ invoke: { src: child, id: 'c' } }), /`context.at`/],
    'a reducer': [
      createMachine({
        entry: spawnChild(
          fromTransition((n: unknown) => n, now),
          { id: 'r' },
        ),
      }),
      /`context`/,
    ],
  };
  for (const [place, [machine, differsIn]] of Object.entries(places)) {
    test(place, () => {
      const [{ code, what } = assert.fail(), ...others] = check(machine).problems;
      assert.deepEqual(others, []);
      assert.equal(code, 'reads-clock');
      assert.match(what, differsIn);
    });
  }

  test('behind whatever happened before, which is told', () => {
    const machine = createMachine({
      initial: 'a',
      states: {
        a: { after: { 1000: 'b' } },
        b: { invoke: { src: fromPromise(async () => 1), id: 'pay', onError: 'c' } },
        c: { initial: 'd', states: { d: { on: { GO: { actions: assign({ at: now }) } } } } },
      },
    });
    const [problem = assert.fail(), ...others] = check(machine).problems;
    assert.deepEqual(others, []);
    assert.equal(problem.where, 'c.d');
    assert.ok('how' in problem);
    assert.deepEqual(problem.how, ['after 1000 ms', 'when the actor "pay" fails', 'on GO']);
  });

  test('of a child, which is named', () => {
    const grandchild = createMachine({ invoke: { src: child, id: 'inner' } });
    const machine = createMachine({ invoke: { src: grandchild, id: 'outer' } });
    const [{ child: named, where } = assert.fail()] = check(machine).problems;
    assert.deepEqual([named, where], ['outer/inner', '']);
  });

  test('once, where the same line does it in many states', () => {
    const stamp = assign({ at: now });
    const states = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, { on: { A: 'a', B: 'b', C: 'c' }, entry: stamp }]),
    );
    const machine = createMachine({ context: {}, initial: 'a', states } as never);
    assert.deepEqual(codes(machine), ['reads-clock']);
  });
});

describe('what is changed in place', () => {
  const changes: readonly (readonly [
    what: string,
    context: object,
    change: (args: { context: any; event: any }) => object,
    path: string,
  ])[] = [
    [
      'a list',
      { a: { items: [] } },
      ({ context }) => context.a.items.push(1) && {},
      'context.a.items[0]',
    ],
    ['a field', { a: { n: 0 } }, ({ context }) => ((context.a.n += 1), {}), 'context.a.n'],
    ['the context itself', { n: 0 }, ({ context }) => ((context.n += 1), {}), 'context.n'],
    ['a map', { m: new Map() }, ({ context }) => (context.m.set('x', 1), {}), 'context.m[0]'],
    ['a set', { s: new Set() }, ({ context }) => (context.s.add(1), {}), 'context.s[0]'],
    ['a date', { d: new Date(0) }, ({ context }) => (context.d.setUTCHours(1), {}), 'context.d'],
    ['the event', {}, ({ event }) => ((event.seen = true), {}), 'event'],
  ];
  for (const [what, context, change, path] of changes) {
    test(what, () => {
      const before = structuredClone(context);
      const [problem = assert.fail(), ...others] = check(doing(change, context)).problems;
      assert.deepEqual(others, []);
      assert.equal(problem.code, 'changes-in-place');
      assert.equal(problem.what, `on GO it changes \`${path}\` in place`);
      assert.deepEqual(context, before, 'the module gets it back as it was');
    });
  }

  test('does not hide what else there is', () => {
    const machine = createMachine({
      context: { items: [] as number[] },
      initial: 'a',
      states: {
        a: {
          on: {
            ADD: { actions: ({ context }) => void context.items.push(1) },
            PUSH: { guard: ({ context }) => context.items.push(1) > 9, target: 'b' },
            GO: 'b',
          },
        },
        b: { entry: assign({ items: () => [Date.now()] }) },
      },
    });
    // What a custom action does is not looked at: it does not run here.
    assert.deepEqual(codes(machine), ['changes-in-place', 'reads-clock']);
  });

  test('of a child, too', () => {
    const child = createMachine({
      context: { items: [] as number[] },
      after: {
        5: {
          actions: assign(({ context }) => ({ items: (context.items.push(1), context.items) })),
        },
      },
    });
    const [problem = assert.fail()] = check(
      createMachine({ invoke: { src: child, id: 'c' } }),
    ).problems;
    assert.deepEqual(
      [problem.child, problem.what],
      ['c', 'after 5 ms it changes `context.items[0]` in place'],
    );
  });
});

describe('what is no data', () => {
  class Money {
    readonly cents = 1;
  }
  const strange: readonly (readonly [kind: RegExp, value: () => unknown])[] = [
    [/a function/, () => () => {}],
    [/a symbol/, () => Symbol('s')],
    [/a promise/, () => Promise.resolve()],
    // oxlint-disable-next-line unicorn/no-thenable
    [/a promise/, () => ({ then() {} })],
    [/an object of the class "Money"/, () => new Money()],
    [/an object of the class "WeakMap"/, () => new WeakMap()],
    [/an object of the class "Buffer"/, () => Buffer.from('x')],
    [/an object with a symbol for a key/, () => ({ [Symbol.iterator]: 1 })],
    [/a field `status` of its own/, () => Object.assign(new Error('x'), { status: 404 })],
    [/an object of the class "Actor"/, () => createActor(createMachine({}))],
  ];
  for (const [kind, value] of strange) {
    test(`in the context: ${String(value)}`, () => {
      const [problem = assert.fail(), ...others] = check(
        doing(() => ({ x: [{ y: value() }] })),
      ).problems;
      assert.deepEqual(others, []);
      assert.equal(problem.code, 'not-data');
      assert.match(problem.what, kind);
      assert.match(problem.what, /^on GO it puts .* into `context.x\[0\].y`/);
    });
  }

  test('anywhere else that is kept', () => {
    const f = () => {};
    const once = (machine: AnyStateMachine, where: RegExp): void => {
      const [problem = assert.fail(), ...others] = check(machine).problems;
      assert.deepEqual(others, []);
      assert.equal(problem.code, 'not-data');
      assert.match(problem.what, where);
    };
    const child = createMachine({ context: { f } });
    once(createMachine({ context: { f } }), /^when it begins it puts a function into `context.f`/);
    once(createMachine({ invoke: { src: child, id: 'c' } }), /a function into `context.f`/);
    once(createMachine({ invoke: { src: fromPromise(async () => 1), input: { f } } }), /`input.f`/);
    once(own(raise({ type: 'x', f } as never, { delay: 1 })), /what it waits for/);
    once(
      own({ type: 'ring', params: { f } }, {}, { actions: { ring() {} } }),
      /the parameters of the action "ring"/,
    );
    once(
      createMachine({ initial: 'a', states: { a: { type: 'final' } }, output: { x: { f } } }),
      /`output.x.f`/,
    );
  });

  test('is told once for a place, and the rest is looked at all the same', () => {
    const machine = createMachine({
      context: { f: () => {}, n: 0 },
      on: {
        ADD: {
          guard: ({ context }) => context.n < 5,
          actions: assign({ n: ({ context }) => context.n + 1 }),
        },
        SEE: { guard: ({ context }) => context.n === 5, actions: assign({ n: () => Date.now() }) },
      },
    });
    assert.deepEqual(codes(machine), ['not-data', 'reads-clock']);
  });

  test('is not: whatever the log keeps', () => {
    const self: { me?: unknown } = {};
    self.me = self;
    const context = {
      date: new Date(0),
      map: new Map([[{ a: 1 }, new Set([1n])]]),
      bytes: new Float64Array([1, NaN]),
      nothing: undefined,
      numbers: [NaN, -0, Infinity],
      error: Object.assign(new RangeError('x'), { code: 'E' }),
      url: new URL('http://h/'),
      self,
    };
    assert.deepEqual(codes(createMachine({ context })), []);
  });

  test('nor are actors of its own', () => {
    const machine = createMachine({
      context: ({ spawn, self }: any) => ({
        child: spawn(fromPromise(async () => 1) as never, { id: 'c' }),
        self,
      }),
      on: {
        GO: {
          actions: assign({ other: ({ spawn }: any) => spawn(createMachine({}) as never) }),
        },
      },
    } as never);
    assert.deepEqual(codes(machine, { statesMax: 20 }), []);
  });
});

describe('what never comes to rest', () => {
  const endless: Readonly<Record<string, AnyStateMachine>> = {
    always: createMachine({ initial: 'a', states: { a: { always: 'b' }, b: { always: 'a' } } }),
    'always, of its own accord': createMachine({
      options: { maxIterations: 50 },
      initial: 'a',
      states: { a: { always: 'b' }, b: { always: 'a' } },
    }),
    raise: createMachine({
      entry: raise({ type: 'X' }),
      on: { X: { actions: raise({ type: 'X' }) } },
    }),
    'two actors': createMachine({
      invoke: {
        src: createMachine({
          entry: sendParent({ type: 'PING' }),
          on: { PONG: { actions: sendParent({ type: 'PING' }) } },
        }),
        id: 'c',
      },
      on: { PING: { actions: sendTo('c', { type: 'PONG' }) } },
    }),
  };
  for (const [name, machine] of Object.entries(endless)) {
    test(name, () => {
      assert.deepEqual(codes(machine), ['never-rests']);
    });
  }

  test('in the state where it begins', () => {
    const machine = createMachine({
      context: { n: 0 },
      initial: 'a',
      states: {
        a: { on: { GO: 'b' } },
        b: {
          always: {
            guard: ({ context }) => context.n >= 0,
            actions: assign({ n: ({ context }) => context.n + 1 }),
          },
        },
      },
    });
    const [{ where, what } = assert.fail(), ...others] = check(machine).problems;
    assert.deepEqual(others, []);
    assert.equal(where, 'a');
    assert.match(what, /^on GO it goes on and on/);
  });

  test('though it may take its time', () => {
    const machine = createMachine({
      context: { n: 0 },
      always: {
        guard: ({ context }) => context.n < 900,
        actions: assign({ n: ({ context }) => context.n + 1 }),
      },
    });
    assert.deepEqual(codes(machine), []);
  });
});

describe('what leads out of the machine', () => {
  test('a parent that it does not have', () => {
    assert.deepEqual(codes(own(sendParent({ type: 'X' }))), ['reaches-outside']);
  });

  test('an actor of somebody else', () => {
    const other = createActor(createMachine({}));
    assert.deepEqual(codes(own(sendTo(other, { type: 'X' }))), ['reaches-outside']);
  });

  test('an actor that it listens to', () => {
    const listening = createMachine({
      invoke: { src: createMachine({}), id: 'c' },
      on: {
        GO: {
          actions: assign(({ self }) => (self.subscribe(() => {}), {})),
        },
      },
    });
    assert.deepEqual(codes(listening), ['reaches-outside']);
  });

  test('an instance of a machine that there is not', () => {
    const machine = own(sendToInstance({ machine: 'stok', key: '1' }, { type: 'X' }));
    assert.deepEqual(codes(machine, { machineNames: ['order', 'stok'] }), []);
    assert.deepEqual(codes(machine), [], 'who knows');
    const [{ code, what } = assert.fail()] = check(machine, {
      machineNames: ['order', 'stock'],
    }).problems;
    assert.equal(code, 'unknown-target');
    assert.match(what, /sends to an instance of "stok"/);
  });
});

describe('what shows only when it is asked for', () => {
  const enqueued = (name: string) =>
    createMachine({
      on: { GO: { actions: enqueueActions(({ enqueue }) => enqueue(name as never)) } },
    });
  const unimplemented: Readonly<Record<string, unknown>> = {
    'an action': enqueued('ring'),
    'a guard': createMachine({
      on: { GO: { actions: enqueueActions(({ check: ask }) => void ask('may')) } },
    }),
    'an actor': createMachine({
      context: {},
      on: { GO: { actions: assign(({ spawn }) => ({ x: spawn('pay' as never) })) } },
    }),
    'an actor, spawned in another way': createMachine({
      on: {
        GO: {
          actions: enqueueActions(({ enqueue }) => enqueue.spawnChild('pay' as never, { id: 'p' })),
        },
      },
    }),
  };
  for (const [what, machine] of Object.entries(unimplemented)) {
    test(`${what} that is not implemented`, () => {
      // XState says so, too, where it is built for development.
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
      assert.deepEqual(codes(machine), ['not-implemented']);
      warn.mockRestore();
    });
  }

  test('a delay that is no time', () => {
    const [{ code, what } = assert.fail(), ...others] = check(
      own(raise({ type: 'X' }, { delay: () => Number.NaN })),
    ).problems;
    assert.deepEqual(others, []);
    assert.deepEqual([code, what], ['bad-delay', 'when it begins it waits NaN ms for X']);
  });
});

test('what has no name by which a snapshot could tell it is noted', () => {
  const machine = createMachine({
    context: {},
    on: {
      ACT: { actions: enqueueActions(({ enqueue }) => enqueue(() => {})) },
      GO: { actions: assign({ c: ({ spawn }) => spawn(fromPromise(async () => 1) as never) }) },
    },
  });
  const { ok, notes } = check(machine, { statesMax: 3 });
  assert.equal(ok, true);
  assert.deepEqual(
    notes.flatMap(({ code, what }) => (code === 'unnamed' ? [what.replace(/: .*/, '')] : [])),
    [
      'on ACT it comes to what a snapshot could not tell',
      'on GO it comes to what a snapshot could not tell',
    ],
  );
});

describe('user code that throws', () => {
  test('for want of a payload is only noted', () => {
    const machine = createMachine({
      initial: 'a',
      states: {
        a: { on: { PAY: { guard: ({ event }) => (event as any).by.card, target: 'b' } } },
        b: {},
      },
    });
    const { ok, notes } = check(machine);
    assert.equal(ok, true);
    const [{ code, where, what } = assert.fail(), ...others] = notes;
    assert.deepEqual(others, []);
    assert.deepEqual([code, where], ['threw', 'a']);
    assert.match(what, /^on PAY it throws: .*reading 'card'/);
  });

  test('from the start is a problem, since nothing could be tried, until it gets its input', () => {
    const machine = createMachine({
      context: ({ input }) => ({ owner: (input as { owner: string }).owner, at: 0 }),
      on: { GO: { actions: assign({ at: () => Date.now() }) } },
    });
    const [{ code, what } = assert.fail(), ...others] = check(machine).problems;
    assert.deepEqual(others, []);
    assert.equal(code, 'cannot-begin');
    assert.match(what, /reading 'owner'/);
    const events = [{ type: 'xstate.init', input: { owner: 'ada' } }];
    assert.deepEqual(codes(machine, { events }), ['reads-clock']);
  });
});
