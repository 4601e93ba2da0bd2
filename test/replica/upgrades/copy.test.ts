import assert from 'node:assert/strict';
import { test } from 'vitest';
import { copyOf } from '../../../machines/replica/copy.ts';

test('a copy is the same, and shares nothing that could be changed', () => {
  const value = {
    text: 'a',
    none: null,
    list: [1, { deep: true }],
    map: new Map<unknown, unknown>([['k', { in: 'map' }]]),
    set: new Set([{ in: 'set' }]),
    date: new Date(7),
    bare: Object.assign(Object.create(null) as object, { x: 1 }),
  };
  const copy = copyOf(value);
  assert.deepEqual({ ...copy, bare: { ...copy.bare } }, { ...value, bare: { ...value.bare } });
  assert.notEqual(copy.list, value.list);
  assert.notEqual(copy.list[1], value.list[1]);
  assert.notEqual(copy.map.get('k'), value.map.get('k'));
  assert.notEqual([...copy.set][0], [...value.set][0]);
  assert.notEqual(copy.date, value.date);
  assert.notEqual(copy.bare, value.bare);
});

test('what is there twice, or within itself, stays so', () => {
  const shared = { count: 1 };
  const value: Record<string, unknown> = { a: shared, b: [shared] };
  value['self'] = value;
  const copy = copyOf(value);
  assert.equal(copy['self'], copy);
  assert.equal((copy['b'] as unknown[])[0], copy['a']);
});

test('objects of classes are who they are', () => {
  class Thing {
    readonly made = true;
  }
  const thing = new Thing();
  assert.equal(copyOf({ thing }).thing, thing);
});
