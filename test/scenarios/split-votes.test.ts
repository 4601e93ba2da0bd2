/** Two candidates of one term, with two votes each. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toTerm } from '../../machines/protocol/ids.ts';
import { World } from '../world/world.ts';

/** `SPLIT_RUNS=100` for fewer. */
const splitRuns = Number(process.env['SPLIT_RUNS'] ?? 1_000);

/** Four nodes in term 1, of which `c` has voted for `a` and `d` for `b`. */
async function split(seed: number): Promise<World> {
  const world = new World({ seed, nodes: 4 });
  await world.start();
  const deaf: Readonly<Record<string, string>> = { a: 'd', b: 'c' };
  world.gate = (from, to, { kind }) =>
    kind === 'voteRequest' ? deaf[from] !== to : kind !== 'preVoteRequest';
  // Both are told to stand at the same moment, as two timeouts of the same length would.
  for (const rival of ['a', 'b']) {
    world.repeat('c', rival, { kind: 'timeoutNow', term: toTerm(0) });
  }
  await world.run(10);
  for (const node of world.members) {
    const { role, term } = world.statusOf(node);
    assert.equal(term, 1);
    assert.equal(role, ['a', 'b'].includes(node) ? 'candidate' : 'follower');
  }
  const votes = world.members.map((node) => world.core(node).snapshot().context.hardState.votedFor);
  assert.deepEqual(votes, ['a', 'b', 'a', 'b']);
  world.gate = () => true;
  return world;
}

// Catches: patience that is drawn once and for all (rivals in lockstep), a draw too narrow for
// rivals to draw apart, votes of one round counted in the next.
test(
  `#2 Split votes resolve, in rounds that fall off geometrically over ${splitRuns} runs (Raft §5.2, TestFollowersElectionTimeoutNonconflict)`,
  { timeout: 120_000 },
  async () => {
    /** How many more elections each run took; the split one is over. */
    const rounds: number[] = [];
    for (let seed = 1; seed <= splitRuns; seed += 1) {
      const world = await split(seed);
      // So slow a network that two candidates often overlap again.
      world.weather = { delayMs: [40, 120], lost: 0, doubled: 0 };
      await world.elect(20_000);
      rounds.push(Math.max(...world.members.map((node) => world.statusOf(node).term)) - 1);
    }
    const atLeast = (count: number): number => rounds.filter((n) => n >= count).length;
    assert.equal(atLeast(1), splitRuns);
    assert.ok(atLeast(2) >= splitRuns / 50, 'some were split again, or this measures nothing');
    for (let n = 1; atLeast(n) >= 20; n += 1) {
      assert.ok(
        atLeast(n + 1) <= 0.4 * atLeast(n),
        `of ${atLeast(n)} runs with ${n} rounds ${atLeast(n + 1)} went on`,
      );
    }
    assert.ok(Math.max(...rounds) <= 8, `the longest took ${Math.max(...rounds)} rounds`);
  },
);

// Catches: rivals that draw the same patience as each other, or each the same as before.
test('#2 Split votes resolve because every election draws its patience anew (Raft §5.2, TestCandidateStartNewElection)', async () => {
  const drawn: number[][] = [];
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = await split(seed);
    // Nobody can win, so that they stand again and again.
    world.gate = (_, __, { kind }) => kind !== 'voteGranted';
    const patience: number[] = [];
    let known = 0;
    await world.runUntil(() => {
      const { hardState, patienceMs } = world.core('a').snapshot().context;
      if (world.statusOf('a').role === 'candidate' && hardState.term > known) {
        known = hardState.term;
        patience.push(patienceMs);
      }
      return patience.length === 4;
    }, 60_000);
    drawn.push(patience);
  }
  const repeated = drawn.filter((patience) => new Set(patience).size < patience.length);
  assert.ok(repeated.length < 4, `${repeated.length} of ${drawn.length} repeat themselves`);
  assert.ok(new Set(drawn.map(String)).size === drawn.length, 'no two rivals go in step');
});
