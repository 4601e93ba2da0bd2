import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import type { Entry } from '../../machines/protocol/entry.ts';
import { emptyEnd, toIndex, toTerm, type LogEnd } from '../../machines/protocol/ids.ts';
import { InvariantViolation } from '../../machines/protocol/invariant.ts';
import {
  append,
  emptyLog,
  endOf,
  entryAt,
  firstIndexOf,
  lastIndexOf,
  lastTimeOf,
  latestPlaceUpTo,
  logOf,
  slice,
  sliceWithin,
  termAt,
  truncateFrom,
  type Log,
} from '../../machines/rules/log.ts';
import { entriesIn, entriesOf, entry, logOfTerms, place, termsIn } from './logs.ts';

test('an empty log ends where it begins', () => {
  const log = emptyLog();
  assert.equal(firstIndexOf(log), 1);
  assert.equal(lastIndexOf(log), 0);
  assert.deepEqual(endOf(log), emptyEnd);
  assert.equal(lastTimeOf(log), 0);
  assert.deepEqual(slice(log, toIndex(1), toIndex(9)), []);
});

test('a log behind a snapshot knows the term of the place it begins after, and nothing below', () => {
  const log = logOf(entriesOf([3, 4], 8), place(7, 2));
  assert.equal(firstIndexOf(log), 8);
  assert.deepEqual(endOf(log), place(9, 4));
  assert.deepEqual(
    [6, 7, 8, 9, 10].map((index) => termAt(log, toIndex(index))),
    [undefined, 2, 3, 4, undefined],
  );
  assert.equal(entryAt(log, toIndex(7)), undefined);
  assert.deepEqual(endOf(emptyLog(place(7, 2))), place(7, 2), 'also while it is empty');
});

test('appending copies nothing that is there already', () => {
  const one = logOfTerms(1);
  const two = append(one, [entry(2, 1)]);
  assert.equal(two.shared, one.shared);
  assert.equal(append(two, []), two);
});

test('a gap in the log is a bug and crashes', () => {
  for (const index of [1, 3]) {
    assert.throws(() => append(logOfTerms(1), [entry(index, 1)]), InvariantViolation);
  }
  const behindSnapshot = logOf(entriesOf([3], 8), place(7, 2));
  assert.throws(() => truncateFrom(behindSnapshot, toIndex(7)), InvariantViolation);
});

test('truncating behind the end changes nothing', () => {
  const log = logOfTerms(1, 1);
  assert.equal(truncateFrom(log, toIndex(3)), log);
  assert.equal(truncateFrom(log, toIndex(9)), log);
});

/** A log, and the same as a plain array of its own. */
type Twin = Readonly<{ log: Log; plain: readonly Entry[] }>;

const steps = fc.array(
  fc.record({
    /** Which of the values made so far this is done to. */
    of: fc.nat(1_000),
    what: fc.oneof(
      fc.record({ append: fc.nat(3), bytes: fc.nat(40) }),
      fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
    ),
  }),
  { maxLength: 40 },
);
const bases = fc.constantFrom(emptyEnd, place(7, 2));

/** Does each step to any earlier value, so values branch, and keeps all of them. */
function growTwins(base: LogEnd, script: typeof steps extends fc.Arbitrary<infer S> ? S : never) {
  const twins: Twin[] = [{ log: emptyLog(base), plain: [] }];
  let term = Number(base.term);
  for (const { of, what } of script) {
    const { log, plain } = twins[of % twins.length] ?? { log: emptyLog(base), plain: [] };
    if ('append' in what) {
      // A term of its own for each branch: storage shared by mistake shows.
      term += 1;
      const fresh = Array.from({ length: what.append }, (_, nth) =>
        entry(base.index + plain.length + nth + 1, term, {
          timeMs: term,
          payload: new Uint8Array((what.bytes * (nth + 1)) % 40),
        }),
      );
      twins.push({ log: append(log, fresh), plain: [...plain, ...fresh] });
    } else {
      const kept = Math.floor(what.keep * plain.length);
      const from = toIndex(base.index + kept + 1);
      twins.push({ log: truncateFrom(log, from), plain: plain.slice(0, kept) });
    }
  }
  return twins;
}

test('whatever is appended to it or cut off it, every older value of a log stays true', () => {
  fc.assert(
    fc.property(bases, steps, (base, script) => {
      for (const { log, plain } of growTwins(base, script)) {
        assert.deepEqual(entriesIn(log), plain);
        assert.equal(lastIndexOf(log), base.index + plain.length);
        assert.equal(endOf(log).term, plain.at(-1)?.term ?? base.term);
        assert.equal(lastTimeOf(log), plain.at(-1)?.timeMs ?? 0);
        assert.equal(entryAt(log, toIndex(base.index + plain.length + 1)), undefined);
      }
    }),
  );
});

test('two branches from one old value do not see each other', () => {
  const trunk = logOfTerms(1, 1);
  const left = append(trunk, [entry(3, 2), entry(4, 2)]);
  const right = append(trunk, [entry(3, 3)]);
  const again = append(trunk, [entry(3, 4)]);
  const regrown = append(truncateFrom(left, toIndex(3)), [entry(3, 5)]);
  assert.deepEqual([trunk, left, right, again, regrown].map(termsIn), [
    [1, 1],
    [1, 1, 2, 2],
    [1, 1, 3],
    [1, 1, 4],
    [1, 1, 5],
  ]);
});

test('a slice of the log is a slice of the array, whatever younger values share it', () => {
  fc.assert(
    fc.property(bases, steps, fc.nat(20), fc.nat(20), (base, script, a, b) => {
      const from = base.index + 1 + Math.min(a, b);
      const through = base.index + Math.max(a, b);
      for (const { log, plain } of growTwins(base, script)) {
        assert.deepEqual(
          slice(log, toIndex(from), toIndex(through)),
          plain.filter(({ index }) => index >= from && index <= through),
        );
      }
    }),
  );
});

test('one message takes as many entries as fit, and always one if there is one', () => {
  const obviously = (plain: readonly Entry[], start: number, count: number, bytes: number) => {
    const taken: Entry[] = [];
    let sum = 0;
    for (const one of plain.slice(start, start + count)) {
      sum += one.payload.length;
      if (taken.length > 0 && sum > bytes) break;
      taken.push(one);
    }
    return taken;
  };
  fc.assert(
    fc.property(
      bases,
      steps,
      fc.nat(20),
      fc.integer({ min: 1, max: 6 }),
      fc.nat(60),
      (base, script, skip, count, bytes) => {
        for (const { log, plain } of growTwins(base, script)) {
          const start = Math.min(skip, plain.length);
          assert.deepEqual(
            sliceWithin(log, toIndex(base.index + 1 + start), count, bytes),
            obviously(plain, start, count, bytes),
          );
        }
      },
    ),
  );
});

test('the latest place of at most a term is found as by looking at every place (Raft §5.3)', () => {
  const logs = fc.array(fc.nat(3), { maxLength: 12 }).map((rises) => {
    let term = 2;
    return rises.map((rise) => (term += rise === 3 ? 2 : rise === 2 ? 1 : 0));
  });
  fc.assert(
    fc.property(bases, logs, fc.nat(14), fc.nat(20), (base, terms, skip, term) => {
      const log = logOf(entriesOf(terms, base.index + 1), base);
      const index = base.index + skip;
      const places = [base, ...entriesIn(log).map((one) => place(one.index, one.term))];
      const found = places.filter((one) => one.index <= index && one.term <= term).at(-1);
      assert.deepEqual(latestPlaceUpTo(log, toIndex(index), toTerm(term)), found ?? base);
    }),
  );
});
