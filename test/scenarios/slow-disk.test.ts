/**
 * Disks that take as long as an election, or longer (etcd 15247). A vote is durable before it is
 * said, the candidate's own before anybody is asked, so each election takes two flushes.
 */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { World } from '../world/world.ts';

const runs = 12;
const { electionTimeoutMsMax } = limits;
/** A few messages there and back. */
const wordsMs = 50;

/** One stands, when its patience is over and its own vote on disk; a voter may have to finish a write. */
const oneRoundMs = (flushMs: number): number => electionTimeoutMsMax + 2 * flushMs + wordsMs;
/** That one waits in vain, with the voters' disks in mind, before it stands again. */
const twoRoundsMs = (flushMs: number): number =>
  electionTimeoutMsMax + 3 * flushMs + oneRoundMs(flushMs);

type Disks = Readonly<{
  what: string;
  worstMs: number;
  /** How long a flush takes on the node of this place. */
  flushMs: (world: World, place: number) => number;
}>;

const alike = (ms: number): Disks => ({
  what: `every flush takes ${ms} ms`,
  worstMs: ms,
  flushMs: () => ms,
});
const onSome = (who: string, isSlow: (place: number, nodes: number) => boolean): Disks => ({
  what: `every flush of ${who} takes 1000 ms`,
  worstMs: 1_000,
  flushMs: (world, place) => (isSlow(place, world.members.length) ? 1_000 : 1),
});
const anyhow: Disks = {
  what: 'a flush takes anything from 30 to 600 ms',
  worstMs: 600,
  flushMs: (world) => world.chance.integer(30, 600),
};
const oneNode = onSome('one node', (place) => place === 0);
const majority = onSome('a majority', (place, nodes) => place <= nodes / 2);
const allButOne = onSome('all but one', (place) => place > 0);

async function worldOn(disks: Disks, nodes: number, seed: number): Promise<World> {
  const world = new World({ seed, nodes });
  for (const [place, node] of world.members.entries()) {
    world.disk(node).flushMs = () => disks.flushMs(world, place);
  }
  await world.start();
  return world;
}

type Election = Readonly<{ tookMs: number; terms: number }>;

async function elect(world: World, withinMs: number): Promise<Election & { leader: string }> {
  const sinceMs = world.nowMs;
  const termOf = (): number =>
    Math.max(
      ...world.members.filter((node) => world.isUp(node)).map((node) => world.statusOf(node).term),
    );
  const before = termOf();
  const leader = await world.elect(withinMs);
  return { leader, tookMs: world.nowMs - sinceMs, terms: termOf() - before };
}

/** A first election, and one after its leader has died, for each seed. */
async function elections(disks: Disks, nodes: number): Promise<Election[]> {
  const all: Election[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const world = await worldOn(disks, nodes, seed);
    const first = await elect(world, twoRoundsMs(disks.worstMs));
    await world.settle();
    world.crash(first.leader);
    const second = await elect(world, twoRoundsMs(disks.worstMs));
    const { term } = world.statusOf(second.leader);
    await world.run(electionTimeoutMsMax + 2 * disks.worstMs);
    assert.equal(world.statusOf(second.leader).term, term, 'nobody who was late disturbs it');
    assert.equal(world.leader(), second.leader);
    all.push(first, second);
  }
  return all;
}

for (const nodes of [3, 5]) {
  for (const disks of [30, 100, 300, 600, 1_000].map(alike)) {
    // Catches: patience that runs while one's own vote, or one's term, is being written; patience
    // for votes that does not know what writing them takes.
    test(`${disks.what}: ${nodes} nodes elect in one round, all but a few times (Raft §5.2, §5.6)`, async () => {
      const all = await elections(disks, nodes);
      const quick = all.filter(
        ({ tookMs, terms }) => terms === 1 && tookMs <= oneRoundMs(disks.worstMs),
      );
      assert.ok(quick.length >= 0.95 * all.length, `${quick.length} of ${all.length}`);
      assert.ok(Math.max(...all.map(({ terms }) => terms)) <= 2);
    });
  }

  for (const disks of [anyhow, oneNode, majority, allButOne]) {
    // Catches: a candidate that takes votes as lost because they are slower than its own; voters
    // that help to open the next election while their vote in this one is being written.
    test(`${disks.what}: ${nodes} nodes elect in two rounds, and terms do not run away (etcd 15247)`, async () => {
      const all = await elections(disks, nodes);
      const terms = all.reduce((sum, election) => sum + election.terms, 0);
      assert.ok(terms <= 1.5 * all.length, `${terms} terms in ${all.length} elections`);
      assert.ok(Math.max(...all.map((election) => election.terms)) <= 3);
    });
  }
}

type Places = Readonly<Record<string, (node: string, leader: string, other: string) => boolean>>;

/** Where the slow disks are, once somebody leads. */
const places: Places = {
  'on every node': () => true,
  'on the leader': (node, leader) => node === leader,
  'on a follower': (node, _leader, other) => node === other,
};

for (const [where, isSlow] of Object.entries(places)) {
  for (const nodes of [3, 5]) {
    // Catches: heartbeats, their answers, or the count of them that wait for a flush; a leader
    // that needs its own copy to commit.
    test(`under load, slow flushes ${where} of ${nodes} change no leader (etcd 15247, dissertation §6.2, §10.2.1)`, async () => {
      for (const flushMs of [30, 100, 300, 600, 1_000]) {
        const world = new World({ seed: flushMs, nodes });
        await world.start();
        const leader = await world.settle();
        const { term } = world.statusOf(leader);
        const follower = world.members.find((node) => node !== leader) ?? '';
        for (const node of world.members) {
          if (isSlow(node, leader, follower)) world.disk(node).flushMs = () => flushMs;
        }
        for (let round = 0; round < 60; round += 1) {
          world.propose(leader);
          await world.run(50);
        }
        await world.run(3 * flushMs);
        assert.equal(world.leader(), leader);
        assert.equal(world.statusOf(leader).term, term);
        const ends = world.asked.map(({ outcome }) => outcome?.end);
        assert.deepEqual(new Set(ends), new Set(['committed']));
        const slowestMs = Math.max(...world.asked.map(({ askedMs, endedMs }) => endedMs - askedMs));
        // The write under way, its own, and that of the window which it may have to wait for.
        const boundMs = where === 'on every node' ? 3 * flushMs + wordsMs : wordsMs;
        assert.ok(slowestMs <= boundMs, `${slowestMs} ms, with flushes of ${flushMs}`);
        await world.calmDown();
      }
    });
  }
}

// Catches: an heir that gives up before its own vote is on disk, or is not let in because the old
// leader has given it up by then.
test('an heir with a slow disk is the next leader, in the next term (dissertation §3.10)', async () => {
  for (let seed = 1; seed <= runs; seed += 1) {
    for (const flushMs of [300, 1_000]) {
      const world = await worldOn(alike(flushMs), 3, seed);
      const leader = await world.settle();
      const { term } = world.statusOf(leader);
      const heir = world.members.find((node) => node !== leader) ?? '';
      world.transfer(leader, heir);
      await world.runUntil(() => world.statusOf(heir).role === 'leader', oneRoundMs(flushMs));
      assert.equal(world.statusOf(heir).term, term + 1);
      const asked = world.members.map((node) => world.propose(node));
      await world.settle();
      assert.ok(asked.every(({ outcome }) => outcome?.end === 'committed'));
      assert.equal(world.leader(), heir);
    }
  }
});
