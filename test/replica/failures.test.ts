import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { assign, createMachine, emit, enqueueActions, log, raise, sendTo } from 'xstate';
import { MachineFailure, reasonOf } from '../../machines/replica/engine.ts';
import { xstate5Engine } from '../../machines/replica/xstate5-engine.ts';

const child = createMachine({ id: 'child' });

const boom = (): never => {
  throw new Error('boom');
};

/** Each of these events goes wrong in its own way. */
const actions = {
  'assign throws': assign(boom),
  'a property of assign throws': assign({ n: boom }),
  'emit throws': emit(boom),
  'log throws': log(boom),
  'raise throws': raise(boom),
  'enqueueActions throws': enqueueActions(boom),
  'spawn in assign': assign(({ spawn }) => ({ ref: spawn(child as never) })),
  'spawn in assign, and hush it up': assign(({ spawn }) => {
    try {
      spawn(child as never);
    } catch {
      // As if nothing had happened.
    }
    return { n: 1 };
  }),
  'self.send in assign': assign(({ self }) => self.send({ type: 'fine' })),
  'self.getSnapshot in assign': assign(({ self }) => ({ n: self.getSnapshot() })),
  'self.id in emit': emit(({ self }) => ({ type: self.id })),
  'system.get in assign': assign(({ system }) => ({ n: system.get('other') })),
  'emit what is no event': emit(() => 'word' as never),
  'enqueue spawnChild': enqueueActions(({ enqueue }) => enqueue.spawnChild(child as never)),
  'enqueue stopChild': enqueueActions(({ enqueue }) => enqueue.stopChild('c')),
  'enqueue sendTo': enqueueActions(({ enqueue }) => enqueue(sendTo({} as never, {} as never))),
  'enqueue sendParent': enqueueActions(({ enqueue }) => enqueue.sendParent({} as never)),
  'enqueue a delayed raise': enqueueActions(({ enqueue }) =>
    enqueue.raise({ type: 'x' }, { delay: 10 }),
  ),
  'enqueue cancel': enqueueActions(({ enqueue }) => enqueue.cancel('x')),
  'enqueue a custom action': enqueueActions(({ enqueue }) => enqueue(function ring() {})),
  'enqueue an action that has no code': enqueueActions(({ enqueue }) =>
    enqueue({ type: 'charge' }),
  ),
  'throw null': assign(() => {
    throw null;
  }),
};

const machine = createMachine({
  types: { context: {} as { n: unknown } },
  context: { n: 0 },
  initial: 'calm',
  on: Object.fromEntries(
    Object.entries(actions).map(([type, action]) => [type, { actions: action as never }]),
  ),
  states: {
    calm: {
      on: {
        fine: { actions: assign({ n: ({ context }) => Number(context.n) + 1 }) },
        'guard throws': { guard: boom },
        'always guard throws': 'unsure',
        'always for ever': 'ping',
        'raise for ever': { actions: raise({ type: 'raise for ever' }) },
        'emit, then throw': { actions: [emit({ type: 'said' }), log('said'), assign(boom)] },
        'entry throws': 'broken',
        'exit throws': 'elsewhere',
        'output throws': 'over',
      },
      exit: assign(({ event }) => (event.type === 'exit throws' ? boom() : {})),
    },
    unsure: { always: { guard: boom, target: 'calm' } },
    ping: { always: 'pong' },
    pong: { always: 'ping' },
    broken: { entry: assign(boom) },
    elsewhere: {},
    over: { type: 'final' },
  },
  output: boom,
});
const engine = xstate5Engine(machine, { microstepsPerEventMax: 50 });
const { snapshot } = engine.init(undefined);

const failure = (attempt: () => unknown): MachineFailure => {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof MachineFailure) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
};

const unhandled: unknown[] = [];
const keep = (error: unknown): void => void unhandled.push(error);
process.on('uncaughtException', keep).on('unhandledRejection', keep);
afterAll(() => void process.off('uncaughtException', keep).off('unhandledRejection', keep));

describe('a step that cannot be taken fails, alike each time, and leaves the instance alone', () => {
  test.each([
    ['assign throws', 'boom'],
    ['a property of assign throws', 'boom'],
    ['emit throws', 'boom'],
    ['log throws', 'boom'],
    ['raise throws', 'boom'],
    ['enqueueActions throws', 'boom'],
    ['guard throws', 'boom'],
    ['always guard throws', 'boom'],
    ['entry throws', 'boom'],
    ['exit throws', 'boom'],
    ['output throws', 'boom'],
    ['emit, then throw', 'boom'],
    ['throw null', 'null'],
    ['always for ever', 'it took more than 50 microsteps'],
    ['raise for ever', 'it took more than 50 microsteps'],
    ['spawn in assign', 'it spawns an actor'],
    ['spawn in assign, and hush it up', 'it spawns an actor'],
    ['self.send in assign', 'it asks for `self.send`'],
    ['self.getSnapshot in assign', 'it asks for `self.getSnapshot`'],
    ['self.id in emit', 'it asks for `self.id`'],
    ['system.get in assign', 'it asks for `system.get`'],
    ['emit what is no event', 'it emits what is not an event'],
    ['enqueue spawnChild', 'it spawns an actor'],
    ['enqueue stopChild', 'it stops an actor'],
    ['enqueue sendTo', 'it sends an event to another actor'],
    ['enqueue sendParent', 'it asks for `self._parent`'],
    ['enqueue a delayed raise', 'it raises an event after a delay'],
    ['enqueue cancel', 'it cancels a delayed event'],
    ['enqueue a custom action', 'it runs the custom action "ring"'],
    ['enqueue an action that has no code', 'it runs the custom action "charge"'],
  ])('%s', (type, reason) => {
    const before = JSON.stringify(engine.serialize(snapshot));

    const first = failure(() => engine.apply(snapshot, { type }));
    const second = failure(() => engine.apply(snapshot, { type }));

    expect(first.message).toContain(reason);
    expect(first.message).not.toContain('\n');
    expect(second.message).toBe(first.message);
    expect(JSON.stringify(engine.serialize(snapshot))).toBe(before);
  });

  test('and the next event goes as if nothing had happened', () => {
    for (const type of Object.keys(actions)) {
      failure(() => engine.apply(snapshot, { type }));
      const next = engine.apply(snapshot, { type: 'fine' });
      expect(next).toMatchObject({ accepted: true, emitted: [], logged: [] });
      expect(engine.view(next.snapshot)).toEqual({
        status: 'active',
        value: 'calm',
        context: { n: 1 },
      });
    }
  });

  test('and nothing is reported behind our back', async () => {
    await pause(20);
    expect(unhandled).toEqual([]);
  });
});

describe('an instance that cannot begin fails', () => {
  test.each([
    ['its context factory throws', createMachine({ context: boom }), 'boom'],
    ['its entry throws', createMachine({ entry: assign(boom) }), 'boom'],
    [
      'its context factory spawns',
      createMachine({ context: ({ spawn }) => ({ ref: spawn(child) }) }),
      'it spawns an actor',
    ],
    [
      'it never comes to rest',
      createMachine({
        initial: 'a',
        states: { a: { always: 'b' }, b: { always: 'a' } },
      }),
      'it took more than 1000 microsteps',
    ],
    [
      'its input is not what it needs',
      createMachine({ context: ({ input }) => ({ name: (input as { name: string }).name }) }),
      "Cannot read properties of undefined (reading 'name')",
    ],
  ])('where %s', (_, broken, reason) => {
    expect(failure(() => xstate5Engine(broken).init(undefined)).message).toContain(reason);
  });
});

test('an engine runs none of its machine until an instance begins', () => {
  let asked = 0;
  const shy = createMachine({
    context: () => {
      asked += 1;
      return {};
    },
  });
  const made = xstate5Engine(shy);
  made.describe();
  expect(asked).toBe(0);
  made.init(undefined);
  expect(asked).toBe(1);
});

test('a long way to rest is fine as long as it ends within the limit', () => {
  const countdown = createMachine({
    types: { context: {} as { n: number } },
    context: { n: 0 },
    on: { GO: { actions: assign({ n: 48 }) } },
    always: {
      guard: ({ context }) => context.n > 0,
      actions: assign({ n: ({ context }) => context.n - 1 }),
    },
  });
  const go = (microstepsPerEventMax: number) => {
    const counting = xstate5Engine(countdown, { microstepsPerEventMax });
    return counting.view(
      counting.apply(counting.init(undefined).snapshot, { type: 'GO' }).snapshot,
    );
  };
  // One for the event, and one for each number.
  expect(go(49).context).toEqual({ n: 0 });
  expect(() => go(48)).toThrow(MachineFailure);
});

test('what holds on to `self` does not break whoever encodes it', () => {
  const clingy = xstate5Engine(
    createMachine({ context: ({ self }: { self: unknown }) => ({ self }) }),
  );
  const view = clingy.view(clingy.init(undefined).snapshot);
  expect(JSON.stringify(view)).toBe('{"status":"active","value":{},"context":{"self":{}}}');
});

describe('the reason given for what was thrown', () => {
  test.each([
    ['an error', new Error('two\n  lines'), 'two lines'],
    ['a string', 'just words', 'just words'],
    ['nothing', undefined, 'undefined'],
    ['an error without words', new Error(''), 'no reason given'],
    ['an object that cannot be told', Object.create(null), 'no reason given'],
    [
      'a message that throws',
      Object.defineProperty({}, 'message', { get: boom }),
      'no reason given',
    ],
    ['a novel', 'x'.repeat(1_000), 'x'.repeat(300)],
    ['half a character', `${'x'.repeat(299)}😀`, 'x'.repeat(299)],
  ])('is one short line: %s', (_, thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });
});
