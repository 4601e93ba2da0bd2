import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Proposal } from '../../machines/protocol/entry.ts';
import { proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { lastIndexOf } from '../../machines/rules/log.ts';
import { noReads } from '../../machines/rules/reading.ts';
import {
  acknowledge,
  askForReadIndex,
  declineForward,
  forward,
  haveReaders,
  isBackedUp,
  isConfirmed,
  openRound,
  place as placeInLog,
  refuseOverload,
  release,
  takeRead,
  turnAwayReader,
  turnReadersAway,
  useReadIndex,
} from '../../machines/rules/serving.ts';
import { logOfTerms, many } from './logs.ts';
import { after, alpha, bravo, carol, saidIn, stateOf, three } from './states.ts';

const proposals: readonly Proposal[] = ['p1', 'p2', 'p3'].map((name, nth) => ({
  proposalId: proposalId(name),
  payload: new Uint8Array([nth]),
}));
const ids = proposals.map((one) => one.proposalId);
const leading = (known = {}) =>
  stateOf({
    leader: alpha,
    log: logOfTerms(1, 3),
    reign: { sinceMs: 1_000, fromTimeMs: 50 },
    ...known,
  });

test('a batch goes into the log in its order, in one write, at one time, each with its own seed', () => {
  const state = leading();
  const step = placeInLog(state, { origin: alpha, proposals, nowMs: 1_250.7 });
  const [persist, placed] = step.wishes ?? [];
  assert.ok(persist?.type === 'persist');
  assert.deepEqual(
    persist.entries.map(({ index, term, kind, timeMs, payload }) => [
      index,
      term,
      kind,
      timeMs,
      payload[0],
    ]),
    [
      [3, 3, 'command', 300, 0],
      [4, 3, 'command', 300, 1],
      [5, 3, 'command', 300, 2],
    ],
  );
  assert.equal(new Set(persist.entries.map(({ seed }) => seed)).size, 3);
  assert.deepEqual(persist.thenSend, [], 'a leader promises nobody anything by it');
  assert.deepEqual(placed, { type: 'placed', proposalIds: ids, firstIndex: 3, term: 3 });
  assert.equal(lastIndexOf(after(state, step).log), 5);
  assert.equal(step.tell?.length, 4, 'and every peer is shown it at once (§10.2.1)');
  assert.notDeepEqual(after(state, step).random, state.random);
});

test('what a follower handed on is placed alike, and its end is told by the log alone', () => {
  const { wishes = [] } = placeInLog(leading(), { origin: bravo, proposals, nowMs: 1_000 });
  assert.deepEqual(
    wishes.map(({ type }) => type),
    ['persist'],
  );
});

test('a batch of nothing does nothing', () => {
  assert.deepEqual(placeInLog(leading(), { origin: alpha, proposals: [], nowMs: 0 }), {});
});

test('a leader is backed up by what no majority has, not by what its log holds', () => {
  const log = logOfTerms(...many(limits.uncommittedEntriesMax + 10, 3));
  assert.equal(isBackedUp(leading({ log, commitIndex: toIndex(10) })), true);
  assert.equal(isBackedUp(leading({ log, commitIndex: toIndex(11) })), false);
});

test('who comes too much is refused by name, here and on the node it came through', () => {
  const own = refuseOverload(leading(), { origin: alpha, proposals, nowMs: 0 }).wishes ?? [];
  assert.ok(own[0]?.type === 'refuse');
  assert.deepEqual([own[0].code, own[0].proposalIds], ['overloaded', ids]);
  const [told] = saidIn(refuseOverload(leading(), { origin: bravo, proposals, nowMs: 0 }).wishes);
  assert.ok(told?.kind === 'forwardRefused');
  assert.deepEqual([told.code, told.proposalIds, told.term], ['overloaded', ids, 3]);
});

test('who does not lead declines what it is handed, so that the next leader is tried', () => {
  const [told] = saidIn(declineForward(stateOf(), bravo, proposals).wishes);
  assert.ok(told?.kind === 'forwardRefused');
  assert.deepEqual([told.code, told.proposalIds], ['no-leader', ids]);
});

test('a follower hands on to its leader, having said so first; without one it keeps what it has', () => {
  assert.deepEqual(forward(stateOf({ leader: bravo }), proposals).wishes, [
    { type: 'forwarded', to: bravo, proposals },
    { type: 'send', envelopes: [{ to: bravo, message: { kind: 'forward', term: 3, proposals } }] },
  ]);
  assert.deepEqual(forward(stateOf(), proposals), {});
});

test('what a follower hands on goes in pieces that fit a frame, in order, each said to be on its way', () => {
  const one = proposals[0];
  assert.ok(one !== undefined);
  const bulky = { ...one, payload: new Uint8Array(limits.eventBytesMax) };
  for (const batch of [
    Array.from({ length: 2 * limits.appendEntriesMax + 1 }, () => one),
    Array.from({ length: 20 }, () => bulky),
  ]) {
    const wishes = forward(stateOf({ leader: bravo }), batch).wishes ?? [];
    const pieces = wishes.flatMap((wish) => (wish.type === 'forwarded' ? [wish.proposals] : []));
    assert.deepEqual(pieces.flat(), batch);
    assert.deepEqual(
      saidIn(wishes).map((message) => (message.kind === 'forward' ? message.proposals : null)),
      pieces,
    );
    for (const piece of pieces) {
      assert.ok(piece.length > 0 && piece.length <= limits.appendEntriesMax);
      const bytes = piece.reduce((sum, { payload }) => sum + payload.length, 0);
      assert.ok(bytes <= limits.appendBytesMax + limits.entryBytesMax);
    }
    assert.ok(pieces.length <= 6, `${pieces.length} pieces`);
  }
});

test('a follower asks its leader where it is safe to read; without one the read has failed (§6.4)', () => {
  const [asked] = saidIn(askForReadIndex(stateOf({ leader: bravo }), 7).wishes);
  assert.deepEqual(asked, { kind: 'readIndexRequest', term: 3, readId: 7 });
  assert.deepEqual(askForReadIndex(stateOf(), 7).wishes, [{ type: 'readFailed', readId: 7 }]);
});

test('an index of any other term than ours is not read at (dissertation §6.4)', () => {
  const granted = (term: number) =>
    useReadIndex(stateOf(), {
      kind: 'readIndexGranted',
      term: toTerm(term),
      readId: 7,
      index: toIndex(9),
    }).wishes;
  assert.deepEqual(granted(3), [{ type: 'readReady', readId: 7, index: 9 }]);
  assert.deepEqual(granted(2), [{ type: 'readFailed', readId: 7 }]);
  assert.deepEqual(granted(4), [{ type: 'readFailed', readId: 7 }]);
});

test('readers are let go at the commit index that stood when their round began (§6.4)', () => {
  const queued = [
    { origin: alpha, readId: 1 },
    { origin: bravo, readId: 4 },
  ].reduce(
    (state, batch) => after(state, takeRead(state, batch)),
    leading({ commitIndex: toIndex(1) }),
  );
  assert.equal(haveReaders(queued), true);
  const opening = openRound(queued);
  assert.deepEqual(
    opening.tell?.map(({ event }) => event),
    Array.from({ length: 4 }, () => ({ type: 'lead.round', round: 1, commitIndex: 1 })),
  );
  const opened = after(queued, opening);
  assert.equal(haveReaders(opened), false);
  assert.equal(isConfirmed(opened), false);

  const acked = [bravo, carol].reduce(
    (state, from) =>
      after(state, acknowledge(state, from, { kind: 'heartbeatAck', term: three, round: 1 })),
    { ...opened, commitIndex: toIndex(2) },
  );
  assert.equal(isConfirmed(acked), true);
  const { now, wishes } = release(acked);
  assert.deepEqual(wishes, [
    { type: 'readReady', readId: 1, index: 1 },
    {
      type: 'send',
      envelopes: [
        { to: bravo, message: { kind: 'readIndexGranted', term: 3, readId: 4, index: 1 } },
      ],
    },
  ]);
  assert.deepEqual(now?.reads?.confirming, []);
});

test('whoever can no longer vouch turns every reader away, those that wait and those in a round', () => {
  const reads = {
    ...noReads,
    confirming: [{ origin: alpha, readId: 1 }],
    waiting: [{ origin: bravo, readId: 2 }],
  };
  const { now, wishes } = turnReadersAway(leading({ reads }));
  const refused = { kind: 'readIndexRefused', term: 3, readId: 2 } as const;
  assert.deepEqual(wishes, [
    { type: 'readFailed', readId: 1 },
    { type: 'send', envelopes: [{ to: bravo, message: refused }] },
  ]);
  assert.deepEqual([now?.reads?.confirming, now?.reads?.waiting], [[], []]);
  assert.deepEqual(saidIn(turnAwayReader(stateOf(), { origin: bravo, readId: 2 }).wishes), [
    refused,
  ]);
});
