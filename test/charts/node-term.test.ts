import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { ConsensusMessage } from '../../machines/protocol/messages.ts';
import { toTerm } from '../../machines/protocol/ids.ts';
import { place } from '../rules/logs.ts';
import {
  bravo,
  carol,
  delta,
  example,
  fiveVoters,
  from,
  messageKinds,
  nodeIn,
  nodeOf,
  promisedBy,
  said,
  sent,
  voteFrom,
  ways,
  wishesOf,
  type Node,
} from './hear.ts';

/** They ask for something or end a question of ours, whatever the term: the term proves nothing about them. */
const pastTheGate: readonly ConsensusMessage['kind'][] = [
  'preVoteRequest',
  'forward',
  'forwardRefused',
  'readIndexRequest',
  'readIndexGranted',
  'readIndexRefused',
];
const gated = messageKinds.filter((kind) => !pastTheGate.includes(kind));
const roles = ways.filter((way) => way !== 'silent');

/** All that a node knows and where it stands. */
const everything = (node: Node) => ({ value: node.snapshot().value, context: node.context() });

/** Whom the term of a message can be answered to. */
const answered: Partial<Record<ConsensusMessage['kind'], ConsensusMessage['kind']>> = {
  voteRequest: 'voteRefused',
  heartbeat: 'heartbeatAck',
  append: 'appendRefused',
};

for (const way of roles) {
  test(`${way}: a message of any earlier term changes nothing, and a request learns our term (Raft §5.1)`, () => {
    for (const kind of gated) {
      const node = nodeIn(way);
      const before = everything(node);
      for (let term = 0; term < node.term(); term += 1) {
        const wishes = node.hear(from(carol, example[kind](term)));
        assert.deepEqual(everything(node), before, `${kind} of term ${term}`);
        assert.deepEqual(sent(wishes), [], 'the term it vouches for may not be on disk yet');
        assert.deepEqual(
          promisedBy(wishes).map((message) => [message.kind, message.term]),
          answered[kind] === undefined ? [] : [[answered[kind], node.term()]],
        );
      }
    }
  });

  test(`${way}: a later term is adopted durably, the vote goes, and the role with it (Raft §5.1)`, () => {
    for (const kind of gated) {
      const node = nodeIn(way);
      const newer = toTerm(node.term() + 4);
      const isIntrusion =
        kind === 'voteRequest' && (way === 'follower.heeding' || way.startsWith('leader'));
      // A log that is behind, so that no vote is given right away.
      const message =
        kind === 'voteRequest'
          ? { ...example.voteRequest(newer), last: place(1, 1) }
          : example[kind](newer);
      const before = everything(node);
      const wishes = node.hear(from(carol, message));
      if (isIntrusion) {
        assert.deepEqual(everything(node), before);
        assert.deepEqual(wishes, []);
        continue;
      }
      // Being told to stand in that term leads on to the next.
      if (kind === 'timeoutNow') {
        assert.deepEqual(node.role(), { candidate: 'recording' });
        assert.equal(node.term(), newer + 1);
        continue;
      }
      assert.deepEqual(node.context().hardState, { term: newer, votedFor: null }, kind);
      assert.ok(node.snapshot().matches({ role: 'follower' }));
      const [persist] = wishesOf(wishes, 'persist');
      assert.deepEqual(persist?.hardState, { term: newer, votedFor: null });
      const aloud = sent(wishes).filter(({ message: one }) => one.term === newer);
      assert.deepEqual(aloud, [], 'nothing is said in a term that is not on disk');
    }
  });
}

test('a question or its end never raises our term, whatever term it names (dissertation §9.6)', () => {
  for (const way of roles) {
    for (const kind of pastTheGate) {
      const node = nodeIn(way);
      const { hardState } = node.context();
      node.hear(from(carol, example[kind](99)));
      assert.deepEqual(node.context().hardState, hardState, `${way}: ${kind}`);
    }
  }
});

test('the vote of a term is kept by all that happens in that term, and goes with it (Raft §5.1)', () => {
  const node = nodeIn('candidate.recording');
  assert.deepEqual(node.context().hardState, { term: 4, votedFor: 'alpha' });
  node.hear(from(bravo, example.append(4)));
  assert.deepEqual(node.role(), { follower: 'heeding' });
  assert.deepEqual(node.context().hardState, { term: 4, votedFor: 'alpha' });

  // As fresh as can be, but our vote of this term is given.
  const rival = { ...example.voteRequest(4), last: place(99, 4) };
  assert.deepEqual(promisedBy(node.hear(from(carol, rival))), [{ kind: 'voteRefused', term: 4 }]);
  node.wait(500);
  assert.deepEqual(promisedBy(node.hear(from(carol, rival))), [{ kind: 'voteRefused', term: 4 }]);

  node.hear(from(bravo, example.appendAccepted(5)));
  assert.deepEqual(node.context().hardState, { term: 5, votedFor: null });
});

test('a follower that voted keeps its vote while it follows another (Raft §5.2)', () => {
  const node = nodeOf();
  node.hear(from(carol, { ...example.voteRequest(3), last: place(3, 2) }));
  node.hear(from(bravo, example.heartbeat(3)), from(bravo, example.append(3)));
  assert.deepEqual(node.context().hardState, { term: 3, votedFor: 'carol' });
});

test('a leader that steps down in its own term keeps its vote', () => {
  const node = nodeIn('leader.established');
  node.wait(2_000);
  assert.ok(!node.snapshot().matches({ role: 'leader' }));
  assert.deepEqual(node.context().hardState, { term: 4, votedFor: 'alpha' });
});

test('a vote granted in an earlier candidacy is not counted in the present one (Raft §5.2)', () => {
  const node = nodeIn('candidate.asking', { voters: fiveVoters });
  node.hear(voteFrom(bravo, 4));
  // It is not elected in time, asks around and stands again, one term later.
  node.wait(1_000);
  assert.deepEqual(node.role(), { candidate: 'sounding' });
  for (const voter of [carol, delta]) node.hear(from(voter, example.preVoteGranted(4)));
  node.flush();
  assert.equal(node.term(), 5);
  node.hear(voteFrom(bravo, 4), voteFrom(carol, 4), voteFrom(delta, 4));
  assert.deepEqual(node.role(), { candidate: 'asking' });
  node.hear(voteFrom(bravo, 5), voteFrom(carol, 5));
  assert.ok(node.snapshot().matches({ role: 'leader' }));
});

test('a message of a later term is heard in that term at once, not lost to the change (Raft §5.1)', () => {
  const follower = nodeIn('leader.established');
  const wishes = follower.hear(from(bravo, { ...example.append(9), prev: place(4, 4) }));
  assert.deepEqual(follower.role(), { follower: 'heeding' });
  assert.deepEqual(promisedBy(wishes).at(-1), { kind: 'appendAccepted', term: 9, matchIndex: 4 });
  assert.deepEqual(said(wishes), []);
  const [gone, come] = wishesOf(wishes, 'leaderChanged').map(({ leader }) => leader);
  assert.deepEqual([gone, come], [null, 'bravo']);
});
