import assert from 'node:assert/strict';
import { stringify } from 'devalue';
import * as fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, test } from 'vitest';
import type { Chore, Said } from '../../../machines/protocol/chore.ts';
import { nodeId, proposalId, toTerm } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { choreOf, choreText } from '../../../runtime/chore-codec.ts';
import { decodeCommand, encodeChore } from '../../../runtime/command-codec.ts';

const passedOn = (chore: Chore): Chore | null => {
  const payload = decodeCommand(encodeChore('p', chore));
  assert.ok(payload === null || payload.proposalId === proposalId('p'));
  return payload !== null && 'chore' in payload ? payload.chore : null;
};

const where = { machine: 'order', key: '42' } as const;
const hear = (said: Said): Chore => ({
  type: 'hear',
  ...where,
  effect: '7.0',
  term: toTerm(3),
  word: 1,
  said,
});
const resolved = (data: unknown): Chore =>
  hear({ to: 'itself', event: { type: 'xstate.promise.resolve', data } as never });
const dataOf = (chore: Chore | null): unknown =>
  chore?.type === 'hear' && chore.said.to === 'itself'
    ? (chore.said.event as unknown as { data: unknown }).data
    : assert.fail('it is no such chore');

test.each<Chore>([
  { type: 'tick', node: nodeId('n1'), term: toTerm(1), wallMs: 1_700_000_000_000.5 },
  { type: 'fire', ...where, timer: 0 },
  hear({ to: 'itself', event: { type: 'A' } }),
  hear({ to: 'parent', event: { type: 'B' } }),
  hear({ to: 'failure', error: 'no line' }),
  hear({ to: 'failure', error: undefined }),
  { type: 'claim', ...where, effect: '7.11', term: toTerm(1) },
  { type: 'done', ...where, effects: ['1.0', '2.0'] },
  { type: 'deliver', ...where, effect: '1.0' },
])('a chore comes out as it went in: $type', (chore) => {
  assert.deepEqual(passedOn(chore), chore);
});

describe('what an effect says', () => {
  test.each<[string, unknown]>([
    ['a date', new Date(1_234)],
    ['a map', new Map<unknown, unknown>([[{ a: 1 }, new Map([[1, 2]])]])],
    ['a set', new Set([1, 'a', null])],
    ['a number in words', 2n ** 80n],
    ['nothing', undefined],
    ['nothing, in something', { a: undefined, b: [undefined, 1] }],
    ['numbers that JSON does not know', [Number.NaN, Infinity, -Infinity, -0]],
    ['bytes', new Uint8Array([0, 255])],
    ['an expression', /a+/gi],
    ['an address', new URL('https://example.org/?a=1')],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['text of all kinds', 'a\u0000\u2028</script>😀'],
  ])('may be %s', (_, value) => {
    assert.deepStrictEqual(dataOf(passedOn(resolved(value))), value);
  });

  test('may be there twice, or be within itself', () => {
    const circle: Record<string, unknown> = { inner: { a: 1 } };
    circle['again'] = circle['inner'];
    circle['self'] = circle;
    const value = dataOf(passedOn(resolved(circle))) as typeof circle;
    assert.equal(value['self'], value);
    assert.equal(value['again'], value['inner']);
  });

  test('may be any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        assert.deepEqual(dataOf(passedOn(resolved(value))), value);
      }),
    );
  });

  test('may be an error, which is told by name, message and code, and not by where it was', () => {
    const error = Object.assign(new RangeError('too far'), { code: 'far' });
    const told = dataOf(passedOn(resolved({ error }))) as { error: Error & { code: string } };
    assert.ok(told.error instanceof Error);
    const { name, message, code, stack } = told.error;
    assert.deepEqual(
      [name, message, code, stack],
      ['RangeError', 'too far', 'far', 'RangeError: too far'],
    );
  });

  test.each<[string, unknown]>([
    ['a function', () => {}],
    ['a promise', Promise.resolve()],
    [
      'an object of a class',
      new (class Point {
        x = 1;
      })(),
    ],
    ['a symbol', Symbol('a')],
  ])('may not be %s', (_, value) => {
    assert.throws(() => encodeChore('p', resolved(value)));
    assert.throws(() => encodeChore('p', resolved({ deep: [value] })));
  });
});

test('what is no chore is none, on every node alike', () => {
  const strangers: readonly unknown[] = [
    null,
    5,
    'tick',
    [],
    {},
    { type: 'nap' },
    { type: 5 },
    { type: 'tick', node: 'n1', term: 1 },
    { type: 'tick', node: 5, term: 1, wallMs: 0 },
    { type: 'tick', node: 'n1', term: -1, wallMs: 0 },
    { type: 'fire', ...where },
    { type: 'fire', ...where, timer: '0' },
    { type: 'fire', ...where, timer: 0.5 },
    { type: 'fire', machine: 'order', timer: 0 },
    { type: 'claim', ...where, effect: '7', term: 1 },
    { type: 'claim', ...where, effect: '7.x', term: 1 },
    { type: 'done', ...where, effects: '1.0' },
    { type: 'done', ...where, effects: [1] },
    { type: 'hear', ...where, effect: '7.0', term: 1, word: 1 },
    {
      type: 'hear',
      ...where,
      effect: '7.0',
      term: 1,
      said: { to: 'itself', event: { type: 'A' } },
    },
    {
      type: 'hear',
      ...where,
      effect: '7.0',
      term: 1,
      word: 1,
      said: { to: 'nobody', event: { type: 'A' } },
    },
    { type: 'hear', ...where, effect: '7.0', term: 1, word: 1, said: { to: 'itself', event: {} } },
    {
      type: 'hear',
      ...where,
      effect: '7.0',
      term: 1,
      word: 1,
      said: { to: 'parent', event: null },
    },
  ];
  const packr = new Packr({ useRecords: false });
  for (const stranger of strangers) {
    assert.equal(choreOf(stringify(stranger)), null, JSON.stringify(stranger));
    assert.equal(decodeCommand(packr.pack(['p', stringify(stranger)])), null);
  }
  const garbage = [
    '',
    '[',
    '5',
    'null',
    '[1,2]',
    '[["Error",5]]',
    '[["Error",0]]',
    '[["Nap",1],1]',
  ];
  for (const text of [...garbage, JSON.stringify([{ type: 1, __proto__x: 2 }, 'tick'])]) {
    assert.equal(choreOf(text), null, text);
  }
  for (const fields of [['p'], ['p', 5], [5, choreText({ type: 'fire', ...where, timer: 0 })]]) {
    assert.equal(decodeCommand(packr.pack(fields)), null);
  }
  fc.assert(fc.property(fc.string(), (text) => choreOf(text) === null));
});

/** Text of a chore that says a list within lists; devalue itself would not get very far. */
function nested(depth: number): string {
  const whole = JSON.parse(choreText(resolved(null))) as unknown[];
  const event = whole.find((each) => typeof each === 'object' && each !== null && 'data' in each);
  const at = whole.length;
  (event as { data: number }).data = at;
  const levels = Array.from({ length: depth }, (_, level) => [at + level + 1]);
  return JSON.stringify([...whole, ...levels, null]);
}

test('how deep a word may be is the same on every node, however full its stack is', () => {
  const isOne = (text: string): boolean => choreOf(text) !== null;
  const onAFullStack = (frames: number, text: string): boolean =>
    frames === 0 ? isOne(text) : onAFullStack(frames - 1, text);

  assert.equal(isOne(nested(limits.eventDepthMax - 1)), true);
  for (const depth of [limits.eventDepthMax, 1_000, 3_000, 100_000]) {
    assert.equal(isOne(nested(depth)), false);
    assert.equal(onAFullStack(4_000, nested(depth)), false);
  }
});

test('a word that goes too deep is none that an effect may say', () => {
  const deep = (depth: number): unknown =>
    Array.from({ length: depth }).reduce((inner: unknown) => ({ inner }), null);
  assert.notEqual(passedOn(resolved(deep(limits.eventDepthMax - 1))), null);
  assert.throws(() => encodeChore('p', resolved(deep(limits.eventDepthMax))), /deeper than 64/);
  assert.throws(() => encodeChore('p', resolved(deep(20_000))));
});

test('what is there many times, or sparse, or bytes, is no deeper for that', () => {
  const shared = { a: [1] };
  const circle: unknown[] = [];
  circle.push(circle, ...Array.from({ length: 50 }, () => shared));
  const list: unknown[] = [];
  list[4_000_000] = shared;
  const bytes = new Uint8Array(new ArrayBuffer(8), 4, 2);
  const value = { circle, list, bytes, map: new Map([[shared, shared]]) };
  const back = dataOf(passedOn(resolved(value))) as typeof value;
  assert.equal(back.circle[0], back.circle);
  assert.deepEqual(back.list[4_000_000], shared);
  assert.deepEqual([back.list.length, back.bytes.length], [4_000_001, 2]);
});
