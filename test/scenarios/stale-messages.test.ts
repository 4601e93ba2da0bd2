/** What is said in a term that is over, or in one that is to come. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { MessageKind } from '../../machines/protocol/messages.ts';
import { nodeId, toTerm } from '../../machines/protocol/ids.ts';
import { example, messageKinds } from '../charts/hear.ts';
import { crown, knowledge, lone, toldOf, type Lone } from '../world/lone.ts';
import {
  appendAccepted,
  appendRefused,
  heartbeat,
  preVoteGranted,
  voteGranted,
} from '../world/messages.ts';
import { puppet } from './puppet.ts';

/** Each way to be in the sixth term, with a log that ends in the second. */
const roles = {
  async follower() {
    const one = await lone({ log: [1, 2, 2], term: 6 });
    puppet(one, 'c').say('a', heartbeat(6));
    await one.world.run(5);
    return one;
  },
  async candidate() {
    const one = await lone({ log: [1, 2, 2], term: 5 });
    const b = puppet(one, 'b');
    await one.world.runUntil(() => toldOf(b, 'preVoteRequest').length > 0, 1_000);
    b.say('a', preVoteGranted(5));
    await one.world.runUntil(() => toldOf(b, 'voteRequest').length > 0, 100);
    return one;
  },
  async leader() {
    const one = await lone({ log: [1, 2, 2], term: 5 });
    await crown(one);
    await one.world.run(20);
    return one;
  },
} as const;

/** Whoever says these waits for an answer, and learns our term from it. */
const asking: readonly MessageKind[] = [
  'preVoteRequest',
  'voteRequest',
  'append',
  'heartbeat',
  'forward',
  'readIndexRequest',
];

for (const [role, become] of Object.entries(roles)) {
  // Catches: a handler that does not compare terms: entries, commits, votes and acknowledgements
  // of earlier terms taken for present ones; a sender that is left in its old term.
  test(`#5 Stale messages change nothing on a ${role}, and who asks learns the newer term (Raft §5.1, TestStepIgnoreOldTermMsg)`, async () => {
    for (const kind of messageKinds) {
      // What clients want is good in any term: a leader takes it.
      if (role === 'leader' && (kind === 'forward' || kind === 'readIndexRequest')) continue;
      const one = await become();
      const { world } = one;
      assert.deepEqual([world.statusOf('a').role, world.statusOf('a').term], [role, 6]);
      const b = puppet(one, 'b');
      const before = standing(one);
      b.heard.length = 0;
      for (const term of [1, 2, 3, 4, 5]) b.say('a', example[kind](term));
      await world.run(10);
      assert.deepEqual(standing(one), before, kind);
      const answers = b.heard
        .map(({ message }) => message)
        .filter((message) => !['append', 'heartbeat'].includes(message.kind));
      assert.equal(answers.length, asking.includes(kind) ? 5 : 0, kind);
      assert.ok(answers.every((answer) => answer.term === 6));
    }
  });
}

/** All that a message of the present term could change. */
function standing(one: Lone) {
  const { votes, matched, heard, leader, goalIndex } = one.world.core('a').snapshot().context;
  return { ...knowledge(one), votes, matched, heard, leader, goalIndex };
}

// Catches: votes of an earlier candidacy counted in the present one; late successes that move a
// new leader's match.
test('#5 Stale messages change nothing: a late vote or success of an earlier term counts for nothing (little-raft 44, skiff 3)', async () => {
  const one = await lone({ log: [1, 2, 2], term: 5 }, { nodes: 5 });
  const { world } = one;
  const b = puppet(one, 'b');
  const c = puppet(one, 'c');
  await world.runUntil(() => toldOf(b, 'preVoteRequest').length > 0, 1_000);
  for (const name of ['b', 'c']) puppet(one, name).say('a', preVoteGranted(5));
  await world.runUntil(() => toldOf(b, 'voteRequest').length > 0, 100);
  b.say('a', voteGranted(6));
  await world.run(5);
  // That candidacy fails; in the next one the same votes are said again, late.
  await world.runUntil(() => toldOf(b, 'preVoteRequest').some(({ term }) => term === 6), 3_000);
  for (const name of ['b', 'c']) puppet(one, name).say('a', preVoteGranted(6));
  await world.runUntil(() => toldOf(b, 'voteRequest').some(({ term }) => term === 7), 100);
  for (const voter of [b, c, puppet(one, 'd'), puppet(one, 'e')]) voter.say('a', voteGranted(6));
  await world.run(20);
  assert.equal(world.statusOf('a').term, 7);
  assert.equal(
    world.statusOf('a').role,
    'candidate',
    'four votes of term 6 do not elect in term 7',
  );
  b.say('a', voteGranted(7));
  b.say('a', voteGranted(7));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'candidate', 'a repeated vote is one vote');
  c.say('a', voteGranted(7));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'leader');

  const noop = knowledge(one).lastIndex;
  for (const voter of [b, c]) voter.say('a', appendAccepted(6, noop));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, 0, 'successes of term 6 commit nothing in term 7');
  for (const voter of [b, c]) voter.say('a', appendAccepted(7, noop));
  await world.run(10);
  assert.equal(knowledge(one).commitIndex, noop);
});

// Catches: a leader that never hears of a newer term, or writes on in its own after it has.
test('a leader that meets a newer term follows at once (Raft §5.1)', async () => {
  const one = await lone({ log: [1], term: 3 });
  const term = await crown(one);
  const { world } = one;
  const proposal = world.propose('a');
  await world.run(5);
  puppet(one, 'b').say('a', appendRefused(term + 3, 2, [1, 1]));
  await world.run(5);
  assert.equal(world.statusOf('a').role, 'follower');
  assert.equal(world.statusOf('a').term, term + 3);
  assert.equal(knowledge(one).votedFor, null);
  await world.run(6_000);
  assert.equal(proposal.outcome?.end, 'unknown', 'it stands in a log, so it may still happen');
  assert.equal(world.witness.leaderOf.get(toTerm(term)), nodeId('a'));
});
