import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { indexZero, toIndex } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { append, logOf, type Log } from '../../machines/rules/log.ts';
import {
  backOff,
  commitNotice,
  countPulse,
  fillWindow,
  heartbeat,
  isAnswerToProbe,
  isBehind,
  isDueToBeAsked,
  isGap,
  isWindowFull,
  learnMatch,
  newProgress,
  noteAsked,
  poke,
  probe,
  startOver,
  type Progress,
} from '../../machines/rules/progress.ts';
import { entriesOf, entry, logOfTerms, many, place } from './logs.ts';
import { three } from './states.ts';

const progressOf = (log: Log, known: Partial<Progress> = {}): Progress => ({
  ...newProgress(three, log, indexZero),
  ...known,
});
/** Entries so large that two do not fit one message. */
const bulky = (count: number): Log => {
  const payload = new Uint8Array(limits.appendBytesMax * 0.6);
  return logOf(entriesOf(many(count, 3)).map((one) => ({ ...one, payload })));
};

test('a leader begins with its own first entry: whoever lacks no other takes it at once (Raft §5.3)', () => {
  const progress = progressOf(logOfTerms(1, 2, 3));
  assert.deepEqual(probe(progress), {
    kind: 'append',
    term: 3,
    prev: place(2, 2),
    entries: entriesOf([3], 3),
    commitIndex: 0,
  });
  assert.equal(progress.matchIndex, 0);
  assert.deepEqual(
    probe(progressOf(logOfTerms(1, 2), { nextIndex: toIndex(1) })).prev,
    place(0, 0),
  );
});

test('a probe brings all that follows the place it asks about', () => {
  const progress = progressOf(logOfTerms(1, 2, 3), { nextIndex: toIndex(2) });
  assert.deepEqual(
    probe(progress).entries.map(({ index }) => index),
    [2, 3],
  );
});

test('all that was not sent goes out in order without a gap, within the limits (§10.2.1)', () => {
  const payloads = fc.array(fc.constantFrom(0, 10, limits.appendBytesMax * 0.4), { maxLength: 30 });
  fc.assert(
    fc.property(payloads, fc.nat(30), (sizes, skip) => {
      const log = logOf(
        sizes.map((size, nth) => entry(nth + 1, 3, { payload: new Uint8Array(size) })),
      );
      const from = Math.min(skip, sizes.length) + 1;
      const progress = progressOf(log, { nextIndex: toIndex(from) });
      const [after, appends] = fillWindow(progress);
      let expected = from;
      for (const { prev, entries } of appends) {
        assert.equal(prev.index, expected - 1);
        assert.ok(entries.length > 0 && entries.length <= limits.appendEntriesMax);
        const bytes = entries.reduce((sum, { payload }) => sum + payload.length, 0);
        assert.ok(bytes <= limits.appendBytesMax || entries.length === 1);
        expected += entries.length;
      }
      assert.equal(expected, sizes.length + 1);
      assert.equal(after.nextIndex, expected);
      assert.deepEqual(
        after.inFlight,
        appends.map(({ prev, entries }) => prev.index + entries.length),
      );
      assert.equal(isWindowFull(after), false);
      assert.deepEqual(fillWindow(after), [after, []], 'and nothing goes out twice');
    }),
  );
});

test('a message carries no more entries than fit', () => {
  const log = logOfTerms(...many(limits.appendEntriesMax + 1, 3));
  const [, appends] = fillWindow(progressOf(log, { nextIndex: toIndex(1) }));
  assert.deepEqual(
    appends.map(({ entries }) => entries.length),
    [limits.appendEntriesMax, 1],
  );
});

test('no more appends are unanswered than the window has places; each answer makes room', () => {
  const log = bulky(limits.appendsInFlightMax + 5);
  const [full, appends] = fillWindow(progressOf(log, { nextIndex: toIndex(1) }));
  assert.equal(appends.length, limits.appendsInFlightMax);
  assert.equal(isWindowFull(full), true);
  assert.deepEqual(fillWindow(full)[1], []);

  const answered = learnMatch(full, toIndex(2));
  assert.equal(isWindowFull(answered), false);
  assert.deepEqual(
    fillWindow(answered)[1].map(({ prev }) => prev.index),
    [limits.appendsInFlightMax, limits.appendsInFlightMax + 1],
  );
});

test('acknowledgements in any order leave in flight what none of them covers', () => {
  fc.assert(
    fc.property(fc.nat(9), fc.array(fc.nat(9), { maxLength: 12 }), (sent, acks) => {
      const inFlight = Array.from({ length: sent }, (_, nth) => toIndex(nth + 1));
      let progress = progressOf(logOfTerms(...many(9, 3)), {
        nextIndex: toIndex(sent + 1),
        inFlight,
      });
      for (const ack of acks) progress = learnMatch(progress, toIndex(ack));
      const best = Math.max(0, ...acks);
      assert.equal(progress.matchIndex, best);
      assert.equal(progress.nextIndex, Math.max(sent, best) + 1);
      assert.deepEqual(
        progress.inFlight,
        inFlight.filter((last) => last > best),
      );
    }),
  );
});

test('a commit index is told once, and never beyond what is known to match', () => {
  const log = logOfTerms(...many(5, 3));
  const commitIndex = toIndex(4);
  const progress = progressOf(log, { commitIndex, matchIndex: toIndex(3) });
  const [told, notice] = commitNotice(progress);
  assert.deepEqual(notice, { kind: 'commit', term: 3, commitIndex: 3 });
  assert.deepEqual(commitNotice(told), [told, null]);
  assert.equal(commitNotice(learnMatch(told, toIndex(5)))[1]?.commitIndex, 4);
  assert.equal(commitNotice(progressOf(log, { commitIndex }))[1], null);
  assert.equal(heartbeat(progress, 9).commitIndex, 3);
  assert.equal(heartbeat(progress, 9).round, 9);
});

test('an append tells of the commit index itself, so no notice follows it', () => {
  const log = logOfTerms(...many(5, 3));
  const progress = progressOf(log, {
    commitIndex: toIndex(4),
    matchIndex: toIndex(4),
    nextIndex: toIndex(5),
  });
  const [sent, [sentAppend]] = fillWindow(progress);
  assert.equal(sentAppend?.commitIndex, 4);
  assert.equal(commitNotice(sent)[1], null);
});

test('a poke asks behind all that was sent, with nothing in it', () => {
  const log = logOfTerms(...many(5, 3));
  const progress = progressOf(log, { nextIndex: toIndex(5), matchIndex: toIndex(2) });
  assert.deepEqual([poke(progress).prev, poke(progress).entries], [place(4, 3), []]);
  assert.equal(isBehind(progress), true);
  assert.equal(isBehind(progressOf(log, { matchIndex: toIndex(5) })), false);
});

test('a peer is asked again at most once a pulse, however often it answers', () => {
  const progress = progressOf(logOfTerms(...many(5, 3)));
  assert.equal(isDueToBeAsked(progress), false, 'it has only just been asked');
  const pulsed = countPulse(progress);
  assert.equal(isDueToBeAsked(pulsed), true);
  const asked = noteAsked(pulsed);
  assert.equal(isDueToBeAsked(asked), false);
  assert.equal(isDueToBeAsked(countPulse(asked)), true);
});

test('only a refusal of the very place last asked about answers a probe', () => {
  const progress = progressOf(logOfTerms(...many(5, 3)), { nextIndex: toIndex(4) });
  assert.deepEqual(
    [2, 3, 4].map((index) => isAnswerToProbe(progress, toIndex(index))),
    [false, true, false],
  );
});

test('a refusal beyond the match shows a gap, one at or below it is old', () => {
  const progress = progressOf(logOfTerms(...many(5, 3)), { matchIndex: toIndex(3) });
  assert.deepEqual(
    [2, 3, 4].map((index) => isGap(progress, toIndex(index))),
    [false, false, true],
  );
});

test('backing off goes to the hint, never below the match, and counts nothing as in flight', () => {
  const progress = progressOf(logOfTerms(1, 1, 2, 2, 3), {
    nextIndex: toIndex(6),
    matchIndex: toIndex(1),
    inFlight: [toIndex(5)],
  });
  assert.equal(backOff(progress, place(3, 1)).nextIndex, 3);
  assert.equal(backOff(progress, place(0, 0)).nextIndex, 2);
  assert.deepEqual(backOff(progress, place(3, 1)).inFlight, []);
});

test('after a lost link it begins again behind the match, or where it was if there is none', () => {
  const log = append(logOfTerms(1, 1, 2), [entry(4, 3)]);
  const inFlight = [toIndex(4)];
  const toldCommit = toIndex(3);
  const matched = startOver(
    progressOf(log, { matchIndex: toIndex(2), nextIndex: toIndex(5), inFlight, toldCommit }),
  );
  assert.deepEqual([matched.nextIndex, matched.inFlight, matched.toldCommit], [3, [], 0]);
  assert.equal(startOver(progressOf(log, { nextIndex: toIndex(4), inFlight })).nextIndex, 4);
});
