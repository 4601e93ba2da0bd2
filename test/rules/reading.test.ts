import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { nodeId, toIndex, type NodeId } from '../../machines/protocol/ids.ts';
import {
  acknowledgeRound,
  beginRound,
  closeRound,
  isRoundConfirmed,
  noReads,
  queueRead,
  type Reads,
} from '../../machines/rules/reading.ts';

const voters = ['alpha', 'bravo', 'carol', 'delta', 'echo'].map(nodeId);
const [alpha, bravo, carol, delta] = voters as [NodeId, NodeId, NodeId, NodeId, NodeId];

const begun = (reads: Reads, commit = 4): Reads => beginRound(reads, alpha, toIndex(commit));

test('a round takes all who wait, at the commit index of its beginning (dissertation §6.4)', () => {
  const one = queueRead(queueRead(noReads, { origin: alpha, readId: 1 }), {
    origin: bravo,
    readId: 1,
  });
  const round = begun(one);
  assert.equal(round.round, 1);
  assert.equal(round.readIndex, 4);
  assert.deepEqual(round.confirming, one.waiting);
  assert.deepEqual(round.waiting, []);

  const late = queueRead(round, { origin: alpha, readId: 2 });
  assert.deepEqual(late.confirming, one.waiting, 'who comes later waits for the next');
  assert.deepEqual(begun(closeRound(late), 9).confirming, [{ origin: alpha, readId: 2 }]);
});

test('what was acknowledged before the round began proves nothing for it (dissertation §6.4)', () => {
  const first = acknowledgeRound(acknowledgeRound(begun(noReads), bravo, 1), carol, 1);
  assert.equal(isRoundConfirmed(first, voters), true);
  const second = begun(closeRound(first));
  assert.equal(isRoundConfirmed(second, voters), false);
  const late = acknowledgeRound(acknowledgeRound(second, bravo, 1), delta, 1);
  assert.equal(isRoundConfirmed(late, voters), false);
  assert.equal(isRoundConfirmed(acknowledgeRound(late, bravo, 2), voters), false);
});

test('nobody acknowledges a round that has not begun, or takes an acknowledgement back', () => {
  const first = begun(noReads);
  assert.equal(acknowledgeRound(first, bravo, 7), first);
  const acked = acknowledgeRound(begun(first), bravo, 2);
  assert.equal(acknowledgeRound(acked, bravo, 1), acked);
});

test('a single voter confirms itself', () => {
  assert.equal(isRoundConfirmed(begun(noReads), [alpha]), true);
});

test('a read is let go only once a majority has answered something asked after it came', () => {
  const step = fc.oneof(
    fc.constant('read' as const),
    fc.record({ ack: fc.constantFrom(...voters.slice(1)), round: fc.nat(8) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let reads = noReads;
      let readId = 0;
      /** By read: which round was the last begun when it came. */
      const cameAfter = new Map<number, number>();
      /** All that was ever said, as it was said. */
      const said: { who: NodeId; round: number }[] = [];
      for (const one of steps) {
        if (one === 'read') {
          readId += 1;
          cameAfter.set(readId, reads.round);
          reads = queueRead(reads, { origin: alpha, readId });
        } else if (one.round <= reads.round) {
          said.push({ who: one.ack, round: one.round });
          reads = acknowledgeRound(reads, one.ack, one.round);
        }
        if (reads.confirming.length > 0 && isRoundConfirmed(reads, voters)) {
          for (const { readId: released } of reads.confirming) {
            const asked = cameAfter.get(released) ?? Infinity;
            const hands = new Set(said.filter(({ round }) => round > asked).map(({ who }) => who));
            assert.ok(hands.size + 1 > voters.length / 2, `read ${released} let go too soon`);
          }
          reads = closeRound(reads);
        }
        if (reads.confirming.length === 0 && reads.waiting.length > 0) reads = begun(reads);
      }
    }),
  );
});
