import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { MessageOf } from '../../machines/protocol/messages.ts';
import {
  adopt,
  answerPreVote,
  answerStale,
  ask,
  beSummoned,
  countPreVote,
  countVote,
  grantVote,
  hasWon,
  learnDurable,
  redrawPatience,
  refusePreVote,
  refuseVote,
  sound,
  stand,
  wouldGrant,
  wouldWin,
} from '../../machines/rules/standing.ts';
import { place } from './logs.ts';
import {
  after,
  alpha,
  bravo,
  carol,
  promisedIn,
  saidIn,
  stateOf,
  three,
  voters,
} from './states.ts';

const leaderGone = { type: 'leaderChanged', leader: null } as const;

const asks = (term: number, last = place(3, 2)): MessageOf<'voteRequest'> => ({
  kind: 'voteRequest',
  term: toTerm(term),
  last,
  transfer: false,
});
const flushed = (term: number, votedFor: typeof alpha | null) =>
  ({
    type: 'disk.flushed',
    nowMs: 0,
    last: null,
    hardState: { term: toTerm(term), votedFor },
  }) as const;

test('sounding raises no term and writes nothing (dissertation §9.6)', () => {
  const state = stateOf({ leader: bravo, summoned: true });
  const { now, wishes = [] } = sound(state);
  assert.deepEqual(after(state, { now: now ?? {} }).hardState, state.hardState);
  assert.deepEqual(now, { preVotes: new Set([alpha]), leader: null, summoned: false });
  assert.deepEqual(wishes[0], leaderGone);
  assert.deepEqual(
    wishes.map(({ type }) => type),
    ['leaderChanged', 'send'],
  );
  assert.deepEqual(saidIn(wishes)[0], { kind: 'preVoteRequest', term: 3, last: place(3, 2) });
  assert.equal(saidIn(wishes).length, voters.length - 1);
  assert.equal(sound(stateOf()).wishes?.length, 1, 'who knew no leader has lost none');
});

test('term and own vote become durable in one step, and nobody is asked in it (Raft §5.2)', () => {
  const { now, wishes } = stand(stateOf({ leader: bravo, votes: new Set([bravo, carol]) }), 70);
  assert.deepEqual(now, {
    hardState: { term: 4, votedFor: alpha },
    votes: new Set(),
    leader: null,
    stoodAtMs: 70,
  });
  const persist = {
    type: 'persist',
    hardState: now?.hardState,
    entries: [],
    thenSend: [],
  } as const;
  assert.deepEqual(wishes, [persist, leaderGone]);
  assert.deepEqual(stand(stateOf(), 70).wishes, [persist], 'who knew no leader has lost none');
});

test('once that is on disk it counts, and everybody is asked for theirs (Raft §5.2, §5.4.1)', () => {
  const hardState = { term: toTerm(4), votedFor: alpha };
  const { now, wishes } = ask(stateOf({ hardState, patienceMs: 600, votes: new Set([bravo]) }), 0);
  assert.deepEqual(now, { votes: new Set([bravo, alpha]), patienceMs: 600 });
  const request = { kind: 'voteRequest', term: 4, last: place(3, 2), transfer: false };
  const envelopes = voters.slice(1).map((to) => ({ to, message: request }));
  assert.deepEqual(wishes, [{ type: 'send', envelopes }]);
});

test('a candidate waits for votes as much longer as its own took to be on disk (Raft §5.6)', () => {
  const patienceMs = (stoodAtMs: number, nowMs: number) =>
    ask(stateOf({ patienceMs: 600, stoodAtMs }), nowMs).now?.patienceMs;
  assert.equal(patienceMs(10_000, 10_000), 600);
  assert.equal(patienceMs(10_000, 10_450), 1_050);
});

test('who was asked to stand by the leader says so, so that voters need not protect it (§3.10)', () => {
  const [request] = saidIn(ask(after(stateOf(), beSummoned()), 0).wishes);
  assert.ok(request?.kind === 'voteRequest' && request.transfer);
});

test('votes are counted by voter, once each, and only those of voters', () => {
  const counted = (count: typeof countVote, ...names: (typeof alpha)[]) =>
    names.reduce((state, from) => after(state, count(state, from)), stateOf());
  for (const [count, isEnough, isOther] of [
    [countVote, hasWon, wouldWin],
    [countPreVote, wouldWin, hasWon],
  ] as const) {
    assert.equal(isEnough(counted(count, bravo, bravo, bravo, alpha)), false);
    assert.equal(isEnough(counted(count, alpha, bravo, carol)), true);
    assert.equal(isEnough(counted(count, alpha, bravo, 'zeno' as typeof alpha)), false);
    assert.equal(isOther(counted(count, alpha, bravo, carol)), false, 'one is not the other');
  }
});

test('what was flushed is durable, and a flush of entries alone says nothing about a vote', () => {
  const state = stateOf();
  assert.deepEqual(learnDurable(state, flushed(4, bravo)), {
    now: { durable: { term: 4, votedFor: bravo } },
  });
  assert.deepEqual(learnDurable(state, { ...flushed(4, bravo), hardState: null }), {});
});

test('a vote needs our term, a vote to give and a log as fresh as ours (Raft §5.2, §5.4.1)', () => {
  const would = (state: Parameters<typeof wouldGrant>[0], message: MessageOf<'voteRequest'>) =>
    wouldGrant(state, { from: bravo, message });
  assert.equal(would(stateOf(), asks(3)), true);
  assert.equal(would(stateOf(), asks(3, place(2, 2))), false);
  assert.equal(would(stateOf(), asks(3, place(99, 1))), false);
  assert.equal(would(stateOf(), asks(4)), false, 'the term is settled first');
  assert.equal(would(stateOf(), asks(2)), false);
  const gave = (to: typeof alpha) => stateOf({ hardState: { term: three, votedFor: to } });
  assert.equal(would(gave(bravo), asks(3)), true, 'the answer may have been lost');
  assert.equal(would(gave(carol), asks(3)), false);
});

test('a vote is said by the write that makes it durable (Raft §5.2)', () => {
  assert.deepEqual(grantVote(stateOf(), { from: bravo, message: asks(3) }), {
    now: { hardState: { term: 3, votedFor: bravo } },
    wishes: [
      {
        type: 'persist',
        hardState: { term: 3, votedFor: bravo },
        entries: [],
        thenSend: [{ to: bravo, message: { kind: 'voteGranted', term: 3 } }],
      },
    ],
  });
});

test('a refused vote vouches for our term, so it waits for the disk and changes nothing', () => {
  const { now, wishes } = refuseVote(stateOf(), bravo);
  assert.equal(now, undefined);
  assert.deepEqual(promisedIn(wishes), [{ kind: 'voteRefused', term: 3 }]);
});

test('a pre-vote is answered by whether it could win, and changes nothing (dissertation §9.6)', () => {
  const state = stateOf({ hardState: { term: three, votedFor: carol } });
  const answer = (term: number, last: ReturnType<typeof place>) => {
    const message = { kind: 'preVoteRequest', term: toTerm(term), last } as const;
    const { now, wishes } = answerPreVote(state, { from: bravo, message });
    assert.equal(now, undefined);
    return saidIn(wishes)[0];
  };
  assert.deepEqual(answer(3, place(3, 2)), { kind: 'preVoteGranted', term: 3, forTerm: 4 });
  assert.deepEqual(answer(9, place(3, 2)), { kind: 'preVoteGranted', term: 3, forTerm: 10 });
  assert.deepEqual(answer(3, place(9, 1)), { kind: 'preVoteRefused', term: 3, forTerm: 4 });
  assert.deepEqual(answer(2, place(9, 2)), { kind: 'preVoteRefused', term: 3, forTerm: 3 });
});

test('who hears from a leader refuses every pre-vote, and says in which term it is (§4.2.3)', () => {
  const message = { kind: 'preVoteRequest', term: toTerm(9), last: place(99, 9) } as const;
  const { now, wishes } = refusePreVote(stateOf(), { from: bravo, message });
  assert.equal(now, undefined);
  assert.deepEqual(saidIn(wishes), [{ kind: 'preVoteRefused', term: 3, forTerm: 10 }]);
});

test('a later term is written before anything is said in it, and forgets leader and vote (§5.1)', () => {
  const state = stateOf({ hardState: { term: three, votedFor: carol }, leader: bravo });
  assert.deepEqual(adopt(state, asks(5)), {
    now: { hardState: { term: 5, votedFor: null }, leader: null },
    wishes: [
      { type: 'persist', hardState: { term: 5, votedFor: null }, entries: [], thenSend: [] },
      leaderGone,
    ],
  });
  assert.equal(adopt(stateOf(), asks(5)).wishes?.length, 1, 'no leader was known');
});

test('whoever asks in an older term is told of ours, once that is on disk (Raft §5.1)', () => {
  const term = toTerm(2);
  const told = (message: Parameters<typeof answerStale>[1]['message']) => {
    const { now, wishes } = answerStale(stateOf(), { from: bravo, message });
    assert.equal(now, undefined);
    assert.deepEqual(saidIn(wishes), []);
    return promisedIn(wishes);
  };
  assert.deepEqual(told(asks(2)), [{ kind: 'voteRefused', term: 3 }]);
  assert.deepEqual(told({ kind: 'heartbeat', term, commitIndex: toIndex(9), round: 7 }), [
    { kind: 'heartbeatAck', term: 3, round: 7 },
  ]);
  assert.deepEqual(
    told({ kind: 'append', term, prev: place(2, 1), entries: [], commitIndex: toIndex(9) }),
    [{ kind: 'appendRefused', term: 3, prevIndex: 2, hint: place(3, 2) }],
  );
  assert.deepEqual(told({ kind: 'voteGranted', term }), []);
  assert.deepEqual(told({ kind: 'appendAccepted', term, matchIndex: toIndex(9) }), []);
});

test('patience is drawn anew from where chance was left (Raft §5.2)', () => {
  let state = stateOf();
  const drawn = new Set<number>();
  for (let election = 0; election < 50; election += 1) {
    state = after(state, redrawPatience(state));
    assert.ok(state.patienceMs >= limits.electionTimeoutMsMin);
    assert.ok(state.patienceMs <= limits.electionTimeoutMsMax);
    drawn.add(state.patienceMs);
  }
  assert.ok(drawn.size > 40);
});
