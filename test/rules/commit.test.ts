import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import {
  nodeId,
  toIndex,
  toTerm,
  type LogIndex,
  type NodeId,
} from '../../machines/protocol/ids.ts';
import { commitIndexOf, followedCommit, mayCommit } from '../../machines/rules/commit.ts';
import { append } from '../../machines/rules/log.ts';
import { entry, logOfTerms } from './logs.ts';

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(nodeId) as [
  NodeId,
  NodeId,
  NodeId,
  NodeId,
  NodeId,
];
const five = [a, b, c, d, e];
const held = (indexes: readonly number[]): Record<NodeId, LogIndex> =>
  Object.fromEntries(indexes.map((index, nth) => [five[nth], toIndex(index)]));

test('figure 8 (c): an old entry on a majority is not committed by counting copies (Raft §5.4.2)', () => {
  const log = logOfTerms(1, 2, 4);
  const counted = (indexes: readonly number[]) =>
    commitIndexOf(log, toIndex(1), toTerm(4), held(indexes), five);
  assert.equal(counted([3, 2, 2, 0, 0]), 1, 'three hold the entry of term 2');
  assert.equal(counted([3, 2, 2, 2, 2]), 1, 'even all of them');
  assert.equal(counted([3, 3, 2, 2, 2]), 1, 'and two hold ours');
  assert.equal(counted([3, 3, 3, 0, 0]), 3, 'figure 8 (e): ours takes the old one with it');
});

test('only an entry of the present term commits, and no term is no present term (Raft §5.4.2)', () => {
  assert.equal(mayCommit(toTerm(3), toTerm(3)), true);
  assert.equal(mayCommit(toTerm(2), toTerm(3)), false);
  assert.equal(mayCommit(undefined, toTerm(3)), false);
});

test('the commit index is the one that the rule of figure 2 names, tried index by index', () => {
  const grown = fc.array(fc.nat(2), { maxLength: 10 }).map((rises) => {
    let term = 1;
    return rises.map((rise) => (term += rise));
  });
  fc.assert(
    fc.property(
      grown,
      fc.nat(2),
      fc.nat(10),
      fc.array(fc.nat(10), { minLength: 1, maxLength: 5 }),
      (terms, above, before, indexes) => {
        const ourTerm = (terms.at(-1) ?? 1) + above;
        const commitIndex = Math.min(before, terms.length);
        const matches = indexes.map((index) => Math.min(index, terms.length));
        const voters = five.slice(0, matches.length);

        let expected = commitIndex;
        for (let n = commitIndex + 1; n <= terms.length; n += 1) {
          const hands = matches.filter((match) => match >= n).length;
          if (hands > voters.length / 2 && terms[n - 1] === ourTerm) expected = n;
        }
        assert.equal(
          commitIndexOf(
            logOfTerms(...terms),
            toIndex(commitIndex),
            toTerm(ourTerm),
            held(matches),
            voters,
          ),
          expected,
        );
      },
    ),
  );
});

test('a commit index never goes back, though fewer copies are known than before', () => {
  const log = append(logOfTerms(1, 1), [entry(3, 1)]);
  assert.equal(commitIndexOf(log, toIndex(3), toTerm(1), held([1, 1, 1]), five), 3);
});

test('a follower commits as far as the leader says and this message proves (Raft §5.3)', () => {
  fc.assert(
    fc.property(fc.nat(9), fc.nat(9), fc.nat(9), (before, leaders, proven) => {
      const after = followedCommit(toIndex(before), toIndex(leaders), toIndex(proven));
      assert.equal(after, Math.max(before, Math.min(leaders, proven)));
    }),
  );
});
