import assert from 'node:assert/strict';
import { test } from 'vitest';
import { nodeId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { logOf } from '../../machines/rules/log.ts';
import {
  isPledged,
  othersOf,
  ourEnd,
  promise,
  say,
  toAll,
  wakeUp,
} from '../../machines/rules/node-state.ts';
import { entriesOf, place } from './logs.ts';
import { alpha, bravo, stateOf, voters } from './states.ts';

const message = { kind: 'voteRefused', term: toTerm(3) } as const;

test('a node wakes with its facts and without its moods (Raft figure 2)', () => {
  const hardState = { term: toTerm(3), votedFor: bravo };
  const log = logOf(entriesOf([2, 3], 8), place(7, 2));
  const state = wakeUp({ self: alpha, voters, hold: true, hardState, log, seed: 1 });
  assert.deepEqual(state.hardState, hardState);
  assert.deepEqual(state.durable, hardState, 'it was read from the disk');
  assert.equal(state.log, log);
  assert.equal(
    state.commitIndex,
    7,
    'what a snapshot covers is committed, and nothing else is known to be',
  );
  assert.equal(state.leader, null);
  assert.equal(state.preVotes.size + state.votes.size, 0);
});

test('a node that never took part wakes in term zero, with its vote to give', () => {
  const born = wakeUp({
    self: alpha,
    voters,
    hold: false,
    hardState: null,
    log: logOf([]),
    seed: 1,
  });
  assert.deepEqual(born.hardState, { term: 0, votedFor: null });
  assert.deepEqual(ourEnd(born), place(0, 0));
  assert.equal(born.commitIndex, toIndex(0));
});

test('term and vote are pledged once both are on disk', () => {
  const hardState = { term: toTerm(3), votedFor: bravo };
  assert.equal(isPledged(stateOf({ hardState, durable: { ...hardState } })), true);
  assert.equal(isPledged(stateOf({ hardState, durable: { ...hardState, votedFor: null } })), false);
  assert.equal(
    isPledged(stateOf({ hardState, durable: { ...hardState, term: toTerm(2) } })),
    false,
  );
});

test('what goes to all goes to everybody else', () => {
  assert.deepEqual(
    toAll(stateOf(), message).map(({ to }) => to),
    ['bravo', 'carol', 'delta', 'echo'],
  );
  assert.deepEqual(othersOf(stateOf({ voters: [alpha] })), []);
});

test('a promise stands in line behind the disk, a word does not', () => {
  const to = nodeId('bravo');
  assert.deepEqual(promise(to, message), {
    type: 'persist',
    hardState: null,
    entries: [],
    thenSend: [{ to, message }],
  });
  assert.deepEqual(say(to, message), { type: 'send', envelopes: [{ to, message }] });
});
