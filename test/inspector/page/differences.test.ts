import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { differencesBetween } from '../../../runtime/inspector/page/model/differences.ts';
import { treeRows } from '../../../runtime/inspector/page/model/tree-rows.ts';

test('what came, went and changed is told by path', () => {
  const before = { cents: 1, items: [{ price: 3 }, { price: 4 }], 'first name': 'a', gone: true };
  const after = { cents: 2, items: [{ price: 3 }, { price: 5 }], 'first name': 'b', fresh: null };
  assert.deepEqual(differencesBetween(before, after), [
    { path: 'context.cents', before: 1, after: 2 },
    { path: 'context.items[1].price', before: 4, after: 5 },
    { path: 'context["first name"]', before: 'a', after: 'b' },
    { path: 'context.gone', before: true },
    { path: 'context.fresh', after: null },
  ]);
});

test('nothing differs from itself, and anything from something else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      assert.deepEqual(differencesBetween(one, structuredClone(one)), []);
      const differ = JSON.stringify(one) !== JSON.stringify(other);
      // An order of fields alone is no difference.
      if (differencesBetween(one, other).length > 0) assert.ok(differ);
    }),
  );
});

test('a list that became an object is another thing as a whole', () => {
  assert.deepEqual(differencesBetween({ of: [1] }, { of: { 0: 1 } }), [
    { path: 'context.of', before: [1], after: { 0: 1 } },
  ]);
});

test('a tree marks what changed, and shows what was there', () => {
  const before = { cents: 1, by: 'web', note: 'old' };
  const after = { cents: 2, by: 'web', tip: 5 };
  const rows = treeRows(after, differencesBetween(before, after), new Map());
  assert.deepEqual(
    rows.map(({ name, text, change, before: was }) => [name, text, change, was]),
    [
      ['cents', '2', 'changed', '1'],
      ['by', '"web"', null, null],
      ['tip', '5', 'added', null],
      ['note', '', 'removed', '"old"'],
    ],
  );
});

test('a closed branch says that something within it changed, and shows it once it is open', () => {
  const before = { deep: { items: [1, 2, 3] } };
  const after = { deep: { items: [1, 2, 4] } };
  const differences = differencesBetween(before, after);
  const closed = treeRows(after, differences, new Map([['context.deep', false]]));
  assert.deepEqual(
    closed.map(({ name, text, change }) => [name, text, change]),
    [['deep', '{1}', 'within']],
  );
  const open = treeRows(after, differences, new Map([['context.deep.items', true]]));
  const changed = open.find(({ change }) => change === 'changed');
  assert.equal(changed?.path, 'context.deep.items[2]');
  assert.equal(changed.before, '3');
});

test('a long list is closed until somebody opens it', () => {
  const context = { list: Array.from({ length: 500 }, (_, nth) => nth) };
  assert.equal(treeRows(context, [], new Map()).length, 1);
  assert.equal(treeRows(context, [], new Map([['context.list', true]])).length, 501);
});
