import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import {
  accepted,
  bravo,
  carol,
  example,
  from,
  nodeIn,
  proposalsNamed,
  said,
  sent,
  wishesOf,
} from './hear.ts';

const proposes = (...names: string[]) =>
  ({ type: 'client.proposes', proposals: proposalsNamed(...names) }) as const;

test('a leader places a batch at once: one write, and the same entries to every peer (§10.2.1)', () => {
  const node = nodeIn('leader.established');
  node.hear(accepted(bravo, 4, 4), accepted(carol, 4, 4));
  const wishes = node.hear(proposes('p', 'q'));
  const [persist] = wishesOf(wishes, 'persist');
  assert.deepEqual(
    persist?.entries.map(({ index, term, kind }) => [index, term, kind]),
    [
      [5, 4, 'command'],
      [6, 4, 'command'],
    ],
  );
  assert.deepEqual(wishesOf(wishes, 'placed'), [
    { type: 'placed', proposalIds: ['p', 'q'], firstIndex: 5, term: 4 },
  ]);
  for (const message of said(wishes)) {
    assert.ok(message.kind === 'append');
    assert.deepEqual(message.entries, persist?.entries);
  }
  assert.equal(sent(wishes).length, 2);
});

test('a new leader places proposals before its first entry is committed', () => {
  assert.equal(wishesOf(nodeIn('leader.fresh').hear(proposes('p')), 'placed').length, 1);
});

test('what a follower hands on is placed like our own, in whatever term it was handed on', () => {
  for (const term of [2, 4, 9]) {
    const node = nodeIn('leader.established');
    const wishes = node.hear(from(carol, example.forward(term)));
    assert.equal(wishesOf(wishes, 'persist')[0]?.entries.length, 1);
    assert.deepEqual(wishesOf(wishes, 'placed'), [], 'the log will tell its end');
    assert.equal(node.term(), 4);
  }
});

test('a follower hands on to the leader it knows, and holds what it has while it knows none', () => {
  const { proposals } = proposes('p');
  const node = nodeIn('follower.heeding');
  assert.deepEqual(node.hear(proposes('p')), [
    { type: 'forwarded', to: bravo, proposals },
    { type: 'send', envelopes: [{ to: bravo, message: { kind: 'forward', term: 3, proposals } }] },
  ]);
  for (const way of ['follower.receptive', 'preCandidate', 'candidate.asking'] as const) {
    assert.deepEqual(nodeIn(way).hear(proposes('p')), [], way);
  }
});

test('who does not lead declines what it is handed, whoever it was handed by', () => {
  for (const way of [
    'follower.receptive',
    'follower.heeding',
    'preCandidate',
    'candidate.asking',
  ] as const) {
    const node = nodeIn(way);
    const before = node.lastIndex();
    const [declined] = sent(node.hear(from(carol, example.forward(node.term()))));
    assert.equal(declined?.to, carol);
    assert.ok(declined?.message.kind === 'forwardRefused');
    assert.deepEqual(
      [declined.message.code, declined.message.proposalIds],
      ['no-leader', ['theirs']],
    );
    assert.equal(node.lastIndex(), before);
  }
});

test('a refusal reaches those who wait for it, whatever became of us since', () => {
  for (const way of ['follower.heeding', 'candidate.asking', 'leader.established'] as const) {
    const refusal = { ...example.forwardRefused(1), code: 'overloaded' as const };
    assert.deepEqual(nodeIn(way).hear(from(bravo, refusal)), [
      { type: 'refuse', proposalIds: ['ours'], code: 'overloaded', message: 'it does not lead' },
    ]);
  }
});

test('a leader backed up refuses what comes, its own and others’, until a majority catches up', () => {
  const node = nodeIn('leader.established');
  const [one] = proposalsNamed('p');
  assert.ok(one !== undefined);
  const flood = Array.from({ length: limits.uncommittedEntriesMax }, () => one);
  node.hear({ type: 'client.proposes', proposals: flood });
  const last = node.lastIndex();

  assert.deepEqual(
    wishesOf(node.hear(proposes('late')), 'refuse').map(({ code, proposalIds }) => [
      code,
      proposalIds,
    ]),
    [['overloaded', ['late']]],
  );
  const [told] = said(node.hear(from(carol, example.forward(4))));
  assert.ok(told?.kind === 'forwardRefused' && told.code === 'overloaded');
  assert.equal(node.lastIndex(), last);

  node.flush();
  node.hear(accepted(bravo, 4, last));
  assert.equal(wishesOf(node.hear(proposes('again')), 'placed').length, 1);
});

test('a leader that changes is told, so that what waits can be offered to it', () => {
  const node = nodeIn('preCandidate');
  const changes = wishesOf(node.hear(from(carol, example.append(3))), 'leaderChanged');
  assert.deepEqual(changes, [{ type: 'leaderChanged', leader: carol }]);
  assert.equal(wishesOf(node.hear(proposes('held')), 'forwarded')[0]?.to, carol);
});

test('the time of entries goes on from the log at the pace of the clock, through every leader', () => {
  const node = nodeIn('leader.established');
  const timeOf = () => wishesOf(node.hear(proposes('p')), 'persist')[0]?.entries[0]?.timeMs ?? 0;
  const first = timeOf();
  node.wait(100);
  assert.equal(timeOf(), first + 100);
});
