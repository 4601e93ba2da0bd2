import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { firstDifference } from '../../runtime/divergence/first-difference.ts';
import { spelled } from '../../runtime/divergence/spelled.ts';

const between = (ours: unknown, theirs: unknown) => {
  const found = firstDifference(spelled(ours), spelled(theirs));
  return found && [found.path, found.ours, found.theirs];
};

test('what is the same has no difference', () => {
  fc.assert(
    fc.property(fc.anything({ withMap: true, withSet: true, withDate: true }), (value) => {
      assert.equal(between(value, structuredClone(value)), null);
    }),
  );
});

test('whatever reads differently has one', () => {
  const anything = fc.anything({ withMap: true, withSet: true, withDate: true, maxDepth: 2 });
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      const isSame = JSON.stringify(spelled(a)) === JSON.stringify(spelled(b));
      const same = JSON.parse(JSON.stringify([spelled(a), spelled(b)])) as [unknown, unknown];
      assert.equal(firstDifference(...same) === null, isSame);
    }),
    { numRuns: 2_000 },
  );
});

test('the path is what one would write to get there', () => {
  const order = (cents: unknown) => ({ context: { items: [{ cents: 1 }, { cents }] } });
  assert.deepEqual(between(order(2), order(3)), ['.context.items[1].cents', 2, 3]);
  const odd = (value: number) => ({ 'a b': { 1: value } });
  assert.deepEqual(between(odd(1), odd(2)), ['["a b"]["1"]', 1, 2]);
  assert.deepEqual(between(1, 2), ['', 1, 2]);
});

test('it is the first in our order, also where one side has less', () => {
  assert.deepEqual(between({ a: 1, b: 2, c: 3 }, { a: 1, b: 5, c: 6 }), ['.b', 2, 5]);
  assert.deepEqual(between({ a: 1 }, { a: 1, b: 2 }), ['.b', undefined, 2]);
  assert.deepEqual(between({ a: 1, b: 2 }, { a: 1 }), ['.b', 2, undefined]);
  assert.deepEqual(between([1, 2, 3], [1, 2]), ['[2]', 3, undefined]);
  assert.deepEqual(between([], {}), ['', [], {}]);
  assert.deepEqual(between(undefined, { a: 1 }), ['', null, { a: 1 }]);
});

test('fields in another order are a difference of their own', () => {
  assert.deepEqual(between({ x: { a: 1, b: 2 } }, { x: { b: 2, a: 1 } }), [
    '.x(order of fields)',
    ['a', 'b'],
    ['b', 'a'],
  ]);
});

test('maps are told by their keys, and all else that JSON cannot say by its kind', () => {
  const map = (value: number) => ({ m: new Map([['k', { v: value }]]) });
  assert.deepEqual(between(map(1), map(2)), ['.m.get("k").v', 1, 2]);
  const keyed = (key: string) => ({ m: new Map([[key, 1]]) });
  assert.deepEqual(between(keyed('a'), keyed('b')), ['.m(Map)[0]', ['a', 1], ['b', 1]]);
  const set = (item: number) => new Set([0, item]);
  assert.deepEqual(between(set(1), set(2)), ['(Set)[1]', 1, 2]);
  assert.deepEqual(between({ d: new Date(0) }, { d: new Date(1) }), [
    '.d(Date)',
    '1970-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.001Z',
  ]);
  assert.deepEqual(between({ n: 1n }, { n: 1 }), ['.n', { '(bigint)': '1' }, 1]);
});

test('a name that every object has is a field like any other', () => {
  const odd = (value: number) => JSON.parse(`{"__proto__":{"constructor":${value}}}`) as unknown;
  assert.deepEqual(firstDifference(odd(1), odd(2)), {
    path: '.__proto__.constructor',
    ours: 1,
    theirs: 2,
  });
  assert.deepEqual(firstDifference({}, { toString: 1 })?.path, '.toString');
});
