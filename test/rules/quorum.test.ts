import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { nodeId, toIndex, type LogIndex, type NodeId } from '../../machines/protocol/ids.ts';
import {
  indexHeldByMajority,
  isMajority,
  majorityOf,
  reachedByMajority,
} from '../../machines/rules/quorum.ts';

const names = Array.from({ length: 9 }, (_, nth) => nodeId(`n${nth}`));
const clusters = fc.integer({ min: 1, max: 9 }).map((size) => names.slice(0, size));
/** Some of them may be strangers to a smaller cluster. */
const reports = fc.dictionary(fc.constantFrom(...names), fc.nat(12)) as fc.Arbitrary<
  Record<NodeId, LogIndex>
>;

test('a majority is more than half of all voters (Raft §5.2)', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(majorityOf), [1, 2, 2, 3, 3, 4, 4]);
});

test('any two majorities of the same voters share a member', () => {
  fc.assert(
    fc.property(clusters, fc.subarray(names), fc.subarray(names), (voters, some, others) => {
      fc.pre(isMajority(new Set(some), voters) && isMajority(new Set(others), voters));
      assert.ok(voters.some((voter) => some.includes(voter) && others.includes(voter)));
    }),
  );
});

test('the index held by a majority agrees with counting hands (Raft §5.3)', () => {
  fc.assert(
    fc.property(clusters, reports, (voters, matched) => {
      const held = indexHeldByMajority(matched, voters);
      const hands = (index: number): number =>
        voters.filter((voter) => (matched[voter] ?? 0) >= index).length;
      assert.ok(hands(held) > voters.length / 2, 'more than half hold it');
      assert.ok(hands(held + 1) <= voters.length / 2, 'and nothing higher');
    }),
  );
});

test('whoever has no vote does not count, however far it is (dissertation §4.2.1)', () => {
  const [one, two, three, stranger] = names as [NodeId, NodeId, NodeId, NodeId];
  const voters = [one, two, three];
  assert.equal(isMajority(new Set([one, stranger]), voters), false);
  assert.equal(reachedByMajority({ [one]: 9, [stranger]: 9 }, voters), 0);
  assert.equal(indexHeldByMajority({ [one]: toIndex(9), [two]: toIndex(4) }, voters), 4);
});
