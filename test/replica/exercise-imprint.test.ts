import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  firstDifference,
  imprintOf,
  type Path,
  pathAt,
  showPath,
} from '../../machines/replica/exercise-imprint.ts';
import { remember } from '../../machines/replica/exercise-memory.ts';
import { choreOf, choreText } from '../../runtime/chore-codec.ts';

const nobody = (): null => null;
const imprint = (value: unknown): string => imprintOf(value, nobody);

function strangers(value: unknown): readonly string[] {
  const found: string[] = [];
  imprintOf(value, nobody, (path, kind) => found.push(`${showPath(path)}: ${kind}`));
  return found;
}

/** The same list without its first item. */
function gap(list: (number | undefined)[]): (number | undefined)[] {
  Reflect.deleteProperty(list, 0);
  return list;
}

/** As the log keeps what an effect says, and gives it back. */
function keptByTheLog(value: unknown): unknown {
  const said = { to: 'failure', error: value } as const;
  const chore = {
    type: 'hear',
    machine: 'm',
    key: 'k',
    effect: '1.0',
    term: 1,
    word: 1,
    said,
  } as const;
  const kept = choreOf(choreText(chore as never));
  assert.ok(kept?.type === 'hear' && kept.said.to === 'failure');
  return kept.said.error;
}

class Money extends Map {}

/** What both have to agree on: everything that a context may hold, and some that it may not. */
const anything = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      fc.string(),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.date({ noInvalidDate: false }),
      fc.constantFrom<unknown>(undefined, null, -0, /x/g, new URL('http://h/?a=1')),
      fc.uint8Array({ maxLength: 4 }),
      fc.float64Array({ maxLength: 2 }),
      fc.string().map((message) => Object.assign(new RangeError(message), { code: message })),
    ),
    fc
      .constantFrom<() => unknown>(
        () => () => {},
        () => Symbol('s'),
        () => Promise.resolve(),
        () => new Money(),
        () => Buffer.from('x'),
        () => new WeakMap(),
        () => ({ [Symbol.for('s')]: 1 }),
        () => Object.assign(new Error('x'), { status: 1 }),
      )
      .map((make) => make()),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('any'), { maxKeys: 3 }),
    fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 2 }).map((pairs) => new Map(pairs)),
    fc.array(tie('any'), { maxLength: 2 }).map((items) => new Set(items)),
    tie('any').map((value) => [value, value]),
  ),
})).any;

test('what is called no data is what the log would not give back as it was, and nothing else', () => {
  fc.assert(
    fc.property(anything, (value) => {
      let kept: unknown;
      try {
        kept = keptByTheLog(value);
      } catch {
        assert.notDeepEqual(strangers(value), []);
        return;
      }
      // Errors lose their fields and objects their classes, without a word.
      assert.deepEqual(strangers(kept), []);
      if (strangers(value).length === 0) assert.equal(imprint(kept), imprint(value));
    }),
    { numRuns: 1_000 },
  );
});

describe('an imprint', () => {
  test('is the same for what is the same', () => {
    fc.assert(
      fc.property(anything, (value) => {
        assert.equal(imprint(value), imprint(value));
      }),
    );
    const make = () => ({ a: [new Map([[1, new Date(5)]])], b: new Set(['x']), c: gap([0, 1]) });
    assert.equal(imprint(make()), imprint(make()));
  });

  test('differs for what a chart could tell apart', () => {
    const shared = {};
    const values: readonly unknown[] = [
      undefined,
      null,
      0,
      -0,
      Number.NaN,
      1n,
      '1',
      1,
      true,
      'true',
      [],
      [undefined],
      gap([0]),
      [1, 2],
      [[1], 2],
      {},
      Object.create(null),
      { a: undefined },
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      [shared, shared],
      [{}, {}],
      new Date(1),
      new Date(2),
      new Date(Number.NaN),
      new Map(),
      new Map([[1, 2]]),
      new Set([1, 2]),
      new Set([2, 1]),
      new Uint8Array([1]),
      new Int8Array([1]),
      new Uint8Array([1]).buffer,
      /a/,
      /a/g,
      new Error('x'),
      new Error('y'),
      new TypeError('x'),
      Object.assign(new Error('x'), { code: 1 }),
      new URL('http://h/'),
      new Boolean(true),
    ];
    assert.equal(new Set(values.map(imprint)).size, values.length);
  });

  test('takes circles', () => {
    const circle: { self?: unknown; list: unknown[] } = { list: [] };
    circle.self = circle;
    circle.list.push(circle.list);
    assert.deepEqual(strangers(circle), []);
    assert.equal(imprint(circle), imprint(circle));
  });

  test('calls actors by their names, and looks into none', () => {
    const actor = { secret: () => {} };
    const naming = (value: object) => (value === actor ? 'x:1' : null);
    assert.equal(imprintOf({ actor }, naming), '{"actor":@x:1,}');
  });

  test('tells where something is', () => {
    const value = { list: [1, { 'a b': new Map([['k', () => {}]]) }] };
    assert.deepEqual(strangers(value), ['list[1]["a b"][1]: a function']);
  });
});

test('the place of a difference', () => {
  const place = (a: unknown, b: unknown): Path =>
    pathAt(b, nobody, firstDifference(imprint(a), imprint(b)));
  assert.deepEqual(place({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }), ['b', 1]);
  assert.deepEqual(place({ a: { b: 'long text' } }, { a: { b: 'long tent' } }), ['a', 'b']);
  assert.deepEqual(place({ a: [] }, { a: [1] }), ['a', 0]);
  assert.deepEqual(place({ a: 1 }, { b: 1 }), []);
});

describe('what is remembered', () => {
  const restored = (value: unknown, change: () => void): void => {
    const before = imprint(value);
    const restore = remember(value, () => false);
    change();
    assert.notEqual(imprint(value), before);
    restore();
    assert.equal(imprint(value), before);
  };

  test('comes back, whatever was done to it', () => {
    const inner = { n: 1, list: gap([0, 1, 3]) };
    const value = { z: 1, inner, map: new Map([[inner, 1]]), set: new Set([1]), date: new Date(0) };
    restored(value, () => {
      inner.n = 2;
    });
    restored(value, () => void inner.list.push(4));
    restored(value, () => void inner.list.splice(0));
    restored(value, () => {
      inner.list[0] = 2;
    });
    restored(value, () => void Reflect.deleteProperty(value, 'z'));
    restored(value, () => void Object.assign(value, { more: 1 }));
    restored(value, () => value.map.clear());
    restored(value, () => void value.set.add(2));
    restored(value, () => void value.date.setTime(1));
    restored(value, () => {
      value.inner = { n: 9, list: [] };
    });
  });

  test('also where it can be changed and not extended', () => {
    const value = Object.seal({ list: Object.seal([1, 2]), n: 1 });
    restored(value, () => {
      value.list[0] = 9;
      value.n = 2;
    });
  });

  test('and what cannot be changed is left alone, and so is what is closed', () => {
    const closed = { n: 1 };
    const value = Object.freeze({ list: Object.freeze([closed]) });
    const restore = remember(value, (each) => each === closed);
    closed.n = 2;
    restore();
    assert.equal(closed.n, 2);
  });
});
