import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { indexZero, toIndex } from '../../machines/protocol/ids.ts';
import { InvariantViolation } from '../../machines/protocol/invariant.ts';
import { logOf, termAt, type Log } from '../../machines/rules/log.ts';
import { nextAfterRefusal, receive } from '../../machines/rules/replication.ts';
import {
  entriesIn,
  entriesOf,
  histories,
  logOfTerms,
  many,
  obviousReceive,
  place,
  sharedLength,
  termsIn,
} from './logs.ts';

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const part = (of: number, length: number): number => Math.round(of * length);

/** What a leader with these terms in its log sends of it. */
function appendFrom(terms: readonly number[], after: number, count: number) {
  return {
    prev: place(after, after === 0 ? 0 : (terms[after - 1] ?? 0)),
    entries: entriesOf(terms.slice(after, after + count), after + 1),
  };
}

test('an append is taken exactly as by the rules of figure 2, word by word (Raft §5.3)', () => {
  fc.assert(
    fc.property(histories, fraction, fraction, ([leader = [], follower = []], from, size) => {
      const after = part(from, leader.length);
      const { prev, entries } = appendFrom(leader, after, part(size, leader.length - after));
      const received = receive(logOfTerms(...follower), indexZero, prev, entries);
      const expected = obviousReceive(
        follower,
        prev,
        entries.map(({ term }) => term),
      );
      assert.equal(received.matches, expected !== null);
      if (!received.matches || expected === null) return;
      assert.deepEqual(termsIn(received.log), expected);
      assert.equal(received.matchIndex, prev.index + entries.length, 'what this message proves');
      // What must reach the disk is what changed, to the end of the message.
      const unchanged = entries.filter(({ index, term }) => follower[index - 1] === term);
      assert.deepEqual(received.fresh, entries.slice(unchanged.length));
      if (received.fresh.length === 0) assert.equal(received.log.length, follower.length);
    }),
  );
});

test('late, repeated and short appends of one leader never take anything away (Raft §5.3, rule 3)', () => {
  const messages = fc.array(fc.tuple(fraction, fraction), { maxLength: 12 });
  fc.assert(
    fc.property(histories, messages, fraction, ([leader = [], follower = []], sent, known) => {
      let log = logOfTerms(...follower);
      let shared = sharedLength(follower, leader);
      const commitIndex = toIndex(part(known, shared));
      for (const [from, size] of [...sent, ...sent]) {
        const after = part(from, leader.length);
        const { prev, entries } = appendFrom(leader, after, part(size, leader.length - after));
        const received = receive(log, commitIndex, prev, entries);
        if (!received.matches) continue;
        log = received.log;
        const nowShared = sharedLength(leader, termsIn(log));
        assert.ok(nowShared >= shared, 'what agreed with the leader still does');
        assert.ok(nowShared >= received.matchIndex, 'and what the message proved does');
        shared = nowShared;
      }
    }),
  );
});

test('a delayed append that matches leaves what came after it (Raft §5.3, rule 3)', () => {
  const log = logOfTerms(...many(10, 1));
  const commitIndex = toIndex(8);
  const late = [
    appendFrom(many(10, 1), 2, 2),
    appendFrom(many(10, 1), 5, 0),
    appendFrom(many(10, 1), 0, 1),
  ];
  for (const { prev, entries } of [...late, ...late.toReversed()]) {
    const received = receive(log, commitIndex, prev, entries);
    assert.ok(received.matches);
    assert.equal(received.log, log);
    assert.deepEqual(received.fresh, []);
    assert.equal(received.matchIndex, prev.index + entries.length);
  }
});

test('an append that begins in what a snapshot covers is taken from there on', () => {
  const log = logOf(entriesOf([2, 2, 2], 8), place(7, 2));
  const terms = [...many(4, 1), ...many(8, 2)];
  const below = receive(log, toIndex(8), place(3, 1), entriesOf(terms.slice(3, 6), 4));
  assert.ok(below.matches);
  assert.equal(below.matchIndex, 6);
  assert.equal(below.log, log);

  const across = receive(log, toIndex(8), place(5, 2), entriesOf(many(6, 2), 6));
  assert.ok(across.matches);
  assert.equal(across.matchIndex, 11);
  assert.deepEqual(
    across.fresh.map(({ index }) => index),
    [11],
  );
});

test('to replace a committed entry would be a bug, and crashes (Leader Completeness)', () => {
  const log = logOfTerms(1, 1, 2);
  const rival = entriesOf([3], 3);
  assert.throws(() => receive(log, toIndex(3), place(2, 1), rival), InvariantViolation);
  assert.deepEqual(termsIn(log), [1, 1, 2]);
  assert.ok(receive(log, toIndex(2), place(2, 1), rival).matches);
});

test('a refusal hints at the latest place that may still match, never below what is committed', () => {
  const log = logOfTerms(1, 1, 2, 2, 5);
  const hintFor = (index: number, term: number, commitIndex = 0) => {
    const received = receive(log, toIndex(commitIndex), place(index, term), []);
    assert.ok(!received.matches);
    return received.hint;
  };
  assert.deepEqual(hintFor(9, 6), place(5, 5), 'too short: its own end');
  assert.deepEqual(hintFor(5, 4), place(4, 2), 'a rival term is skipped as a whole');
  assert.deepEqual(hintFor(3, 1), place(2, 1));
  assert.deepEqual(hintFor(3, 1, 2), place(2, 1));
  assert.deepEqual(hintFor(5, 1, 4), place(4, 2), 'but not what is committed');
});

/** A leader finds where the logs agree, and sends the rest. How often it was refused. */
function repair(leader: Log, follower: Log, commitIndex: number): { log: Log; refusals: number } {
  let next = leader.length + 1;
  for (let refusals = 0; ; refusals += 1) {
    const prev = place(next - 1, termAt(leader, toIndex(next - 1)) ?? 0);
    const entries = entriesIn(leader).slice(next - 1);
    const received = receive(follower, toIndex(commitIndex), prev, entries);
    if (received.matches) return { log: received.log, refusals };
    const again = nextAfterRefusal(leader, indexZero, received.hint);
    assert.ok(again < next, 'each refusal brings it further back');
    next = again;
  }
}

const divergentTerms = (leader: readonly number[], follower: readonly number[]): number => {
  const shared = sharedLength(leader, follower);
  return new Set([...leader.slice(shared), ...follower.slice(shared)]).size;
};

test('any two logs meet within one round trip for each term in which they differ, and two (Raft §5.3)', () => {
  fc.assert(
    fc.property(histories, fraction, ([leader = [], follower = []], known) => {
      const shared = sharedLength(leader, follower);
      const commitIndex = part(known, shared);
      const { log, refusals } = repair(logOfTerms(...leader), logOfTerms(...follower), commitIndex);
      assert.ok(
        refusals + 1 <= divergentTerms(leader, follower) + 2,
        `${refusals + 1} round trips`,
      );
      assert.deepEqual(
        termsIn(log).slice(0, leader.length),
        leader,
        'and then they are equal as far as the leader goes',
      );
    }),
    { numRuns: 500 },
  );
});

test('the followers of figure 7 are all repaired, in a round trip for each term of difference', () => {
  const leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const followers = {
    a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
    b: [1, 1, 1, 4],
    c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    e: [1, 1, 1, 4, 4, 4, 4],
    f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  };
  for (const [name, follower] of Object.entries(followers)) {
    // The leader of term 8 begins with an entry of its own.
    const reigning = [...leader, 8];
    const { log, refusals } = repair(logOfTerms(...reigning), logOfTerms(...follower), 3);
    assert.deepEqual(termsIn(log), reigning, `follower (${name})`);
    assert.ok(refusals <= 4, `follower (${name}) refused ${refusals} times`);
  }
});

test('ten thousand divergent entries of one term cost no more than one (Raft §5.3)', () => {
  const common = many(10, 1);
  const one = repair(
    logOfTerms(...common, ...many(10_000, 3)),
    logOfTerms(...common, ...many(10_000, 2)),
    10,
  );
  assert.equal(one.log.length, 10_010);
  assert.ok(one.refusals <= 2, `refused ${one.refusals} times`);

  const behind = repair(logOfTerms(...common, ...many(10_000, 3)), logOfTerms(...common), 10);
  assert.equal(behind.refusals, 1);
});

test('what is known to match is never asked about again', () => {
  const log = logOfTerms(1, 1, 2, 2);
  assert.equal(nextAfterRefusal(log, toIndex(3), place(1, 1)), 4);
  assert.equal(nextAfterRefusal(log, indexZero, place(1, 1)), 2);
  assert.equal(nextAfterRefusal(log, indexZero, place(0, 0)), 1);
});
