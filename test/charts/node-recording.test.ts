/** What a node does while its term or its vote is on the way to a slow disk, and just after. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { place } from '../rules/logs.ts';
import {
  accepted,
  ack,
  alpha,
  bravo,
  carol,
  delta,
  echo,
  example,
  fiveVoters,
  from,
  nodeIn,
  promisedBy,
  said,
  sent,
  voteFrom,
  wishesOf,
  type Node,
} from './hear.ts';

const { electionTimeoutMsMin, electionTimeoutMsMax } = limits;
const anHour = 3_600_000;

const isLeader = (node: Node): boolean => node.snapshot().matches({ role: 'leader' });
const recorded = (term: number, votedFor: typeof alpha | null) =>
  ({ type: 'disk.flushed', hardState: { term: toTerm(term), votedFor }, last: null }) as const;

/** How long it stays as it is, left to itself. */
function staysMs(node: Node): number {
  const before = node.role();
  let ms = 0;
  for (; JSON.stringify(node.role()) === JSON.stringify(before); ms += 1) {
    assert.ok(ms < 60_000, 'it would stay for ever');
    node.wait(1);
  }
  return ms;
}

test('however long its own vote takes, a candidate asks nobody before, and stands no second time (Raft §5.2)', () => {
  const node = nodeIn('candidate.recording');
  assert.deepEqual(node.wait(anHour), []);
  assert.deepEqual([node.role(), node.term()], [{ candidate: 'recording' }, 4]);
  node.hear(recorded(3, alpha), recorded(4, null), { ...recorded(4, null), hardState: null });
  assert.deepEqual(node.role(), { candidate: 'recording' }, 'that was another write');
  const wishes = node.hear(recorded(4, alpha));
  assert.deepEqual(node.role(), { candidate: 'asking' });
  assert.deepEqual(
    sent(wishes).map(({ to, message }) => [to, message.kind]),
    [
      [bravo, 'voteRequest'],
      [carol, 'voteRequest'],
    ],
  );
});

test('its patience begins with asking, and is longer by what its own vote took (Raft §5.6)', () => {
  const waits = [0, 600, 2_000, anHour].flatMap((recordingMs) =>
    [1, 20_261_122, 0xdead_beef].map((seed) => {
      const node = nodeIn('candidate.recording', { seed });
      node.wait(recordingMs);
      node.flush();
      const waitedMs = staysMs(node);
      assert.deepEqual(node.role(), { candidate: 'sounding' });
      const beyondMs = waitedMs - Math.min(recordingMs, limits.recordingMsMax);
      assert.ok(
        beyondMs >= electionTimeoutMsMin && beyondMs <= electionTimeoutMsMax,
        `${beyondMs}`,
      );
      return beyondMs;
    }),
  );
  assert.ok(new Set(waits).size >= 3, 'and it is drawn');
});

test('who gave up on a vote draws its patience without what the disk took then', () => {
  const node = nodeIn('candidate.recording');
  node.wait(2_000);
  node.flush();
  staysMs(node);
  for (let round = 0; round < 5; round += 1) {
    const { patienceMs } = node.context();
    assert.ok(patienceMs >= electionTimeoutMsMin && patienceMs <= electionTimeoutMsMax);
    assert.deepEqual(node.wait(patienceMs - 1), []);
    assert.deepEqual(
      new Set(said(node.wait(1)).map(({ kind }) => kind)),
      new Set(['preVoteRequest']),
    );
  }
  assert.equal(node.term(), 4);
});

test('that time is for one election alone, and so is the draw (Raft §5.2)', () => {
  const node = nodeIn('candidate.recording');
  node.wait(2_000);
  node.flush();
  const { patienceMs } = node.context();
  // Met while its term is being written, so that it does not wait for anybody in between.
  node.hear(from(bravo, example.heartbeat(5)), from(bravo, example.timeoutNow(5)));
  node.flush();
  assert.deepEqual([node.role(), node.term()], [{ candidate: 'asking' }, 6]);
  const waitedMs = staysMs(node);
  assert.ok(waitedMs >= electionTimeoutMsMin && waitedMs <= electionTimeoutMsMax);
  assert.notEqual(waitedMs, patienceMs - 2_000);
});

test('votes that come after its patience still elect it: their term is still its own (Raft §5.2)', () => {
  const node = nodeIn('candidate.sounding', { voters: fiveVoters });
  node.hear(voteFrom(bravo, 4), from(delta, example.preVoteGranted(4)));
  node.wait(2 * electionTimeoutMsMax);
  node.hear(voteFrom(bravo, 4), voteFrom(carol, 3));
  assert.deepEqual(node.role(), { candidate: 'sounding' });
  node.hear(voteFrom(echo, 4));
  assert.ok(isLeader(node));
  assert.equal(node.term(), 4);
});

test('votes and pre-votes are not added up (dissertation §9.6)', () => {
  const node = nodeIn('candidate.asking', { voters: fiveVoters });
  node.hear(voteFrom(bravo, 4));
  staysMs(node);
  node.hear(from(carol, example.preVoteGranted(4)));
  assert.deepEqual(node.role(), { candidate: 'sounding' });
  // A majority that is done with this election begins the next, with no vote in it yet.
  node.hear(from(delta, example.preVoteGranted(4)));
  assert.deepEqual([node.role(), node.term()], [{ candidate: 'recording' }, 5]);
  assert.equal(node.context().votes.size, 0);
  node.flush();
  node.hear(voteFrom(bravo, 5), voteFrom(carol, 4), voteFrom(delta, 4), voteFrom(echo, 4));
  assert.deepEqual(node.role(), { candidate: 'asking' });
});

test('a vote of a term in which its leader was deposed makes nobody lead again (dissertation §6.2)', () => {
  const node = nodeIn('leader.established', { voters: fiveVoters });
  node.wait(2 * electionTimeoutMsMin);
  assert.deepEqual(node.role(), { follower: 'receptive' });
  node.hear(voteFrom(echo, 4));
  staysMs(node);
  assert.equal(node.role(), 'preCandidate');
  node.hear(voteFrom(delta, 4), voteFrom(echo, 4), voteFrom(bravo, 4), voteFrom(carol, 4));
  assert.equal(node.role(), 'preCandidate');
});

test('a follower loses no patience while its term is being written, and all of it anew after', () => {
  const node = nodeIn('follower.recording');
  assert.deepEqual(node.wait(anHour), []);
  assert.deepEqual(node.role(), { follower: 'recording' });
  // A later term is met before the first is on disk.
  node.hear(from(carol, example.voteRefused(7)));
  node.hear(recorded(4, null));
  assert.deepEqual(node.role(), { follower: 'recording' });
  node.hear(recorded(7, null));
  assert.deepEqual(node.role(), { follower: 'receptive' });
  const { patienceMs } = node.context();
  assert.equal(staysMs(node), Math.max(1, patienceMs - electionTimeoutMsMin));
  assert.equal(node.role(), 'preCandidate');
});

test('a voter gives its winner time from when the vote is said, not from when it was asked (Raft §5.2)', () => {
  const node = nodeIn('follower.voting');
  assert.deepEqual(node.wait(anHour), []);
  assert.deepEqual(node.role(), { follower: 'voting' });
  node.hear(recorded(3, carol));
  assert.deepEqual(node.role(), { follower: 'voting' }, 'that was another vote');
  node.flush();
  assert.deepEqual(node.role(), { follower: 'supporting' });
  assert.equal(staysMs(node), electionTimeoutMsMin);
  assert.deepEqual(node.role(), { follower: 'receptive' });
});

test('who could not vote before its disk is done helps nobody to begin another election (§9.6)', () => {
  for (const way of ['follower.recording', 'follower.voting', 'candidate.recording'] as const) {
    const node = nodeIn(way);
    const term = node.term();
    const ask = () =>
      said(node.hear(from(carol, { ...example.preVoteRequest(term), last: place(99, term) })))[0];
    const before = node.context();
    assert.deepEqual(ask(), { kind: 'preVoteRefused', term, forTerm: term + 1 }, way);
    assert.equal(node.context(), before);
    node.flush();
    assert.equal(ask()?.kind, 'preVoteGranted', `${way}, once it is done`);
  }
});

test('the leader of that term ends the wait at once, and its term may still be on the way (Raft §5.2)', () => {
  for (const way of ['follower.recording', 'follower.voting', 'candidate.recording'] as const) {
    const node = nodeIn(way);
    const term = node.term();
    const wishes = node.hear(from(bravo, example.heartbeat(term)));
    assert.deepEqual(node.role(), { follower: 'heeding' });
    assert.deepEqual(said(wishes), []);
    assert.deepEqual(promisedBy(wishes), [{ kind: 'heartbeatAck', term, round: 1 }]);
    node.wait(electionTimeoutMsMin);
    assert.deepEqual(node.role(), { follower: 'recording' }, 'and it waits on if that one dies');
    node.flush();
    assert.deepEqual(node.role(), { follower: 'receptive' });
  }
});

test('whoever is told to stand while it writes its term stands in the next (§3.10)', () => {
  for (const way of ['follower.recording', 'follower.voting'] as const) {
    const node = nodeIn(way);
    const term = node.term();
    const wishes = node.hear(from(bravo, example.timeoutNow(term)));
    assert.deepEqual([node.role(), node.term()], [{ candidate: 'recording' }, term + 1]);
    assert.deepEqual(wishesOf(wishes, 'persist')[0]?.hardState, {
      term: term + 1,
      votedFor: alpha,
    });
    node.hear(recorded(term, null), recorded(term, bravo));
    assert.deepEqual(node.role(), { candidate: 'recording' });
  }
});

test('a follower that hears its leader never stands, however long its entries are on the way to disk', () => {
  const node = nodeIn('follower.heeding');
  const term = node.term();
  node.hear(from(bravo, { ...example.append(term), prev: place(3, 2) }));
  for (let beats = 0; beats < 100; beats += 1) {
    const wishes = [
      ...node.hear(from(bravo, example.heartbeat(term))),
      ...node.wait(electionTimeoutMsMin - 1),
    ];
    assert.deepEqual(
      said(wishes).map(({ kind }) => kind),
      ['heartbeatAck'],
      'and answers it: that says nothing about entries',
    );
    assert.deepEqual(node.role(), { follower: 'heeding' });
  }
});

test('a leader whose followers write slowly keeps its office by their heartbeats (dissertation §6.2)', () => {
  const node = nodeIn('leader.fresh');
  for (let counts = 0; counts < 20; counts += 1) {
    node.hear(ack(bravo, 4));
    node.wait(electionTimeoutMsMin);
    assert.ok(isLeader(node));
  }
});

test('a leader whose own disk is slow commits by those of its followers (dissertation §10.2.1)', () => {
  const node = nodeIn('leader.fresh');
  assert.equal(node.context().commitIndex, 0);
  node.hear(accepted(bravo, 4, 4), accepted(carol, 4, 4));
  assert.equal(node.context().commitIndex, 4);
  assert.equal(node.context().matched[alpha], undefined, 'its own copy is on the way');
});
