import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import type { MessageOf } from '../../machines/protocol/messages.ts';
import {
  answerHeartbeat,
  applyBetween,
  heed,
  takeCommit,
  takeEntries,
} from '../../machines/rules/following.ts';
import { entriesOf, logOfTerms, place, termsIn } from './logs.ts';
import { bravo, promisedIn, saidIn, stateOf, three } from './states.ts';

const append = (fields: Partial<MessageOf<'append'>> = {}): MessageOf<'append'> => ({
  kind: 'append',
  term: three,
  prev: place(3, 2),
  entries: [],
  commitIndex: toIndex(0),
  ...fields,
});
const take = (state: ReturnType<typeof stateOf>, message: MessageOf<'append'>) =>
  takeEntries(state, { from: bravo, message });
const appliedIn = (wishes: ReturnType<typeof take>['wishes'] = []): number[] =>
  wishes
    .flatMap((wish) => (wish.type === 'apply' ? wish.entries : []))
    .map(({ index }) => Number(index));

test('whoever speaks as the leader of our term is it, and is told of once (Election Safety)', () => {
  assert.deepEqual(heed(stateOf(), bravo), {
    now: { leader: bravo },
    wishes: [{ type: 'leaderChanged', leader: bravo }],
  });
  assert.deepEqual(heed(stateOf({ leader: bravo }), bravo), {});
});

test('entries are acknowledged by the write that holds them, as far as the message proves (§5.3)', () => {
  const { now, wishes = [] } = take(stateOf(), append({ entries: entriesOf([3, 3], 4) }));
  assert.deepEqual(now?.log && termsIn(now.log), [1, 1, 2, 3, 3]);
  assert.deepEqual(saidIn(wishes), []);
  assert.deepEqual(wishes, [
    {
      type: 'persist',
      hardState: null,
      entries: entriesOf([3, 3], 4),
      thenSend: [{ to: bravo, message: { kind: 'appendAccepted', term: 3, matchIndex: 5 } }],
    },
  ]);
});

test('our own longer log is no part of what we acknowledge, and none of it is committed (§5.3)', () => {
  const { now, wishes } = take(stateOf(), append({ prev: place(1, 1), commitIndex: toIndex(9) }));
  assert.deepEqual(promisedIn(wishes), [{ kind: 'appendAccepted', term: 3, matchIndex: 1 }]);
  assert.equal(now?.commitIndex, 1);
  assert.equal(now?.goalIndex, 9, 'but this is how far there is to go');
  assert.deepEqual(appliedIn(wishes), [1]);
});

test('a repetition writes nothing and is acknowledged again', () => {
  const state = stateOf();
  const { now, wishes = [] } = take(
    state,
    append({ prev: place(1, 1), entries: entriesOf([1, 2], 2) }),
  );
  assert.equal(now?.log, state.log);
  assert.ok(wishes[0]?.type === 'persist' && wishes[0].entries.length === 0);
  assert.deepEqual(promisedIn(wishes), [{ kind: 'appendAccepted', term: 3, matchIndex: 3 }]);
});

test('a refusal moves nothing at all, whatever commit index came with it', () => {
  const { now, wishes } = take(
    stateOf(),
    append({ prev: place(9, 3), entries: entriesOf([3], 10), commitIndex: toIndex(9) }),
  );
  assert.equal(now, undefined);
  assert.deepEqual(promisedIn(wishes), [
    { kind: 'appendRefused', term: 3, prevIndex: 9, hint: place(3, 2) },
  ]);
  assert.deepEqual(appliedIn(wishes), []);
});

test('what became committed is applied once, in order, without a gap', () => {
  const log = logOfTerms(1, 1, 2, 2);
  assert.deepEqual(appliedIn(applyBetween(log, toIndex(1), toIndex(3))), [2, 3]);
  assert.deepEqual(applyBetween(log, toIndex(3), toIndex(3)), []);
  assert.deepEqual(applyBetween(log, toIndex(3), toIndex(1)), []);
});

test('a word on what is committed never reaches past our log, and never goes back', () => {
  const commit = (commitIndex: number) =>
    ({ kind: 'commit', term: three, commitIndex: toIndex(commitIndex) }) as const;
  const state = stateOf({ commitIndex: toIndex(1) });
  assert.equal(takeCommit(state, commit(2)).now?.commitIndex, 2);
  assert.equal(takeCommit(state, commit(9)).now?.commitIndex, 3);
  assert.deepEqual(takeCommit(state, commit(0)), {});
  assert.deepEqual(takeCommit(state, commit(1)), {});
});

test('a heartbeat is answered past a slow disk, unless our term itself is on its way there', () => {
  const message = { kind: 'heartbeat', term: three, commitIndex: toIndex(0), round: 5 } as const;
  const ack = [{ kind: 'heartbeatAck', term: 3, round: 5 }];
  const pledged = answerHeartbeat(stateOf(), { from: bravo, message }).wishes;
  assert.deepEqual([saidIn(pledged), promisedIn(pledged)], [ack, []]);

  const unpledged = stateOf({ durable: { term: toTerm(2), votedFor: null } });
  const waits = answerHeartbeat(unpledged, { from: bravo, message }).wishes;
  assert.deepEqual([saidIn(waits), promisedIn(waits)], [[], ack]);
});
