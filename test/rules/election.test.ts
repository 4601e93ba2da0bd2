import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { nodeId, toTerm } from '../../machines/protocol/ids.ts';
import {
  adoptTerm,
  hasVoteToGive,
  isAtLeastAsFresh,
  wouldVoteFor,
} from '../../machines/rules/election.ts';
import { place } from './logs.ts';

const bravo = nodeId('bravo');
const carol = nodeId('carol');
const places = fc.tuple(fc.nat(5), fc.nat(5)).map(([index, term]) => place(index, term));

test('the last term decides, and length only between equal terms (Raft §5.4.1)', () => {
  const ours = place(7, 3);
  const verdicts = [place(99, 2), place(6, 3), place(7, 3), place(1, 4)].map((theirs) =>
    isAtLeastAsFresh(theirs, ours),
  );
  assert.deepEqual(verdicts, [false, false, true, true]);
});

test('of two logs one at least is as fresh as the other, and both only if they end alike', () => {
  fc.assert(
    fc.property(places, places, (one, other) => {
      const forth = isAtLeastAsFresh(one, other);
      const back = isAtLeastAsFresh(other, one);
      assert.ok(forth || back);
      assert.equal(forth && back, one.index === other.index && one.term === other.term);
    }),
  );
});

test('freshness is transitive, or no candidate could be the best of a majority', () => {
  fc.assert(
    fc.property(places, places, places, (x, y, z) => {
      fc.pre(isAtLeastAsFresh(x, y) && isAtLeastAsFresh(y, z));
      assert.ok(isAtLeastAsFresh(x, z));
    }),
  );
});

test('one vote a term: the first who asks, and that one again, but nobody else (Raft §5.2)', () => {
  const term = toTerm(3);
  const free = { term, votedFor: null };
  const given = { term, votedFor: bravo };
  assert.equal(hasVoteToGive(free, term, bravo), true);
  assert.equal(hasVoteToGive(given, term, bravo), true);
  assert.equal(hasVoteToGive(given, term, carol), false);
  assert.equal(hasVoteToGive(given, toTerm(4), carol), true);
  assert.equal(hasVoteToGive(free, toTerm(2), carol), false);
  assert.equal(hasVoteToGive(given, toTerm(2), bravo), false);
});

test('a later term clears the vote; our own term, met again, does not (Raft §5.1)', () => {
  const voted = { term: toTerm(3), votedFor: bravo };
  assert.deepEqual(adoptTerm(voted, toTerm(4)), { term: 4, votedFor: null });
  assert.equal(adoptTerm(voted, toTerm(3)), voted);
  assert.equal(adoptTerm(voted, toTerm(2)), voted);
});

test('a term never goes back and never keeps a vote of another term', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.option(fc.constant(bravo)), fc.nat(5), (ours, votedFor, theirs) => {
      const after = adoptTerm({ term: toTerm(ours), votedFor }, toTerm(theirs));
      assert.equal(after.term, Math.max(ours, theirs));
      assert.equal(after.votedFor, theirs > ours ? null : votedFor);
    }),
  );
});

test('a pre-vote asks whether it could win, not whether our vote is free (dissertation §9.6)', () => {
  const state = { term: toTerm(3), votedFor: bravo };
  const ours = place(7, 3);
  assert.equal(wouldVoteFor(state, ours, toTerm(3), place(7, 3)), true);
  assert.equal(wouldVoteFor(state, ours, toTerm(9), place(7, 3)), true);
  assert.equal(wouldVoteFor(state, ours, toTerm(3), place(6, 3)), false);
  assert.equal(wouldVoteFor(state, ours, toTerm(2), place(9, 3)), false, 'its next term is ours');
});
