import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import {
  accepted,
  ack,
  alpha,
  bravo,
  carol,
  example,
  fiveVoters,
  from,
  nodeIn,
  nodeOf,
  proposalsNamed,
  said,
  sent,
  wishesOf,
  type Node,
} from './hear.ts';

const reads = (readId: number) => ({ type: 'client.reads', readId }) as const;
const readyIn = (wishes: Parameters<typeof sent>[0]) =>
  wishesOf(wishes, 'readReady').map(({ readId, index }) => [readId, Number(index)]);
const failedIn = (wishes: Parameters<typeof sent>[0]) =>
  wishesOf(wishes, 'readFailed').map(({ readId }) => readId);
const roundOf = (node: Node): number => node.context().reads.round;

test('a read is let go once a majority has answered a round begun after it came (dissertation §6.4)', () => {
  const node = nodeIn('leader.established');
  const wishes = node.hear(reads(1));
  assert.deepEqual(
    said(wishes).map((message) => (message.kind === 'heartbeat' ? message.round : message.kind)),
    [1, 1],
    'the round is asked for at once',
  );
  assert.deepEqual(readyIn(node.hear(ack(bravo, 4, 1))), [[1, 4]]);
});

test('answers to earlier rounds say nothing about later reads (dissertation §6.4)', () => {
  const node = nodeIn('leader.established', { voters: fiveVoters });
  node.hear(reads(1), ack(bravo, 4, 1));
  // It comes while the first round is out, so it needs the next.
  assert.deepEqual(readyIn(node.hear(reads(2))), []);
  assert.deepEqual(readyIn(node.hear(ack(carol, 4, 1))), [[1, 4]]);
  assert.equal(roundOf(node), 2);
  assert.deepEqual(readyIn(node.hear(ack(bravo, 4, 1), ack(carol, 4, 1))), []);
  assert.deepEqual(readyIn(node.hear(ack(bravo, 4, 2), ack(bravo, 4, 2))), []);
  assert.deepEqual(readyIn(node.hear(ack(carol, 4, 2))), [[2, 4]]);
});

test('a lost heartbeat costs a round one interval: each pulse repeats it', () => {
  const node = nodeIn('leader.confirming');
  const rounds = said(node.wait(limits.heartbeatIntervalMs)).flatMap((message) =>
    message.kind === 'heartbeat' ? [message.round] : [],
  );
  assert.deepEqual(rounds, [1, 1]);
  assert.deepEqual(readyIn(node.hear(ack(carol, 4, 1))), [[1, 4]]);
});

test('a read is safe at the commit index of its round, not at a later one it need not wait for', () => {
  const node = nodeIn('leader.confirming');
  node.hear({ type: 'client.proposes', proposals: proposalsNamed('p') });
  node.flush();
  node.hear(accepted(bravo, 4, 5));
  assert.equal(node.context().commitIndex, 5);
  assert.deepEqual(readyIn(node.hear(ack(bravo, 4, 1))), [[1, 4]]);
});

test('a new leader lets no read go before an entry of its own term is applied (Raft §8)', () => {
  const node = nodeIn('leader.fresh');
  node.flush();
  const early = [
    ...node.hear(reads(1), from(carol, example.readIndexRequest(4))),
    ...node.hear(ack(bravo, 4, 0), ack(carol, 4, 0), ack(bravo, 4, 1), ack(carol, 4, 1)),
    ...node.hear(accepted(bravo, 4, 4)),
    ...node.hear({ type: 'log.applied', through: toIndex(3), lifecycle: 'Running' }),
    ...node.hear(ack(bravo, 4, 1), ack(carol, 4, 1)),
  ];
  assert.deepEqual(readyIn(early), []);
  assert.equal(roundOf(node), 0, 'not even a round is begun');

  node.hear({ type: 'log.applied', through: toIndex(4), lifecycle: 'Running' });
  const wishes = node.hear(ack(bravo, 4, 1));
  assert.deepEqual(readyIn(wishes), [[1, 4]]);
  assert.deepEqual(
    sent(wishes).filter(({ message }) => message.kind === 'readIndexGranted'),
    [{ to: carol, message: { kind: 'readIndexGranted', term: 4, readId: 7, index: 4 } }],
  );
});

test('a single voter confirms itself', () => {
  const node = nodeIn('leader.established', { voters: [alpha] });
  node.flush();
  node.applied('Running');
  assert.deepEqual(readyIn(node.hear(reads(1))), [[1, 4]]);
  assert.deepEqual(readyIn(node.hear(reads(2))), [[2, 4]]);
});

test('a leader that steps down turns every reader away, its own and those of others (§6.4)', () => {
  const endings: ((node: Node) => ReturnType<Node['hear']>)[] = [
    (node) => node.hear(from(bravo, example.heartbeat(9))),
    (node) => node.wait(2 * limits.electionTimeoutMsMin),
    (node) => node.hear({ type: 'disk.failed', reason: 'EIO' }),
  ];
  for (const end of endings) {
    const node = nodeIn('leader.confirming');
    node.hear(reads(2), from(carol, example.readIndexRequest(4)));
    const wishes = end(node);
    assert.deepEqual(failedIn(wishes), [1, 2]);
    assert.deepEqual(
      said(wishes).filter(({ kind }) => kind === 'readIndexRefused'),
      [{ kind: 'readIndexRefused', term: 4, readId: 7 }],
    );
    assert.deepEqual(readyIn(node.hear(ack(bravo, 4, 1), ack(carol, 4, 1))), []);
  }
});

test('an isolated leader lets no read go, however long it still believes to lead (§6.4)', () => {
  const node = nodeIn('leader.established');
  const wishes = [...node.hear(reads(1)), ...node.wait(5_000)];
  assert.deepEqual(readyIn(wishes), []);
  assert.deepEqual(failedIn(wishes), [1]);
});

test('a follower asks its leader, and reads at no index but one of its own term (§6.4)', () => {
  const node = nodeIn('follower.heeding');
  assert.deepEqual(sent(node.hear(reads(5))), [
    { to: bravo, message: { kind: 'readIndexRequest', term: 3, readId: 5 } },
  ]);
  assert.deepEqual(readyIn(node.hear(from(bravo, example.readIndexGranted(3)))), [[7, 3]]);

  node.hear(from(carol, example.heartbeat(4)));
  const late = node.hear(from(bravo, example.readIndexGranted(3)));
  assert.deepEqual([readyIn(late), failedIn(late)], [[], [7]], 'an ex-leader vouches for nothing');
  const early = node.hear(from(bravo, example.readIndexGranted(5)));
  assert.deepEqual([readyIn(early), failedIn(early)], [[], [7]]);
});

test('with no leader to ask, and after a refusal, the reader is told to ask again', () => {
  for (const way of ['follower.receptive', 'preCandidate', 'candidate.asking'] as const) {
    const node = nodeIn(way);
    assert.deepEqual(node.hear(reads(5)), [{ type: 'readFailed', readId: 5 }]);
  }
  const node = nodeIn('follower.heeding');
  assert.deepEqual(failedIn(node.hear(from(bravo, example.readIndexRefused(3)))), [7]);
});

test('who does not lead turns away whoever asks it where to read', () => {
  for (const way of ['follower.heeding', 'preCandidate', 'candidate.asking'] as const) {
    const node = nodeIn(way);
    assert.deepEqual(sent(node.hear(from(carol, example.readIndexRequest(9)))), [
      { to: carol, message: { kind: 'readIndexRefused', term: node.term(), readId: 7 } },
    ]);
  }
});

test('the same question, repeated, is answered again and does no harm', () => {
  const node = nodeIn('leader.established');
  const asked = from(carol, example.readIndexRequest(4));
  node.hear(asked, asked);
  const answers = [...node.hear(ack(bravo, 4, 1)), ...node.hear(ack(bravo, 4, 2))];
  assert.equal(said(answers).filter(({ kind }) => kind === 'readIndexGranted').length, 2);
});

test('no leader trusts a round that it has not begun', () => {
  const node = nodeOf();
  node.hear(from(bravo, { ...example.heartbeatAck(3), term: toTerm(3), round: 99 }));
  const leader = nodeIn('leader.established');
  leader.hear(ack(bravo, 4, 99), ack(carol, 4, 99));
  assert.deepEqual(readyIn(leader.hear(reads(1))), []);
});
