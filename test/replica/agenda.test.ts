import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import type { EffectId } from '../../machines/protocol/chore.ts';
import { toTerm } from '../../machines/protocol/ids.ts';
import { createAgenda } from '../../machines/replica/agenda.ts';
import {
  afterChanges,
  type Change,
  nothingPending,
  type Pending,
  withClaim,
  withoutEffects,
} from '../../machines/replica/pending.ts';

const machine = 'order';
const schedule = (id: string, delayMs: number): Change => ({
  type: 'schedule',
  delayed: { from: 'x:0', to: 'x:0', id, event: { type: 'RING' }, delayMs },
});
const cancel = (id: string): Change => ({ type: 'cancel', from: 'x:0', id });
const wish: Change = {
  type: 'wish',
  wish: { kind: 'sending', machine, key: '9', event: { type: 'HI' } },
};

/** An agenda, and instances by key. */
function world() {
  const agenda = createAgenda();
  const instances = new Map<string, Pending>();
  let index = 0;
  const put = (key: string, after: Pending): void => {
    const before = instances.get(key) ?? nothingPending;
    instances.set(key, after);
    if (before !== after) agenda.changed(machine, key, before, after);
  };
  const change = (key: string, ...changes: Change[]): void => {
    index += 1;
    const at = { index, term: toTerm(1), timeMs: 0 };
    put(
      key,
      afterChanges(instances.get(key) ?? nothingPending, changes, at, () => false),
    );
  };
  const due = (timeMs: number, max = 100): readonly string[] =>
    agenda.due(timeMs, max).map(({ key, dueMs }) => `${key}@${dueMs}`);
  const of = (key: string): Pending => instances.get(key) ?? nothingPending;
  return { agenda, change, put, due, of, instances };
}

describe('deadlines', () => {
  test('come up in the order of their time, of whichever instance they are', () => {
    const { agenda, change, due } = world();
    assert.equal(agenda.nextDueMs(), null);
    change('a', schedule('late', 30));
    change('b', schedule('soon', 10));
    change('c', schedule('later', 20));
    assert.equal(agenda.nextDueMs(), 10);
    assert.deepEqual(due(9), []);
    assert.deepEqual(due(20), ['b@10', 'c@20']);
    assert.deepEqual(due(100), ['b@10', 'c@20', 'a@30']);
    assert.deepEqual(due(100, 2), ['b@10', 'c@20']);
    assert.deepEqual(due(100), ['b@10', 'c@20', 'a@30'], 'they stay until one has fired');
  });

  test('of one instance come up one by one: what fires may call off the next', () => {
    const { change, due } = world();
    change('a', schedule('one', 10), schedule('two', 11));
    change('b', schedule('one', 12));
    assert.deepEqual(due(100), ['a@10', 'b@12']);
    change('a', cancel('one'));
    assert.deepEqual(due(100), ['a@11', 'b@12']);
  });

  test('that are called off do not come up, and do not pile up', () => {
    const { agenda, change } = world();
    // Before all of them: they do not come up by themselves.
    change('still', schedule('there', 5));
    for (let round = 0; round < 10_000; round += 1) {
      change('a', schedule('again', 10 + round));
      change('a', cancel('again'));
    }
    assert.equal(agenda.deadlines, 1);
    assert.equal(agenda.nextDueMs(), 5);
    assert.ok(agenda.places < 200, `${agenda.places} places for one deadline`);
  });

  test('that are put off come up at their new time alone', () => {
    const { agenda, change, put, due, of } = world();
    change('a', schedule('one', 10));
    const { timers, ...others } = of('a');
    put('a', { ...others, timers: timers.map((timer) => ({ ...timer, dueMs: 50 })) });
    assert.equal(agenda.deadlines, 1);
    assert.deepEqual(due(49), []);
    assert.deepEqual(due(50), ['a@50']);
  });

  test('are those that a look at all instances would find', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      id: fc.constantFrom('one', 'two'),
      delayMs: fc.option(fc.nat({ max: 20 }), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 25 }), (steps, timeMs) => {
        const { agenda, change, instances } = world();
        for (const { key, id, delayMs } of steps) {
          change(key, delayMs === null ? cancel(id) : schedule(id, delayMs));
        }
        const all = [...instances].flatMap(([key, { timers }]) =>
          timers.map(({ dueMs, timer }) => ({ key, dueMs, timer })),
        );
        const sorted = all.toSorted((a, b) => a.dueMs - b.dueMs || a.timer - b.timer);
        assert.equal(agenda.deadlines, all.length);
        assert.equal(agenda.nextDueMs(), sorted[0]?.dueMs ?? null);
        const firsts = sorted.filter(
          (one, nth) => sorted.findIndex(({ key }) => key === one.key) === nth,
        );
        const found = agenda.due(timeMs, 100);
        const dues = found.map(({ dueMs }) => dueMs);
        assert.deepEqual(
          dues,
          dues.toSorted((a, b) => a - b),
        );
        // Those of the same time come in any order.
        assert.deepEqual(
          new Set(found.map(({ key, timer }) => `${key} ${timer}`)),
          new Set(
            firsts
              .filter(({ dueMs }) => dueMs <= timeMs)
              .map(({ key, timer }) => `${key} ${timer}`),
          ),
        );
      }),
    );
  });
});

describe('effects', () => {
  test('are all there, in the order in which they were asked for', () => {
    const { agenda, change, put, of } = world();
    change('a', wish);
    change('b', wish, wish);
    change('a', wish);
    assert.deepEqual([...agenda.effects.keys()], ['1.0', '2.0', '2.1', '3.0']);
    assert.equal(agenda.effects.get('2.1')?.key, 'b');
    put('b', withoutEffects(of('b'), ['2.0']));
    assert.deepEqual([...agenda.effects.keys()], ['1.0', '2.1', '3.0']);
  });

  test('tell whoever watches what is new, claimed and over, and nothing else', () => {
    const { agenda, change, put, of } = world();
    change('a', wish);
    const heard: string[] = [];
    agenda.watch({
      pending: ({ effect }) => heard.push(`${effect.id} ${effect.claimedIn ?? 'free'}`),
      over: (id: EffectId) => heard.push(`${id} over`),
    });
    change('a', wish);
    change('a', schedule('one', 1));
    put('a', withClaim(of('a'), '1.0', toTerm(3)));
    put('a', withoutEffects(of('a'), ['1.0', '2.0']));
    assert.deepEqual(heard, ['2.0 free', '1.0 3', '1.0 over', '2.0 over']);
    agenda.watch(null);
    change('a', wish);
    assert.equal(heard.length, 4);
  });
});
