/** What becomes of one instance when its machine goes over to another definition. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createMachine, type AnyStateMachine } from 'xstate';
import type { Migrate } from '../../../machines/replica/migration.ts';
import { createInstances } from '../../../machines/replica/instances.ts';
import { toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { xstate5Engine } from '../../../machines/replica/xstate5-engine.ts';

/** An instance that has taken these events, and has gone over after a second. */
function upgraded(
  from: AnyStateMachine,
  to: AnyStateMachine,
  events: readonly string[],
  migrate?: Migrate,
) {
  const instances = createInstances(xstate5Engine(from));
  let index = 0;
  const at = (timeMs: number) => {
    index += 1;
    return { index: toIndex(index), term: toTerm(1), timeMs };
  };
  for (const type of events) instances.take(at(0), '1', { type }, undefined);
  instances.goOver(at(1_000), xstate5Engine(to), migrate);
  const instance = () => {
    const found = instances.get('1');
    assert.ok(found !== undefined);
    return found;
  };
  return {
    instance,
    value: () => instance().view.value,
    timers: () => instance().pending.timers.map(({ event, dueMs }) => [event.type, dueMs]),
    send: (type: string) => instances.take(at(1_000), '1', { type }, undefined),
    fire: (timer: number, timeMs: number) => instances.fire(at(timeMs), '1', timer),
  };
}

const after = (delayMs: number) => `xstate.after.${delayMs}.door.open`;

const door = (openMs: number) =>
  createMachine({
    id: 'door',
    initial: 'closed',
    states: {
      closed: { on: { OPEN: 'open' } },
      open: { after: { [openMs]: 'closed' }, on: { STAY: 'held' } },
      held: { on: { CLOSE: 'closed', OPEN: 'open' } },
    },
  });

describe('its deadlines', () => {
  test('stay as they were where it stays in that state', () => {
    const { instance, value, timers, fire } = upgraded(door(5_000), door(5_000), ['OPEN']);
    assert.deepEqual(timers(), [[after(5_000), 5_000]]);
    assert.equal(fire(0, 4_999), null);
    fire(0, 5_000);
    assert.equal(value(), 'closed');
    assert.deepEqual(instance().pending.timers, []);
  });

  test('are still those of the old definition where it has others now', () => {
    const { value, timers, fire } = upgraded(door(5_000), door(7_000), ['OPEN']);
    assert.deepEqual(timers(), [[after(5_000), 5_000]]);
    assert.equal(fire(0, 5_000)?.accepted, false);
    assert.equal(value(), 'open');
  });

  test('are called off where it is brought out of that state', () => {
    const held: Migrate = () => ({ value: 'held' });
    const { timers, send } = upgraded(door(5_000), door(5_000), ['OPEN'], held);
    assert.deepEqual(timers(), []);
    send('OPEN');
    assert.deepEqual(timers(), [[after(5_000), 6_000]]);
  });

  test('do not begin where it is brought into that state: it does not enter it', () => {
    const { value, timers } = upgraded(door(5_000), door(5_000), ['OPEN', 'STAY'], () => ({
      value: 'open',
    }));
    assert.equal(value(), 'open');
    assert.deepEqual(timers(), []);
  });

  test('are gone with an instance that is over by that', () => {
    const over = createMachine({
      id: 'door',
      initial: 'closed',
      states: { closed: {}, open: { type: 'final' } },
    });
    const { instance, timers } = upgraded(door(5_000), over, ['OPEN']);
    assert.equal(instance().view.status, 'done');
    assert.deepEqual(timers(), []);
  });
});

describe('where it stands', () => {
  const regions = (...order: readonly ('a' | 'b')[]) =>
    createMachine({
      id: 'two',
      initial: 'off',
      states: {
        off: { on: { ON: 'on' } },
        on: {
          type: 'parallel',
          states: Object.fromEntries(
            order.map((name) => [
              name,
              { initial: 'low', states: { low: { on: { [name]: 'high' } }, high: {} } },
            ]),
          ),
          on: { OFF: 'off' },
        },
      },
    });

  test('is where it stood, with the same context, and nothing to be seen of it', () => {
    const { instance } = upgraded(door(5), door(6), ['OPEN']);
    assert.equal(instance().latestIndex, 1);
    assert.deepEqual(instance().view, { status: 'active', value: 'open', context: {} });
  });

  test('takes in what is new within, in its initial state', () => {
    const inner = createMachine({
      id: 'door',
      initial: 'closed',
      states: {
        closed: {},
        open: { initial: 'wide', states: { wide: { on: { PUSH: 'ajar' } }, ajar: {} } },
      },
    });
    const { instance, value, send } = upgraded(door(5), inner, ['OPEN']);
    assert.deepEqual(value(), { open: 'wide' });
    assert.equal(instance().latestIndex, 2, 'there is something to be seen');
    send('PUSH');
    assert.deepEqual(value(), { open: 'ajar' });
  });

  test('takes in a region that is new, and goes on', () => {
    const { value, send } = upgraded(regions('a'), regions('a', 'b'), ['ON', 'a']);
    assert.deepEqual(value(), { on: { a: 'high', b: 'low' } });
    send('b');
    assert.deepEqual(value(), { on: { a: 'high', b: 'high' } });
    send('OFF');
    assert.equal(value(), 'off');
  });

  test('must be there in full: a region that is gone is no place', () => {
    assert.throws(
      () => upgraded(regions('a', 'b'), regions('a'), ['ON']),
      /instance "1" has no place in it: there is no state \{"on":\{"a":"low","b":"low"\}\}/,
    );
  });

  test('may be said by `migrate`, in part', () => {
    const { instance } = upgraded(regions('a', 'b'), regions('a'), ['ON', 'a'], () => ({
      value: { on: { a: 'high' } },
    }));
    assert.deepEqual(instance().view, {
      status: 'active',
      value: { on: { a: 'high' } },
      context: {},
    });
  });

  const remembering = (...states: readonly string[]) =>
    createMachine({
      id: 'tv',
      initial: 'on',
      states: {
        on: {
          initial: 'one',
          states: {
            ...Object.fromEntries(
              states.map((state) => [state, { on: { [`to${state}`]: state } }]),
            ),
            one: { on: { totwo: 'two', tothree: 'three' } },
            two: {},
            back: { type: 'history' },
          },
          on: { OFF: 'off' },
        },
        off: { on: { ON: 'on.back' } },
      },
    });

  test('what a history state returns to is kept where it is still there', () => {
    const full = remembering('three');
    const same = upgraded(full, remembering('three'), ['tothree', 'OFF']);
    same.send('ON');
    assert.deepEqual(same.value(), { on: 'three' });
    const less = createMachine({
      id: 'tv',
      initial: 'on',
      states: {
        on: { initial: 'one', states: { one: {}, two: {}, back: { type: 'history' } } },
        off: { on: { ON: 'on.back' } },
      },
    });
    const gone = upgraded(full, less, ['tothree', 'OFF']);
    gone.send('ON');
    assert.deepEqual(gone.value(), { on: 'one' });
  });
});

test('an instance that is over stays over', () => {
  const over = createMachine({
    id: 'door',
    initial: 'closed',
    output: 7,
    states: { closed: { on: { OPEN: 'open' } }, open: { type: 'final' } },
  });
  const { instance, send } = upgraded(over, door(5), ['OPEN']);
  assert.deepEqual(instance().view, { status: 'done', value: 'open', context: {}, output: 7 });
  assert.equal(send('STAY').accepted, false);
});
