import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { Digester, hashOf, spell } from '../../machines/replica/digest-value.ts';
import { spelled } from '../../runtime/divergence/spelled.ts';

const of = (value: unknown): string => spell(hashOf(value));

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  maxDepth: 3,
});
/** A few small values in all arrangements, so that equal ones meet. */
const few = fc.anything({
  values: [
    fc.constantFrom(0, -0, 1, 0.5, NaN, Infinity, '', '0', 'a', 'ab', null, undefined, true, 1n),
  ],
  key: fc.constantFrom('a', 'b'),
  withMap: true,
  withSet: true,
  maxDepth: 2,
  maxKeys: 2,
});

const text = (value: unknown): string => JSON.stringify(spelled(value));

test('two values have the same digest exactly if they read the same', () => {
  fc.assert(
    fc.property(few, few, (a, b) => {
      assert.equal(of(a) === of(b), text(a) === text(b), `${text(a)} and ${text(b)}`);
    }),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      assert.equal(of(a) === of(b), text(a) === text(b), `${text(a)} and ${text(b)}`);
    }),
    { numRuns: 5_000 },
  );
});

test('a copy has the same digest as the original', () => {
  fc.assert(
    fc.property(anything, (value) => {
      assert.equal(of(structuredClone(value)), of(value));
    }),
    { numRuns: 5_000 },
  );
});

test('a digest is the same in every process, so this one is written down', () => {
  const value = {
    a: [1, -2.5, 'é', null, true],
    m: new Map([['k', new Set([1n])]]),
    d: new Date(0),
  };
  assert.equal(of(value), 'aaa0758200737ea8');
});

test('each difference in a text is a difference, wherever it is and however long the text', () => {
  const seen = new Set<string>();
  const base = 'x'.repeat(67);
  for (let at = 0; at < base.length; at += 1) {
    for (const other of ['y', '\u0078\u0301', '']) {
      seen.add(of(base.slice(0, at) + other + base.slice(at + 1)));
    }
  }
  // To leave out any of them is the same.
  assert.equal(seen.size, 2 * base.length + 1);
});

describe('what differs for people differs', () => {
  const machine = createMachine({});
  const refTo = (id: string) => createActor(machine, { id });
  class Money {
    readonly cents: number;
    constructor(cents: number) {
      this.cents = cents;
    }
  }
  const values: Readonly<Record<string, unknown>> = {
    'a text': '1',
    'a number': 1,
    'a big number': 2 ** 40,
    'a negative number': -1,
    'a fraction': 1.5,
    'no number': NaN,
    'an infinite number': Infinity,
    'a big integer': 1n,
    nothing: null,
    yes: true,
    no: false,
    'an empty list': [],
    'an empty object': {},
    'a list': [1, 2],
    'a list in another order': [2, 1],
    'a nested list': [[1], 2],
    'a list nested otherwise': [[1, 2]],
    'a list of one list more': [[1], [2]],
    'an object': { a: 1, b: 2 },
    'an object in another order': { b: 2, a: 1 },
    'a map': new Map([['a', 1]]),
    'an empty map': new Map(),
    'a set': new Set(['a', 1]),
    'an empty set': new Set(),
    'a date': new Date(1),
    'another date': new Date(2),
    'an invalid date': new Date(NaN),
    bytes: new Uint8Array([1]),
    'other bytes': new Uint8Array([2]),
    'signed bytes': new Int8Array([1]),
    'an error': new Error('a'),
    'another error': new Error('b'),
    'an error of another kind': new TypeError('a'),
    'an error with a code': Object.assign(new Error('a'), { code: 'E' }),
    'an expression': /a/,
    'an expression with a flag': /a/i,
    'a user object': new Money(7),
    'an actor': refTo('one'),
    'another actor': refTo('two'),
    'an address': new URL('http://a/'),
  };
  const digests = Object.entries(values).map(([name, value]) => [name, of(value)] as const);
  test.each(digests)('%s', (name, digest) => {
    const same = digests.filter(([, other]) => other === digest).map(([other]) => other);
    assert.deepEqual(same, [name]);
  });
});

test('what does not survive being kept does not count', () => {
  const a = { a: 1, gone: undefined, method: () => 1, [Symbol('s')]: 1 };
  assert.equal(of(a), of({ a: 1 }));
  assert.equal(of([undefined]), of([null]));
  assert.equal(of(-0), of(0));
});

test('where an error was made does not count, nor who the actor is in its process', () => {
  const make = () => new Error('same');
  assert.equal(of(make()), of(new Error('same')));
  const machine = createMachine({});
  const [one, other] = [createActor(machine, { id: 'a' }), createActor(machine, { id: 'a' })];
  assert.notEqual(one.sessionId, other.sessionId);
  assert.equal(of({ ref: one }), of({ ref: other }));
});

test('a value that holds itself, or is very deep, or throws, has a digest all the same', () => {
  const loop = (name: string): object => {
    const one: Record<string, unknown> = { name };
    one['self'] = one;
    return one;
  };
  assert.equal(of(loop('a')), of(loop('a')));
  assert.notEqual(of(loop('a')), of(loop('b')));

  const deep = (depth: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < depth; level += 1) value = [value];
    return value;
  };
  assert.notEqual(of(deep(400)), of(deep(401)));
  assert.equal(of(deep(100_000)), of(deep(100_001)), 'there is an end to it');

  const throwing = {
    get a(): never {
      throw new Error('not to be read');
    },
  };
  assert.equal(of({ throwing }), of({ throwing }));
  assert.equal(of('after it'), of('after it'), 'nothing of it is left behind');
});

test('a digester takes many values, in their order, and begins anew', () => {
  const digester = new Digester();
  const taken = (...values: readonly unknown[]): string => {
    for (const value of values) digester.value(value);
    return spell(digester.take());
  };
  assert.equal(taken('a', 'b'), taken('a', 'b'));
  assert.notEqual(taken('a', 'b'), taken('b', 'a'));
  assert.notEqual(taken('a', 'b'), taken('ab', ''));
});
