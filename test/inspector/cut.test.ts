import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { cut } from '../../runtime/inspector/cut.ts';

const bounds = { depthMax: 3, itemsMax: 4, textCharsMax: 10, bytesMax: 1_000 };

test('what JSON can say and is short stays as it is', () => {
  const value = { a: [1, 'two', null, true], b: { c: { d: 0 } } };
  assert.deepEqual(JSON.parse(JSON.stringify(cut(value, bounds))), value);
});

test('what is too long, too many or too deep is cut short and says so', () => {
  const shown = cut(
    { text: 'x'.repeat(100), list: [1, 2, 3, 4, 5, 6], deep: { a: { b: { c: 1 } } }, d: 1, e: 2 },
    bounds,
  );
  assert.deepEqual(JSON.parse(JSON.stringify(shown)), {
    text: 'xxxxxxxxxx… (100 characters)',
    list: [1, 2, 3, 4, '… 2 more'],
    deep: { a: { b: '[object of 1 fields]' } },
    d: 1,
    '…': '1 more',
  });
});

test('all of it together stays within bounds, whatever it is', () => {
  const wide = Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => 'y'.repeat(500)));
  const text = JSON.stringify(
    cut(wide, { depthMax: 20, itemsMax: 1_000, textCharsMax: 1_000, bytesMax: 4_000 }),
  );
  assert.ok(text.length < 10_000, `${text.length}`);
  let nested: unknown = 1;
  for (let nth = 0; nth < 100_000; nth += 1) nested = [nested];
  assert.ok(JSON.stringify(cut(nested)).length < 1_000);
});

test('what JSON has no word for gets one', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const actor = createActor(createMachine({ id: 'a' }), { id: 'n1' });
  const shown = cut(
    [
      new Date(0),
      new Error('no'),
      new Map([['k', 1]]),
      new Set([1]),
      new Uint8Array(7),
      10n,
      Number.NaN,
      loop,
      actor,
      function named() {},
    ],
    { ...bounds, itemsMax: 10 },
  );
  assert.deepEqual(JSON.parse(JSON.stringify(shown)), [
    '1970-01-01T00:00:00.000Z',
    { name: 'Error', message: 'no' },
    { k: 1 },
    [1],
    '[7 bytes]',
    '[bigint 10]',
    '[NaN]',
    { self: '[circular]' },
    '[actor n1]',
    '[function named]',
  ]);
});

test('what resists being read is unreadable, and is not called', () => {
  const hostile = {
    get trap(): never {
      throw new Error('no');
    },
    toJSON: (): never => {
      throw new Error('not asked');
    },
    proxy: new Proxy(
      {},
      {
        ownKeys: (): never => {
          throw new Error('no');
        },
      },
    ),
    ['__proto__']: 1,
  };
  const shown = JSON.parse(JSON.stringify(cut(hostile, { ...bounds, itemsMax: 10 }))) as object;
  assert.deepEqual(shown, {
    trap: '[unreadable]',
    toJSON: '[function toJSON]',
    proxy: '[unreadable]',
    ['__proto__']: 1,
  });
});
