import { describe, expect, test } from 'vitest';
import { assign, createMachine, enqueueActions, raise } from 'xstate';
import type { Snapshot } from '../../machines/replica/engine.ts';
import { xstate5Engine } from '../../machines/replica/xstate5-engine.ts';

const machine = createMachine({
  types: { context: {} as { n: number } },
  context: { n: 0 },
  type: 'parallel',
  states: {
    one: {
      initial: 'idle',
      on: {
        'not.now': { actions: assign({ n: 1 }) },
        bubbling: { actions: assign({ n: 1 }) },
        'any.*': {},
      },
      states: {
        idle: {
          on: {
            'to.other': 'busy',
            'to.itself': 'idle',
            'to.itself.again': { target: 'idle', reenter: true },
            'nothing.but.reenter': { reenter: true },
            'act.only': { actions: assign({ n: 1 }) },
            'act.without.change': { actions: assign({}) },
            'act.but.enqueue.nothing': { actions: enqueueActions(() => {}) },
            'raise.what.nobody.knows': { actions: raise({ type: 'nobody' }) },
            'guard.false': { guard: () => false, target: 'busy' },
            'guard.false.then.true': [
              { guard: () => false },
              { guard: () => true, target: 'busy' },
            ],
            'guard.false.then.forbidden': [{ guard: () => false, target: 'busy' }, {}],
            forbidden: {},
            'forbidden.undefined': undefined,
            'not.now': {},
            'forbidden.here': {},
          },
        },
        busy: {},
      },
    },
    two: {
      initial: 'idle',
      states: {
        idle: {
          on: {
            'forbidden.here': { actions: assign({ n: 2 }) },
            'in.two': 'busy',
          },
        },
        busy: {},
        over: { type: 'final' },
      },
    },
    three: {
      initial: 'watching',
      states: {
        watching: {
          always: { guard: ({ event }) => event.type === 'always.sees.it', target: 'seen' },
        },
        seen: {},
      },
    },
  },
});
const engine = xstate5Engine(machine);
const { snapshot } = engine.init(undefined);
const plainly = (each: Snapshot): unknown => engine.serialize(each);

describe('accepted is true where there was a transition to take', () => {
  test.each([
    ['to.other', 'a transition to another state'],
    ['to.itself', 'a self transition that changes nothing'],
    ['to.itself.again', 'a self transition that re-enters'],
    ['act.only', 'actions without a target'],
    ['act.without.change', 'an action that changes nothing'],
    ['act.but.enqueue.nothing', 'an action that comes to nothing'],
    ['raise.what.nobody.knows', 'a raised event that nobody takes'],
    ['guard.false.then.true', 'the second choice'],
    ['bubbling', 'a transition of a parent'],
    ['in.two', 'a transition in one region of several'],
    ['forbidden.here', 'one region forbids and another takes it'],
    ['always.sees.it', 'an eventless transition that looks at an event nobody mentions'],
  ])('%s: %s', (type) => {
    expect(engine.apply(snapshot, { type }).accepted).toBe(true);
  });
});

describe('accepted is false, and nothing changes, where there was none', () => {
  test.each([
    ['nobody.mentions.it', 'an unknown event'],
    ['guard.false', 'a guard that says no'],
    ['guard.false.then.forbidden', 'a guard that says no before a forbidden transition'],
    ['forbidden', 'a forbidden transition'],
    ['forbidden.undefined', 'a transition forbidden by undefined'],
    ['not.now', 'a forbidden transition in front of a parent that would take it'],
    ['any.thing', 'a forbidden wildcard'],
    ['nothing.but.reenter', 'reenter without a target, which XState does nothing about'],
    ['', 'an empty type'],
    ['__proto__', 'a type that is a property of every object'],
  ])('%s: %s', (type) => {
    expect(engine.apply(snapshot, { type })).toStrictEqual({
      snapshot,
      accepted: false,
      emitted: [],
      logged: [],
      changes: [],
    });
    expect(engine.apply(snapshot, { type }).snapshot).toBe(snapshot);
  });
});

test('a machine that is done accepts nothing, though XState would let it move on', () => {
  const once = xstate5Engine(
    createMachine({
      initial: 'open',
      on: { MORE: '.open' },
      states: { open: { on: { CLOSE: 'closed' } }, closed: { type: 'final' } },
    }),
  );
  const { snapshot: done } = once.apply(once.init(undefined).snapshot, { type: 'CLOSE' });

  expect(once.view(done)).toMatchObject({ status: 'done', value: 'closed' });
  const after = once.apply(done, { type: 'MORE' });
  expect(after.accepted).toBe(false);
  expect(after.snapshot).toBe(done);
});

test('a snapshot is worth the same after it has been left', () => {
  const apply = (from: Snapshot) => engine.apply(from, { type: 'to.other' });
  const serialized = JSON.stringify(plainly(snapshot));
  const first = apply(snapshot);
  expect(JSON.stringify(plainly(snapshot))).toBe(serialized);
  expect(plainly(apply(snapshot).snapshot)).toEqual(plainly(first.snapshot));
});
