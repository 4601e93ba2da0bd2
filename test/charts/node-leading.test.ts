import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { peerActorId } from '../../machines/node-actions.ts';
import { entriesOf, logOfTerms, place, termsIn } from '../rules/logs.ts';
import {
  accepted,
  ack,
  alpha,
  appliedBy,
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
  proposalsNamed,
  said,
  sent,
  voteFrom,
  waysTo,
  wishesOf,
  type Node,
} from './hear.ts';

const proposes = (...names: string[]) =>
  ({ type: 'client.proposes', proposals: proposalsNamed(...names) }) as const;
const flushedAt = (index: number, term: number) =>
  ({ type: 'disk.flushed', hardState: null, last: place(index, term) }) as const;
const isLeader = (node: Node): boolean => node.snapshot().matches({ role: 'leader' });

/** The appends of these wishes, as who gets how many entries behind which place. */
const appends = (wishes: Parameters<typeof sent>[0]) =>
  sent(wishes).flatMap(({ to, message }) =>
    message.kind === 'append'
      ? [{ to, after: message.prev.index, count: message.entries.length }]
      : [],
  );

test('the first act of a leader is an entry of its own term, shown to all before it is on disk (§5.4.2, §8)', () => {
  const node = nodeIn('candidate.asking');
  const wishes = node.hear(voteFrom(bravo, 4));
  assert.ok(isLeader(node));
  const [persist] = wishesOf(wishes, 'persist');
  assert.deepEqual(
    persist?.entries.map(({ index, term, kind }) => [index, term, kind]),
    [[4, 4, 'noop']],
  );
  assert.deepEqual(
    appends(wishes).map(({ to }) => to),
    [bravo, carol],
  );
  assert.deepEqual(
    said(wishes).filter(({ kind }) => kind === 'heartbeat').length,
    2,
    'and everybody hears at once who leads',
  );
  assert.deepEqual(wishesOf(wishes, 'leaderChanged'), [{ type: 'leaderChanged', leader: alpha }]);
});

test('an entry of an earlier term is not committed by counting copies (Raft §5.4.2, figure 8)', () => {
  // Figure 8 (c): the leader of term 4 copies what it holds of term 2.
  const node = nodeOf({ voters: fiveVoters, log: logOfTerms(1, 2) });
  waysTo['leader.fresh'](node);
  node.flush();
  for (const who of [bravo, carol, delta, echo]) {
    assert.deepEqual(appliedBy(node.hear(accepted(who, 4, 2))), []);
  }
  assert.equal(node.context().commitIndex, 0);
  // Figure 8 (e): an entry of its own takes the older ones with it.
  node.hear(accepted(bravo, 4, 3));
  assert.deepEqual(appliedBy(node.hear(accepted(carol, 4, 3))), [1, 2, 3]);
});

test('a majority of copies commits, applies at once, and tells those that hold it (Raft §5.3)', () => {
  const node = nodeIn('leader.established', { voters: fiveVoters });
  node.hear(proposes('p'));
  node.flush();
  node.hear(accepted(bravo, 4, 5));
  const wishes = node.hear(accepted(carol, 4, 5));
  assert.deepEqual(appliedBy(wishes), [5]);
  // Soon, or with the next append if that comes sooner; and only to those that hold it.
  assert.deepEqual(sent(wishes), []);
  assert.deepEqual(
    sent(node.wait(limits.commitNoticeDelayMs)).map(({ to, message }) => [to, message.kind]),
    [
      [bravo, 'commit'],
      [carol, 'commit'],
    ],
  );
});

test('a follower whose clients wait is told at once that their proposals are committed', () => {
  const node = nodeIn('leader.established');
  node.hear(from(carol, example.forward(4)));
  node.flush();
  const commits = sent(node.hear(accepted(carol, 4, 5))).map(({ to, message }) => [
    to,
    message.kind,
  ]);
  assert.deepEqual(commits, [[carol, 'commit']]);
});

test('a leader counts its own copy once it is flushed, and not before (Raft §5.3)', () => {
  const node = nodeIn('leader.established');
  node.hear(proposes('p'));
  node.hear(accepted(bravo, 4, 5));
  assert.equal(node.context().commitIndex, 4);
  assert.deepEqual(appliedBy(node.flush()), [5]);

  const slow = nodeIn('leader.established');
  slow.hear(proposes('p'), accepted(bravo, 4, 5));
  const others = appliedBy(slow.hear(accepted(carol, 4, 5)));
  assert.deepEqual(others, [5], 'but two others will do without it');

  const five = nodeIn('leader.established', { voters: fiveVoters });
  five.hear(proposes('p'), accepted(bravo, 4, 5));
  assert.equal(five.context().commitIndex, 4);
  five.flush();
  assert.equal(five.context().commitIndex, 4, 'two of five');
  assert.deepEqual(appliedBy(five.hear(accepted(carol, 4, 5))), [5]);
});

test('a leader on its own answers nothing before the flush', () => {
  const node = nodeIn('leader.fresh', { voters: [alpha] });
  assert.equal(node.context().commitIndex, 0);
  assert.deepEqual(appliedBy(node.flush()), [1, 2, 3, 4]);
  node.applied('Running');
  assert.deepEqual(appliedBy(node.hear(proposes('p'))), []);
  assert.deepEqual(appliedBy(node.flush()), [5]);
});

test('a write done late, of entries that were replaced since, is no copy of ours (ABA)', () => {
  const node = nodeIn('leader.fresh', { voters: fiveVoters });
  // Entry 4 of our term 4 is being written while two other leaders replace it.
  node.hear(from(bravo, { ...example.append(5), entries: entriesOf([5], 4) }));
  node.hear(from(carol, { ...example.append(6), entries: entriesOf([6, 6], 4) }));
  assert.deepEqual(termsIn(node.context().log), [1, 1, 2, 6, 6]);
  // Then we lead again, in term 7.
  node.hear({ type: 'disk.flushed', hardState: { term: toTerm(6), votedFor: null }, last: null });
  node.wait(limits.electionTimeoutMsMin);
  waysTo.preCandidate(node);
  for (const voter of [bravo, carol]) node.hear(from(voter, example.preVoteGranted(6)));
  node.hear({ type: 'disk.flushed', hardState: { term: toTerm(7), votedFor: alpha }, last: null });
  for (const voter of [bravo, carol]) node.hear(voteFrom(voter, 7));
  assert.ok(isLeader(node));
  assert.deepEqual(termsIn(node.context().log), [1, 1, 2, 6, 6, 7]);

  // One more copy would commit; what completes now was written in terms 4, 5 and 6.
  node.hear(accepted(bravo, 7, 6), accepted(carol, 7, 3));
  node.hear(flushedAt(4, 4), flushedAt(4, 5), flushedAt(6, 6));
  assert.deepEqual(node.context().matched, { bravo: 6, carol: 3 });
  node.hear(flushedAt(5, 6));
  assert.deepEqual(node.context().matched, { alpha: 5, bravo: 6, carol: 3 });
  assert.equal(node.context().commitIndex, 0);
  node.hear(flushedAt(6, 7), accepted(carol, 7, 6));
  assert.equal(node.context().commitIndex, 6);
});

test('the completions of older terms count for nothing, that of our own for all below it (ABA)', () => {
  const node = nodeIn('leader.fresh', { voters: fiveVoters });
  node.hear(accepted(bravo, 4, 4), accepted(carol, 4, 3));
  node.hear(flushedAt(4, 2), flushedAt(5, 4), flushedAt(4, 3));
  assert.deepEqual(node.context().matched, { bravo: 4, carol: 3 });
  node.hear(flushedAt(4, 4));
  assert.deepEqual(node.context().matched, { alpha: 4, bravo: 4, carol: 3 });
});

test('a write that completes after the office was lost counts for nothing (Raft §5.3)', () => {
  const node = nodeIn('leader.established', { voters: fiveVoters });
  node.hear(proposes('p'), accepted(bravo, 4, 5), accepted(carol, 4, 4));
  node.hear(from(delta, example.heartbeat(5)));
  const wishes = node.hear(flushedAt(5, 4), accepted(carol, 4, 5), accepted(echo, 4, 5));
  assert.deepEqual(appliedBy(wishes), []);
  assert.equal(node.context().commitIndex, 4);
});

test('acknowledgements of an earlier office count for nothing in the next', () => {
  const node = nodeIn('leader.established', { voters: fiveVoters });
  node.hear(proposes('p'), accepted(bravo, 4, 5), accepted(carol, 4, 5));
  node.hear(from(bravo, example.heartbeat(5)));
  node.flush();
  node.wait(limits.electionTimeoutMsMin);
  waysTo.preCandidate(node);
  for (const voter of [bravo, carol]) node.hear(from(voter, example.preVoteGranted(5)));
  node.flush();
  for (const voter of [bravo, carol]) node.hear(voteFrom(voter, 6));
  assert.ok(isLeader(node));
  assert.deepEqual(node.context().matched, {});
  node.hear(accepted(bravo, 4, 6), accepted(carol, 4, 6), accepted(delta, 4, 6));
  assert.deepEqual(node.context().matched, {});
});

test('it says that it leads at every heartbeat interval, without a pause', () => {
  const node = nodeIn('leader.established');
  for (let beats = 0; beats < 4; beats += 1) {
    const wishes = [
      ...node.wait(limits.heartbeatIntervalMs - 1),
      ...node.hear(ack(bravo, 4), accepted(carol, 4, 4)),
      ...node.wait(1),
    ];
    const heartbeats = sent(wishes).filter(({ message }) => message.kind === 'heartbeat');
    assert.deepEqual(
      heartbeats.map(({ to }) => to),
      [bravo, carol],
    );
  }
});

test('a leader that no majority answers steps down within two election time-outs (dissertation §6.2)', () => {
  const node = nodeIn('leader.established');
  const wishes = node.wait(2 * limits.electionTimeoutMsMin);
  assert.ok(!isLeader(node));
  assert.equal(node.context().leader, null);
  assert.deepEqual(wishesOf(wishes, 'leaderChanged'), [{ type: 'leaderChanged', leader: null }]);
  assert.equal(node.term(), 4, 'in the term that it led');
});

test('one follower of two that answers keeps its leader in office, by whatever it answers (§6.2)', () => {
  const answers = [ack(bravo, 4), accepted(bravo, 4, 4), from(bravo, example.appendRefused(4))];
  for (const answer of answers) {
    const node = nodeIn('leader.established');
    for (let times = 0; times < 20; times += 1) {
      node.wait(limits.electionTimeoutMsMin - 50);
      node.hear(answer);
    }
    assert.ok(isLeader(node), answer.type);
  }
});

test('old answers, and those of strangers, keep nobody in office (dissertation §6.2)', () => {
  const node = nodeIn('leader.established');
  node.wait(limits.electionTimeoutMsMin - 1);
  node.wait(2);
  for (let times = 0; times < 10; times += 1) {
    node.hear(ack(bravo, 3), accepted(carol, 3, 3), from(carol, example.voteGranted(4)));
    node.wait(limits.electionTimeoutMsMin / 5);
  }
  assert.ok(!isLeader(node));
});

test('two followers of five are no majority with their leader if they are one and the same', () => {
  const node = nodeIn('leader.established', { voters: fiveVoters });
  node.wait(limits.electionTimeoutMsMin);
  for (let times = 0; times < 10; times += 1) {
    node.hear(ack(bravo, 4), ack(bravo, 4));
    node.wait(limits.electionTimeoutMsMin / 5);
  }
  assert.ok(!isLeader(node));
});

test('a leader has an actor for each peer while it leads, and a new one in each term', () => {
  const node = nodeIn('leader.established');
  const peers = () => Object.keys(node.snapshot().children);
  const members = [bravo, carol].map((peer) => peerActorId(alpha, peer));
  const first = node.snapshot().children[peerActorId(alpha, bravo)];
  assert.deepEqual(peers(), members);
  node.hear(from(bravo, example.heartbeat(5)));
  assert.deepEqual(peers(), []);
  node.flush();
  node.wait(limits.electionTimeoutMsMin);
  waysTo.preCandidate(node);
  node.hear(from(bravo, example.preVoteGranted(5)));
  node.flush();
  node.hear(voteFrom(bravo, 6));
  assert.deepEqual(peers(), members);
  assert.notEqual(node.snapshot().children[peerActorId(alpha, bravo)], first);
});

test('whoever has been deposed says nothing more as a leader', () => {
  const node = nodeIn('leader.established');
  node.hear(from(bravo, example.heartbeat(5)));
  const wishes = [
    ...node.hear(accepted(carol, 5, 4), ack(carol, 5)),
    ...node.wait(limits.electionTimeoutMsMin - 1),
  ];
  assert.deepEqual(
    said(wishes).filter(({ kind }) => ['append', 'heartbeat', 'commit'].includes(kind)),
    [],
  );
});

test('a refusal of an append brings nobody nearer to a commit, and the search one term back (§5.3)', () => {
  const node = nodeIn('leader.fresh', { log: logOfTerms(1, 1, 2, 2) });
  const wishes = node.hear(
    from(bravo, {
      kind: 'appendRefused',
      term: toTerm(4),
      prevIndex: toIndex(4),
      hint: place(3, 1),
    }),
  );
  assert.deepEqual(node.context().matched, {});
  assert.deepEqual(appends(wishes), [{ to: bravo, after: 2, count: 3 }]);
});

test('a peer whose link is back is asked again, and one that is nobody of ours is none', () => {
  const node = nodeIn('leader.fresh');
  assert.deepEqual(
    appends(node.hear({ type: 'link.opened', peer: bravo })).map(({ to }) => to),
    [bravo],
  );
  assert.deepEqual(node.hear({ type: 'link.opened', peer: 'zeno' as typeof bravo }), []);
  assert.deepEqual(node.hear({ type: 'link.lost', peer: 'zeno' as typeof bravo }), []);
});

test('a leader promises nothing about its disk but its own vote and term', () => {
  const node = nodeIn('leader.established');
  assert.deepEqual(promisedBy(node.hear(proposes('p'))), []);
  assert.deepEqual(promisedBy(node.hear(from(carol, example.voteRequest(4)))), [
    { kind: 'voteRefused', term: 4 },
  ]);
});
