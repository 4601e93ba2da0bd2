import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import type { MessageOf } from '../../machines/protocol/messages.ts';
import { entriesOf, logOfTerms, many, place, termsIn } from '../rules/logs.ts';
import {
  appliedBy,
  bravo,
  carol,
  example,
  from,
  nodeIn,
  nodeOf,
  promisedBy,
  said,
  voteFrom,
  wishesOf,
} from './hear.ts';

const append = (
  term: number,
  prev: ReturnType<typeof place>,
  terms: readonly number[],
  commitIndex = 0,
): MessageOf<'append'> => ({
  kind: 'append',
  term: toTerm(term),
  prev,
  entries: entriesOf(terms, prev.index + 1),
  commitIndex: toIndex(commitIndex),
});

test('entries are acknowledged behind the flush that holds them, and applied once committed (§5.3)', () => {
  const node = nodeOf();
  const wishes = node.hear(from(bravo, append(3, place(3, 2), [3, 3], 4)));
  assert.deepEqual(said(wishes), []);
  const [persist] = wishesOf(wishes, 'persist');
  assert.deepEqual(persist?.entries, entriesOf([3, 3], 4));
  assert.deepEqual(promisedBy(wishes), [{ kind: 'appendAccepted', term: 3, matchIndex: 5 }]);
  assert.deepEqual(appliedBy(wishes), [1, 2, 3, 4]);
});

test('late, repeated and short appends, in any order, leave the log as it is (Raft §5.3, rule 3)', () => {
  const late = [
    append(3, place(2, 1), [1, 1], 4),
    append(3, place(5, 1), [], 5),
    append(3, place(0, 0), [1], 1),
    append(3, place(9, 1), [1], 9),
  ];
  const orders = fc.array(fc.constantFrom(...late), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(orders, (messages) => {
      const node = nodeOf({ log: logOfTerms(...many(10, 1)) });
      node.hear(from(bravo, append(3, place(10, 1), [], 8)));
      assert.equal(node.context().commitIndex, 8);
      for (const message of messages) {
        const wishes = node.hear(from(bravo, message));
        assert.deepEqual(termsIn(node.context().log), many(10, 1));
        assert.ok(wishesOf(wishes, 'persist').every(({ entries }) => entries.length === 0));
        assert.deepEqual(promisedBy(wishes), [
          {
            kind: 'appendAccepted',
            term: 3,
            matchIndex: message.prev.index + message.entries.length,
          },
        ]);
      }
      assert.equal(
        node.context().commitIndex,
        messages.some((one) => one.prev.index === 9) ? 9 : 8,
      );
    }),
    { numRuns: 40 },
  );
});

test('an acknowledgement covers what the message proves, not our own last entry (Raft §5.3)', () => {
  // Ours goes on in term 2 where the leader of term 3 has something else.
  const node = nodeOf({ log: logOfTerms(1, 2, 2, 2) });
  const wishes = node.hear(from(bravo, append(3, place(1, 1), [], 3)));
  assert.deepEqual(promisedBy(wishes), [{ kind: 'appendAccepted', term: 3, matchIndex: 1 }]);
  assert.equal(node.context().commitIndex, 1, 'and no more of it is committed');
  assert.deepEqual(appliedBy(wishes), [1]);
});

test('a refusal commits nothing, names the place asked about and hints where to look (Raft §5.3)', () => {
  const node = nodeOf({ log: logOfTerms(1, 2, 2, 2) });
  const wishes = node.hear(from(bravo, append(5, place(4, 4), [5], 5)));
  assert.deepEqual(promisedBy(wishes), [
    { kind: 'appendRefused', term: 5, prevIndex: 4, hint: place(4, 2) },
  ]);
  assert.equal(node.context().commitIndex, 0);
  assert.deepEqual(termsIn(node.context().log), [1, 2, 2, 2]);
});

test('a conflict is replaced from its first entry on, in one write (Raft §5.3, rules 3 and 4)', () => {
  const node = nodeOf({ log: logOfTerms(1, 1, 2, 2) });
  const wishes = node.hear(from(bravo, append(3, place(1, 1), [1, 3], 0)));
  assert.deepEqual(termsIn(node.context().log), [1, 1, 3]);
  const [persist] = wishesOf(wishes, 'persist');
  assert.deepEqual(
    persist?.entries,
    entriesOf([3], 3),
    'what is there already is not written again',
  );
});

test('a follower that is told of a commit index never goes back, nor beyond its log', () => {
  const node = nodeOf();
  const tell = (kind: 'commit' | 'heartbeat', commitIndex: number) =>
    appliedBy(node.hear(from(bravo, { ...example[kind](3), commitIndex: toIndex(commitIndex) })));
  assert.deepEqual(tell('commit', 2), [1, 2]);
  assert.deepEqual(tell('heartbeat', 1), []);
  assert.deepEqual(tell('commit', 2), []);
  assert.deepEqual(tell('heartbeat', 9), [3]);
  assert.equal(node.context().commitIndex, 3);
});

test('a heartbeat is answered at once, past a slow disk, with its own round', () => {
  const node = nodeOf();
  node.hear(from(bravo, append(3, place(3, 2), [3])));
  const wishes = node.hear(from(bravo, { ...example.heartbeat(3), round: 9 }));
  assert.deepEqual(said(wishes), [{ kind: 'heartbeatAck', term: 3, round: 9 }]);
});

test('but not in a term that is still on its way to the disk', () => {
  const node = nodeOf();
  const waiting = node.hear(from(bravo, { ...example.heartbeat(5), round: 9 }));
  assert.deepEqual(said(waiting), []);
  assert.deepEqual(promisedBy(waiting), [{ kind: 'heartbeatAck', term: 5, round: 9 }]);
  node.flush();
  const at = node.hear(from(bravo, { ...example.heartbeat(5), round: 10 }));
  assert.deepEqual(said(at), [{ kind: 'heartbeatAck', term: 5, round: 10 }]);
});

test('a leader that becomes a follower keeps what is committed, and knows that it is', () => {
  const node = nodeIn('leader.established');
  assert.equal(node.context().commitIndex, 4);
  node.hear(from(bravo, append(9, place(4, 4), [9], 4)));
  assert.equal(node.context().commitIndex, 4);
  assert.deepEqual(termsIn(node.context().log), [1, 1, 2, 4, 9]);
});

test('a leader of a newer term replaces what an older one left uncommitted (figure 8)', () => {
  const node = nodeIn('leader.fresh');
  assert.deepEqual(termsIn(node.context().log), [1, 1, 2, 4]);
  const wishes = node.hear(from(carol, append(5, place(3, 2), [5], 4)));
  assert.deepEqual(termsIn(node.context().log), [1, 1, 2, 5]);
  assert.deepEqual(appliedBy(wishes), [1, 2, 3, 4]);
});

test('whom a follower follows is told once', () => {
  const node = nodeOf();
  const wishes = node.hear(
    from(bravo, example.heartbeat(3)),
    from(bravo, append(3, place(3, 2), [])),
    from(bravo, example.heartbeat(3)),
  );
  assert.deepEqual(wishesOf(wishes, 'leaderChanged'), [{ type: 'leaderChanged', leader: bravo }]);
});

test('late answers to an office that was left change nothing', () => {
  const node = nodeIn('follower.heeding');
  const before = node.context();
  const wishes = node.hear(
    voteFrom(carol, 3),
    from(carol, example.appendAccepted(3)),
    from(carol, example.appendRefused(3)),
    from(carol, example.heartbeatAck(3)),
  );
  assert.deepEqual(wishes, []);
  assert.equal(node.context(), before);
});
