import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createActor,
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
} from 'xstate';
import { MachineFailure, reasonOf } from '../../machines/replica/engine.ts';
import { xstate5Engine } from '../../machines/replica/xstate5-engine.ts';

const child = createMachine({ id: 'child' });

const boom = (): never => {
  throw new Error('boom');
};

const pingPong = (to: unknown, type: string) => sendTo(to as never, { type } as never);

/** Passes everything on to a child of its own, as deep as it goes. */
const nested = (depth: number): AnyStateMachine =>
  createMachine(
    depth === 0
      ? {}
      : {
          invoke: { src: nested(depth - 1), id: 'inner' },
          on: { '*': { actions: sendTo('inner', ({ event }) => event) } },
        },
  );

/** Makes another like itself as it is made. */
const rabbit = setup({ actors: {} as { rabbit: AnyStateMachine } }).createMachine({
  invoke: { src: 'rabbit' },
});
Object.assign(rabbit.implementations.actors, { rabbit });

const quietly = (attempt: () => unknown): void => {
  try {
    attempt();
  } catch {
    // As if nothing had happened.
  }
};

const foreign = createActor(createMachine({ on: { X: {} } })).start();

/** Each of these events goes wrong in its own way. */
const actions = {
  'assign throws': assign(boom),
  'a property of assign throws': assign({ n: boom }),
  'emit throws': emit(boom),
  'log throws': log(boom),
  'raise throws': raise(boom),
  'enqueueActions throws': enqueueActions(boom),
  'emit what is no event': emit(() => 'word' as never),
  'send what is no event': sendTo(({ self }) => self, (() => undefined) as never),
  'send to nobody': sendTo('nobody', { type: 'X' }),
  'send to a parent': sendParent({ type: 'X' }),
  'send to a parent later': sendParent({ type: 'X' }, { delay: 5 }),
  'send to a stranger': sendTo(foreign, { type: 'X' }),
  'send to a stranger later': sendTo(foreign, { type: 'X' }, { delay: 5 }),
  'send to what is no actor': sendTo({} as never, { type: 'X' } as never),
  'run an action without code': enqueueActions(({ enqueue }) => enqueue({ type: 'charge' })),
  'subscribe to itself': assign(({ self }) => void self.subscribe(() => {})),
  'subscribe, and hush it up': assign(({ self }) => {
    quietly(() => self.subscribe(() => {}));
    return { n: 1 };
  }),
  'listen to itself': assign(({ self }) => void self.on('*', () => {})),
  'inspect the system': assign(({ system }) => void system.inspect(() => {})),
  'set a timer': assign(({ self }) => {
    (self as unknown as { clock: typeof globalThis }).clock.setTimeout(() => {}, 1);
    return {};
  }),
  'subscribe to a child': assign(
    ({ spawn }) => void (spawn(child as never) as AnyActorRef).subscribe(() => {}),
  ),
  'spawn a child that is broken': spawnChild(createMachine({ entry: assign(boom) }) as never),
  'spawn what spawns itself': spawnChild(rabbit as never),
  'pass on too deep': spawnChild(nested(300) as never, { id: 'deep' }),
  'play with oneself for ever': pingPong(({ self }: { self: unknown }) => self, 'again for ever'),
  'play with a child for ever': enqueueActions(({ enqueue }) => {
    enqueue.spawnChild(player as never, { id: 'player', syncSnapshot: true });
    enqueue.sendTo('player', { type: 'PING' });
  }),
  'a reducer defers': enqueueActions(({ enqueue }) => {
    const deferring = fromTransition((state: object, _event, { defer }) => {
      defer(() => {});
      return state;
    }, {});
    enqueue.spawnChild(deferring as never, { id: 'deferring' });
    enqueue.sendTo('deferring', { type: 'X' });
  }),
  'throw null': assign(() => {
    throw null;
  }),
};

/** Answers everything, and tells of each of its snapshots. */
const player = createMachine({
  context: { n: 0 },
  on: {
    PING: {
      actions: [assign({ n: ({ context }) => context.n + 1 }), sendParent({ type: 'PONG' })],
    },
  },
});

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
        'again for ever': {
          actions: pingPong(({ self }: { self: unknown }) => self, 'again for ever') as never,
        },
        PONG: { actions: pingPong('player', 'PING') as never },
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
    ['emit what is no event', 'it emits what is not an event'],
    ['send what is no event', 'reading'],
    ['send to nobody', "Unable to send event to actor 'nobody'"],
    ['send to a parent', 'it sends to its parent, and has none'],
    ['send to a parent later', 'it sends to its parent, and has none'],
    ['send to a stranger', 'an actor that is not of this instance'],
    ['send to a stranger later', 'an actor that is not of this instance'],
    ['send to what is no actor', 'an actor that is not of this instance'],
    ['run an action without code', 'it runs the action "charge", which is not implemented'],
    ['subscribe to itself', 'it subscribes to an actor'],
    ['subscribe, and hush it up', 'it subscribes to an actor'],
    ['listen to itself', 'it listens to what an actor emits'],
    ['inspect the system', 'it inspects its own system'],
    ['set a timer', 'it sets a timer of its own'],
    ['subscribe to a child', 'it subscribes to an actor'],
    ['spawn a child that is broken', 'boom'],
    ['spawn what spawns itself', 'more than 256 deep'],
    ['pass on too deep', 'more than 256 deep'],
    ['play with oneself for ever', 'it took more than 50 microsteps'],
    ['play with a child for ever', 'it took more than 50 microsteps'],
    ['a reducer defers', 'a reducer of it defers an effect'],
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
      'what its context factory spawns fails',
      createMachine({
        context: ({ spawn }) => ({ ref: spawn(createMachine({ entry: assign(boom) })) }),
      }),
      'boom',
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

test('wherever a step is when it has gone on for too long, that is all that comes of it', async () => {
  for (let limit = 1; limit < 60; limit += 1) {
    const short = xstate5Engine(machine, { microstepsPerEventMax: limit });
    const { snapshot: calm } = short.init(undefined);
    const { message } = failure(() => short.apply(calm, { type: 'play with a child for ever' }));
    expect(message).toContain(`more than ${limit} microsteps`);
  }
  await pause(20);
  expect(unhandled).toEqual([]);
});

test.each([
  [100, true],
  [300, false],
])('%i actors in a row may pass on at once: %s', (length, may) => {
  const link = createMachine({
    context: ({ input }) => ({ next: `link${(input as { next: number }).next}` }),
    on: {
      PASS: {
        actions: enqueueActions(({ context, system, enqueue }) => {
          const next = system.get(context.next) as AnyActorRef | undefined;
          if (next !== undefined) enqueue.sendTo(next, { type: 'PASS' });
        }),
      },
    },
  });
  const chain = createMachine({
    entry: Array.from({ length }, (_, nth) =>
      spawnChild(link as never, { systemId: `link${nth}`, input: { next: nth + 1 } }),
    ),
    on: {
      PASS: {
        actions: sendTo(({ system }) => system.get('link0') as AnyActorRef, { type: 'PASS' }),
      },
    },
  });
  const passing = xstate5Engine(chain);
  const pass = () => passing.apply(passing.init(undefined).snapshot, { type: 'PASS' });
  if (may) expect(pass().accepted).toBe(true);
  else expect(failure(pass).message).toContain('more than 256 deep');
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
