import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { logOfTerms, place } from '../rules/logs.ts';
import {
  alpha,
  bravo,
  carol,
  delta,
  echo,
  example,
  fiveVoters,
  from,
  nodeIn,
  nodeOf,
  promisedBy,
  said,
  sent,
  voteFrom,
  wishesOf,
  type Node,
} from './hear.ts';

const asks = (
  term: number,
  fields: { transfer?: boolean; last?: ReturnType<typeof place> } = {},
) => ({
  ...example.voteRequest(term),
  last: place(3, 2),
  ...fields,
});
const recording = { candidate: 'recording' };
const candidacies = ['candidate.recording', 'candidate.asking', 'candidate.sounding'] as const;
const asking = { candidate: 'asking' };
const isLeader = (node: Node): boolean => node.snapshot().matches({ role: 'leader' });

test('a vote is on disk before it is said, and both are one wish (Raft §5.2)', () => {
  const node = nodeOf();
  const wishes = node.hear(from(bravo, asks(3)));
  assert.deepEqual(wishes, [
    {
      type: 'persist',
      hardState: { term: 3, votedFor: bravo },
      entries: [],
      thenSend: [{ to: bravo, message: { kind: 'voteGranted', term: 3 } }],
    },
  ]);
});

test('a vote in a later term is wished for together with that term, and said behind both (Raft §5.2)', () => {
  const node = nodeOf();
  const wishes = node.hear(from(bravo, asks(8)));
  assert.deepEqual(sent(wishes), []);
  assert.deepEqual(
    wishesOf(wishes, 'persist').map(({ hardState, thenSend }) => [hardState, thenSend.length]),
    [
      [{ term: 8, votedFor: null }, 0],
      [{ term: 8, votedFor: bravo }, 1],
    ],
  );
});

test('of all who ask in one term, one gets the vote, and gets it again (Raft §5.2)', () => {
  const node = nodeOf();
  const answers = [bravo, carol, bravo].map(
    (who) => promisedBy(node.hear(from(who, asks(3))))[0]?.kind,
  );
  assert.deepEqual(answers, ['voteGranted', 'voteRefused', 'voteGranted']);
});

test('a later term alone earns no vote: the log decides (Raft §5.4.1)', () => {
  const verdict = (last: ReturnType<typeof place>) => {
    const node = nodeOf({ log: logOfTerms(1, 1, 1, 2, 2, 3, 3) });
    return promisedBy(node.hear(from(bravo, asks(9, { last })))).at(-1)?.kind;
  };
  assert.deepEqual([place(99, 2), place(6, 3), place(7, 3), place(1, 4)].map(verdict), [
    'voteRefused',
    'voteRefused',
    'voteGranted',
    'voteGranted',
  ]);
});

test('alone, a node asks again and again, but never raises its term or writes (dissertation §9.6)', () => {
  const node = nodeOf();
  const wishes = node.wait(20_000);
  assert.equal(node.role(), 'preCandidate');
  assert.deepEqual(node.context().hardState, { term: 3, votedFor: null });
  assert.deepEqual(wishesOf(wishes, 'persist'), []);
  const asked = sent(wishes).filter(({ message }) => message.kind === 'preVoteRequest');
  assert.equal(asked.length, sent(wishes).length);
  assert.ok(asked.length >= 2 * 18 && asked.length <= 2 * 41, `${asked.length} requests`);
});

test('how long it waits is drawn anew for every election, within the limits (Raft §5.2)', () => {
  const node = nodeIn('preCandidate');
  const waits = Array.from({ length: 30 }, () => {
    const { patienceMs } = node.context();
    assert.ok(patienceMs >= limits.electionTimeoutMsMin);
    assert.ok(patienceMs <= limits.electionTimeoutMsMax);
    assert.deepEqual(node.wait(patienceMs - 1), []);
    assert.equal(sent(node.wait(1)).length, 2, 'it asks at that very moment');
    return patienceMs;
  });
  assert.ok(new Set(waits).size > 20);
});

test('a follower loses patience between one and two election time-outs after its leader fell silent', () => {
  const waits = [1, 20_261_122, 0xdead_beef, 0x7fff_ffff].map((seed) => {
    const node = nodeIn('follower.heeding', { seed });
    let waitedMs = 0;
    for (; node.role() !== 'preCandidate'; waitedMs += 1) node.wait(1);
    return waitedMs;
  });
  for (const waitedMs of waits) {
    assert.ok(waitedMs >= limits.electionTimeoutMsMin && waitedMs <= limits.electionTimeoutMsMax);
  }
});

test('who hears its leader now and then never loses patience (Raft §5.2)', () => {
  const node = nodeOf();
  for (const kind of ['heartbeat', 'append', 'commit'] as const) {
    for (let beats = 0; beats < 20; beats += 1) {
      node.hear(from(bravo, example[kind](3)));
      node.wait(limits.electionTimeoutMsMin - 1);
      assert.deepEqual(node.role(), { follower: 'heeding' }, kind);
    }
  }
});

test('a voter gives the one it voted for a whole election time-out to win in (Raft §5.2)', () => {
  for (const way of ['follower.receptive', 'preCandidate'] as const) {
    for (const seed of [7, 0x4000_0000, 0xc000_0000, 20_261_122]) {
      for (const term of [3, 4]) {
        const node = nodeIn(way, { seed });
        node.hear(from(bravo, asks(term)));
        node.flush();
        assert.deepEqual(node.wait(limits.electionTimeoutMsMin - 1), [], `${way}, seed ${seed}`);
        assert.ok(node.snapshot().matches({ role: 'follower' }));
        node.wait(limits.electionTimeoutMsMax - limits.electionTimeoutMsMin + 1);
        assert.equal(node.role(), 'preCandidate', 'but no longer than that');
      }
    }
  }
});

test('a majority that would vote for it makes it stand: one write, and then the requests (§9.6, §5.2)', () => {
  const node = nodeIn('preCandidate');
  const wishes = node.hear(from(carol, example.preVoteGranted(3)));
  assert.deepEqual(node.role(), recording);
  const hardState = { term: 4, votedFor: alpha };
  assert.deepEqual(wishes, [{ type: 'persist', hardState, entries: [], thenSend: [] }]);
  const request = { kind: 'voteRequest', term: 4, last: place(3, 2), transfer: false };
  assert.deepEqual(node.flush(), [
    {
      type: 'send',
      envelopes: [
        { to: bravo, message: request },
        { to: carol, message: request },
      ],
    },
  ]);
  assert.deepEqual(node.role(), asking);
});

test('a pre-vote counts for the election it was asked for, also from a node in an older term (§9.6)', () => {
  const granted = (term: number, forTerm: number) =>
    from(bravo, { kind: 'preVoteGranted', term: toTerm(term), forTerm: toTerm(forTerm) });
  const late = nodeIn('preCandidate');
  late.hear(granted(3, 3), granted(3, 5), granted(2, 3));
  assert.equal(late.role(), 'preCandidate');
  late.hear(granted(1, 4));
  assert.deepEqual(late.role(), recording);
});

test('refused pre-votes take nothing away; one of a later term shows that we are left behind', () => {
  const node = nodeIn('preCandidate');
  node.hear(from(bravo, example.preVoteRefused(3)));
  assert.equal(node.role(), 'preCandidate');
  node.hear(from(carol, example.preVoteRefused(8)));
  assert.deepEqual(node.role(), { follower: 'recording' });
  assert.equal(node.term(), 8);
});

test('our own vote counts once it is on disk, and not before (Raft §5.2)', () => {
  const node = nodeIn('candidate.recording');
  node.hear(voteFrom(bravo, 4), voteFrom(carol, 4));
  assert.deepEqual(node.role(), recording);
  node.flush();
  assert.ok(isLeader(node));
});

test('a single voter leads once its own vote is on disk, and not before', () => {
  const node = nodeIn('preCandidate', { voters: [alpha] });
  assert.deepEqual(node.role(), recording);
  assert.deepEqual(node.promised(), []);
  node.wait(10);
  assert.deepEqual(node.role(), recording);
  node.flush();
  assert.ok(isLeader(node));
});

test('the write of an earlier candidacy, done late, is no vote in this one (Raft §5.2)', () => {
  const node = nodeIn('candidate.sounding');
  node.hear(from(bravo, example.preVoteGranted(4)));
  assert.deepEqual([node.role(), node.term()], [recording, 5]);
  node.hear({ type: 'disk.flushed', hardState: { term: toTerm(4), votedFor: alpha }, last: null });
  node.hear({ type: 'disk.flushed', hardState: { term: toTerm(5), votedFor: null }, last: null });
  node.hear(voteFrom(bravo, 5));
  assert.deepEqual(node.role(), recording);
  node.hear({ type: 'disk.flushed', hardState: { term: toTerm(5), votedFor: alpha }, last: null });
  assert.ok(isLeader(node));
});

test('one voter has one vote, however often it says so, and a stranger has none', () => {
  const node = nodeIn('candidate.asking', { voters: fiveVoters });
  node.hear(voteFrom(bravo, 4), voteFrom(bravo, 4), voteFrom('zeno' as typeof bravo, 4));
  assert.deepEqual(node.role(), asking);
  node.hear(from(carol, example.voteRefused(4)), from(delta, example.voteRefused(4)));
  assert.deepEqual(node.role(), asking, 'a refusal takes nothing away');
  node.hear(voteFrom(echo, 4));
  assert.ok(isLeader(node));
});

test('a candidate that gets no answer goes back to asking whether it should, in its term (§9.6)', () => {
  const node = nodeIn('candidate.asking');
  const wishes = node.wait(limits.electionTimeoutMsMax);
  assert.deepEqual([node.role(), node.term()], [{ candidate: 'sounding' }, 4]);
  assert.deepEqual(new Set(said(wishes).map(({ kind }) => kind)), new Set(['preVoteRequest']));
});

test('a candidate that hears of a leader of its own term follows it (Raft §5.2)', () => {
  for (const way of [...candidacies, 'preCandidate'] as const) {
    for (const kind of ['append', 'heartbeat', 'commit'] as const) {
      const node = nodeIn(way);
      const wishes = node.hear(from(bravo, example[kind](node.term())));
      assert.deepEqual(node.role(), { follower: 'heeding' });
      assert.equal(node.context().leader, bravo);
      assert.deepEqual(wishesOf(wishes, 'leaderChanged'), [
        { type: 'leaderChanged', leader: bravo },
      ]);
      if (kind === 'append') {
        assert.equal(promisedBy(wishes).at(-1)?.kind, 'appendAccepted', 'and takes its entries');
      }
    }
  }
});

test('who hears from a leader helps nobody to depose it, and does not take over terms (§4.2.3, §6.2)', () => {
  for (const way of ['follower.heeding', 'leader.established'] as const) {
    const node = nodeIn(way);
    const term = node.term();
    const fresh = { ...example.preVoteRequest(term), last: place(99, 99) };
    assert.deepEqual(said(node.hear(from(carol, fresh))), [
      { kind: 'preVoteRefused', term, forTerm: term + 1 },
    ]);
    assert.deepEqual(node.hear(from(carol, asks(term + 5, { last: place(99, 99) }))), []);
    assert.equal(node.term(), term);
  }
});

test('that protection ends one election time-out after the last word from the leader (§4.2.3)', () => {
  const node = nodeIn('follower.heeding');
  const preVote = from(carol, { ...example.preVoteRequest(3), last: place(3, 2) });
  node.wait(limits.electionTimeoutMsMin - 1);
  assert.equal(said(node.hear(preVote))[0]?.kind, 'preVoteRefused');
  node.wait(1);
  assert.equal(said(node.hear(preVote))[0]?.kind, 'preVoteGranted');
  assert.deepEqual(promisedBy(node.hear(from(carol, asks(5)))).at(-1), {
    kind: 'voteGranted',
    term: 5,
  });
});

test('whom the leader itself asked to stand gets the vote, of followers and leader alike (§3.10)', () => {
  for (const way of ['follower.heeding', 'leader.summoned'] as const) {
    const node = nodeIn(way);
    const term = node.term() + 1;
    const wishes = node.hear(from(bravo, asks(term, { transfer: true, last: place(99, 4) })));
    assert.deepEqual(promisedBy(wishes).at(-1), { kind: 'voteGranted', term });
    assert.deepEqual(node.context().hardState, { term, votedFor: bravo });
  }
});

test('whoever is told to stand does so at once, and says who told it (§3.10)', () => {
  for (const way of ['follower.receptive', 'follower.heeding', 'preCandidate'] as const) {
    const node = nodeIn(way);
    node.hear(from(bravo, example.timeoutNow(3)));
    assert.deepEqual([node.role(), node.term()], [recording, 4]);
    const requests = said(node.flush());
    assert.equal(requests.length, 2);
    for (const message of requests) assert.ok(message.kind === 'voteRequest' && message.transfer);
  }
});

test('who was told to stand and failed is protected no more when it stands again (§3.10)', () => {
  const node = nodeIn('follower.heeding');
  node.hear(from(bravo, example.timeoutNow(3)));
  node.flush();
  node.wait(limits.electionTimeoutMsMax);
  node.hear(from(bravo, example.preVoteGranted(4)));
  const [request] = said(node.flush());
  assert.ok(request?.kind === 'voteRequest' && !request.transfer);
});

test('a candidate and a pre-candidate answer pre-votes by what could win, changing nothing (§9.6)', () => {
  for (const way of [
    'follower.receptive',
    'follower.supporting',
    'preCandidate',
    'candidate.asking',
    'candidate.sounding',
  ] as const) {
    const node = nodeIn(way);
    const before = node.context();
    const ask = (last: ReturnType<typeof place>) =>
      said(node.hear(from(carol, { ...example.preVoteRequest(node.term()), last })))[0]?.kind;
    assert.equal(ask(place(3, 2)), 'preVoteGranted');
    assert.equal(ask(place(2, 2)), 'preVoteRefused');
    assert.equal(node.context(), before);
  }
});

test('a pre-candidate gives its vote of this term, and follows (Raft §5.2)', () => {
  const node = nodeIn('preCandidate');
  assert.deepEqual(promisedBy(node.hear(from(carol, asks(3)))), [{ kind: 'voteGranted', term: 3 }]);
  assert.deepEqual(node.role(), { follower: 'voting' });
});

test('a candidate has given its vote to itself (Raft §5.2)', () => {
  for (const way of candidacies) {
    const node = nodeIn(way);
    const rival = from(carol, asks(4, { last: place(99, 4) }));
    assert.deepEqual(promisedBy(node.hear(rival)), [{ kind: 'voteRefused', term: 4 }]);
    assert.equal(node.context().hardState.votedFor, alpha);
  }
});

test('losing patience with a leader is told once, and so is who comes next', () => {
  const node = nodeIn('follower.heeding');
  const changes = [
    ...node.wait(5_000),
    ...node.hear(from(carol, { ...example.heartbeat(3), commitIndex: toIndex(0) })),
  ];
  assert.deepEqual(
    wishesOf(changes, 'leaderChanged').map(({ leader }) => leader),
    [null, carol],
  );
});
