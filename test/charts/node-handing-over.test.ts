import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import {
  accepted,
  ack,
  alpha,
  bravo,
  carol,
  example,
  from,
  nodeIn,
  proposalsNamed,
  said,
  sent,
  voteFrom,
  wishesOf,
  type Node,
} from './hear.ts';

const proposes = (...names: string[]) =>
  ({ type: 'client.proposes', proposals: proposalsNamed(...names) }) as const;
const transfersTo = (to: typeof bravo | null) => ({ type: 'operator.transfers', to }) as const;
const office = (node: Node): unknown => {
  const role = node.role();
  return typeof role === 'object' && 'leader' in role ? role.leader?.office : role;
};
const summons = (wishes: Parameters<typeof sent>[0]) =>
  sent(wishes).filter(({ message }) => message.kind === 'timeoutNow');

test('an heir is told to stand once it holds the whole log, and no sooner (dissertation §3.10)', () => {
  const node = nodeIn('leader.established');
  node.hear(proposes('p', 'q'));
  assert.deepEqual(summons(node.hear(transfersTo(bravo))), []);
  assert.deepEqual(summons(node.hear(accepted(bravo, 4, 5), accepted(carol, 4, 6))), []);
  assert.deepEqual(office(node), { handingOver: 'catchingUp' });
  assert.deepEqual(summons(node.hear(accepted(bravo, 4, 6))), [
    { to: bravo, message: { kind: 'timeoutNow', term: 4 } },
  ]);
  assert.deepEqual(office(node), { handingOver: 'summoned' });
});

test('an heir that holds everything already is told at once', () => {
  const node = nodeIn('leader.established');
  assert.deepEqual(
    summons(node.hear(transfersTo(bravo))).map(({ to }) => to),
    [bravo],
  );
});

test('with nobody named, the follower that holds most and has answered lately is the heir', () => {
  const node = nodeIn('leader.established');
  node.hear(proposes('p'), accepted(carol, 4, 5), accepted(bravo, 4, 4));
  assert.deepEqual(
    summons(node.hear(transfersTo(null))).map(({ to }) => to),
    [carol],
  );
});

test('who is not there to take over is no heir: ourselves, a stranger, or nobody at all', () => {
  const node = nodeIn('leader.established');
  for (const to of [alpha, 'zeno' as typeof alpha]) {
    assert.deepEqual(node.hear(transfersTo(to)), []);
    assert.equal(office(node), 'established');
  }
  const fresh = nodeIn('leader.fresh');
  fresh.hear(transfersTo(null));
  assert.equal(office(fresh), 'fresh', 'nobody has answered yet');
});

test('while it hands over it takes nothing new, and sends proposals of others back (§3.10)', () => {
  const node = nodeIn('leader.catchingUp');
  const before = node.lastIndex();
  assert.deepEqual(node.hear(proposes('late')), [], 'its own clients wait, unplaced');
  const [declined] = said(node.hear(from(carol, example.forward(4))));
  assert.ok(declined?.kind === 'forwardRefused' && declined.code === 'no-leader');
  assert.equal(node.lastIndex(), before);
});

test('while it hands over it serves no reads, also none that it had begun to confirm (§3.10, §6.4)', () => {
  const node = nodeIn('leader.confirming');
  const { round } = node.context().reads;
  const wishes = node.hear(transfersTo(bravo));
  assert.deepEqual(wishesOf(wishes, 'readFailed'), [{ type: 'readFailed', readId: 1 }]);
  const later = [
    ...node.hear(ack(bravo, 4, round), ack(carol, 4, round)),
    ...node.hear({ type: 'client.reads', readId: 2 }, from(carol, example.readIndexRequest(4))),
    ...node.hear(ack(bravo, 4, round), ack(carol, 4, round)),
    ...node.wait(limits.heartbeatIntervalMs),
    ...node.hear(ack(bravo, 4, round + 1), ack(carol, 4, round + 1)),
  ];
  assert.deepEqual(wishesOf(later, 'readReady'), []);
  assert.deepEqual(
    said(later).filter(({ kind }) => kind === 'readIndexGranted'),
    [],
  );
});

test('a handover goes on leading until the heir stands: it beats and counts its quorum', () => {
  const node = nodeIn('leader.catchingUp');
  const wishes = node.wait(limits.heartbeatIntervalMs);
  assert.equal(said(wishes).filter(({ kind }) => kind === 'heartbeat').length, 2);
});

test('a handover is given up after an election time-out, and proposals and reads go on (§3.10)', () => {
  for (const way of ['leader.catchingUp', 'leader.summoned'] as const) {
    const node = nodeIn(way);
    node.hear({ type: 'client.reads', readId: 5 });
    node.wait(limits.electionTimeoutMsMin - 1);
    assert.notEqual(office(node), 'established');
    node.hear(ack(carol, 4));
    const wishes = node.wait(1);
    assert.equal(office(node), 'established');
    // Whoever waited unplaced may ask again.
    assert.deepEqual(wishesOf(wishes, 'leaderChanged'), [{ type: 'leaderChanged', leader: alpha }]);
    assert.equal(node.context().heir, null);
    assert.equal(wishesOf(node.hear(proposes('after')), 'placed').length, 1);
    const { round } = node.context().reads;
    assert.deepEqual(
      wishesOf(node.hear(ack(carol, 4, round)), 'readReady').map(({ readId }) => readId),
      [5],
    );
  }
});

test('an heir that stands ends it, and the old leader votes for it (§3.10)', () => {
  const node = nodeIn('leader.summoned');
  node.hear({ type: 'client.reads', readId: 5 });
  const request = { ...example.voteRequest(5), transfer: true };
  const wishes = node.hear(from(bravo, request));
  assert.deepEqual(node.role(), { follower: 'voting' });
  assert.deepEqual(node.context().hardState, { term: 5, votedFor: bravo });
  assert.deepEqual(wishesOf(wishes, 'readFailed'), [{ type: 'readFailed', readId: 5 }]);
});

test('asked again while it hands over, it stays with its first heir', () => {
  const node = nodeIn('leader.catchingUp');
  assert.deepEqual(node.hear(transfersTo(carol)), []);
  assert.equal(node.context().heir, bravo);
});

/** A leader that was told to hand over before its first entry was applied. */
function freshAndHandingOver(): Node {
  const node = nodeIn('leader.fresh');
  node.flush();
  node.hear(transfersTo(carol));
  return node;
}

test('a handover given up before the first entry was applied leaves nothing to read at (§8)', () => {
  const node = freshAndHandingOver();
  node.hear({ type: 'client.reads', readId: 5 });
  // Its followers are alive, but their disks are slow: nothing of its term is committed.
  node.wait(limits.electionTimeoutMsMin - 1);
  node.hear(ack(bravo, 4), ack(carol, 4));
  node.wait(1);
  const wishes = node.hear(
    ...[1, 2, 3].flatMap((round) => [ack(bravo, 4, round), ack(carol, 4, round)]),
  );
  assert.equal(node.context().commitIndex, 0);
  assert.deepEqual(wishesOf(wishes, 'readReady'), []);
});

test('a handover given up before its first entry was committed goes on where it was (Raft §8)', () => {
  const node = freshAndHandingOver();
  node.hear({ type: 'client.reads', readId: 5 });
  node.wait(limits.electionTimeoutMsMin - 1);
  node.hear(ack(bravo, 4), ack(carol, 4));
  node.wait(1);
  assert.equal(office(node), 'fresh');
  node.hear(accepted(bravo, 4, 4));
  const wishes = node.applied('Init');
  assert.equal(office(node), 'established');
  assert.equal(wishesOf(wishes, 'proposeRunning').length, 1);
  assert.deepEqual(
    wishesOf(node.hear(ack(bravo, 4, 1)), 'readReady').map(({ readId, index }) => [readId, index]),
    [[5, 4]],
  );
});

test('a first leader that handed over while its first entry was applied still proposes Running', () => {
  const node = freshAndHandingOver();
  node.hear(accepted(bravo, 4, 4));
  const wishes = [...node.applied('Init'), ...node.wait(limits.electionTimeoutMsMin)];
  assert.equal(office(node), 'established');
  assert.equal(wishesOf(wishes, 'proposeRunning').length, 1);
});

test('Running is proposed once, however much is applied while its leader hands over', () => {
  const node = nodeIn('leader.established');
  node.hear(proposes('p', 'q'));
  node.flush();
  node.hear(transfersTo(bravo));
  const wishes = [5, 6].flatMap((index) => {
    node.hear(accepted(bravo, 4, index));
    return node.applied('Init');
  });
  assert.deepEqual(wishesOf(wishes, 'proposeRunning'), [], 'it was, when it was established');
});

test('an heir whose disk is slow is summoned once, however often it answers', () => {
  const node = nodeIn('leader.summoned');
  assert.deepEqual(
    summons(node.hear(accepted(bravo, 4, 5), ack(bravo, 4), voteFrom(carol, 4))),
    [],
  );
});
