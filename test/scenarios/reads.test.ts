import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { crown, knowledge, lone, toldOf } from '../world/lone.ts';
import { append, appendAccepted, heartbeat, heartbeatAck } from '../world/messages.ts';
import type { Reading } from '../world/clients.ts';
import { World } from '../world/world.ts';

async function cluster(options: ConstructorParameters<typeof World>[0] = {}) {
  const world = new World(options);
  await world.start();
  const leader = await world.settle();
  const [one = '', two = ''] = world.members.filter((member) => member !== leader);
  return { world, leader, one, two };
}

const isValue = ({ answer }: Reading): boolean => answer !== null && !('end' in answer);

// Every linearizable read of every test here is compared by the witness with all that anybody had
// been told before it was asked. So "no stale read" needs no words below.

// Catches: reads served by whoever believes to lead, without asking a majority (etcd 741).
test('an isolated leader never answers with an old value (Raft §8, etcd 741)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world, leader, one, two } = await cluster({ seed });
    world.propose(leader);
    await world.run(50);
    world.isolate(leader);
    const reads: Reading[] = [];
    for (let n = 0; n < 80; n += 1) {
      reads.push(world.read(leader, { timeoutMs: 1_000 }));
      world.propose(n % 2 === 0 ? one : two);
      await world.run(50);
    }
    await world.run(4_000);
    assert.ok(
      reads.every(({ answer }) => answer !== null),
      'an error is an answer, silence is none',
    );
    world.heal();
    await world.calmDown();
    assert.ok(reads.filter(isValue).length < reads.length);
  }
});

// Catches: reads by a leader that has committed nothing in its own term (redisraft 18, tikv 6340).
test('reads right after an election see everything acknowledged before (TestReadOnlyForNewLeader)', async () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const { world, leader } = await cluster({ seed });
    for (let n = 0; n < 10; n += 1) {
      world.propose(leader);
      await world.run(3);
    }
    world.crash(leader);
    const reads: Reading[] = [];
    for (let n = 0; n < 150; n += 1) {
      for (const node of world.members) if (world.isUp(node)) reads.push(world.read(node));
      await world.run(10);
    }
    await world.run(1_000);
    assert.ok(reads.every(isValue), 'they wait for the next leader, and then see it all');
    await world.calmDown();
  }
});

// Catches: the same, where the new leader can be watched message by message.
test('a new leader answers no read before an entry of its own term is committed (Raft §8)', async () => {
  const one = await lone({ log: [1, 1, 1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const b = one.puppets['b'];
  assert.ok(b);
  const read = world.read('a', { key: 'written' });
  await world.run(20);
  for (let n = 0; n < 5; n += 1) {
    b.say('a', heartbeatAck(term, n));
    await world.run(20);
  }
  assert.equal(read.answer, null);
  b.say('a', appendAccepted(term, 4));
  await world.run(20);
  const [beat] = toldOf(b, 'heartbeat').slice(-1);
  assert.equal(read.answer, null, 'nor before a round of heartbeats that began after it (§6.4)');
  b.say('a', heartbeatAck(term, beat?.round ?? 0));
  await world.run(20);
  assert.ok(isValue(read));
});

// Catches: an acknowledgement of an earlier round that confirms a later one.
test('a round is confirmed by acknowledgements of that round alone (dissertation §6.4)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  b.say('a', appendAccepted(term, 2));
  await world.run(5);
  const first = world.read('a');
  await world.run(5);
  b.say('a', heartbeatAck(term, 1));
  await world.run(5);
  assert.ok(isValue(first));
  const second = world.read('a');
  await world.run(5);
  for (const late of [0, 1, 1, 7]) {
    b.say('a', heartbeatAck(term, late));
    c.say('a', heartbeatAck(term, Math.min(late, 1)));
  }
  b.say('a', heartbeatAck(toTerm(term - 1), 2));
  await world.run(20);
  assert.equal(second.answer, null);
  c.say('a', heartbeatAck(term, 2));
  await world.run(5);
  assert.ok(isValue(second));
});

// Catches: reads at a leader whose first entry is not committed, opened by a handover given up.
test('a new leader that begins to hand over, and gives up, still answers no read too early (Raft §8, tikv 16069)', async () => {
  const { world, leader } = await cluster({ nodes: 5 });
  const staying = world.members.filter((member) => member !== leader);
  // The others hold the last proposal, and do not know that it was committed and acknowledged.
  world.gate = (_, __, { kind }) => kind !== 'commit' && kind !== 'heartbeat';
  const last = [world.propose(leader), null];
  await world.run(20);
  last[1] = world.propose(leader);
  await world.runUntil(() => last.every((asking) => asking?.outcome?.end === 'committed'), 100);
  world.crash(leader);
  await world.run(5);
  world.gate = () => true;
  const leads = (node: string): boolean => world.statusOf(node).role === 'leader';
  await world.runUntil(() => staying.some(leads), 5_000);
  // Nor can the next leader find out: its first entry reaches nobody's disk.
  const next = staying.find(leads) ?? '';
  const followers = staying.filter((node) => node !== next);
  for (const node of followers) world.disk(node).isHeld = true;
  await world.run(5);
  world.transfer(next, followers[0] ?? null);
  await world.run(10);
  const read = world.read(next);
  await world.run(limits.electionTimeoutMsMin + 300);
  assert.equal(read.answer, null, 'it waits');
  for (const node of followers) world.disk(node).release();
  await world.runUntil(() => read.answer !== null, 6_000);
  assert.ok(isValue(read));
  await world.calmDown();
});

const knowledgeOf = (world: World, node: string) => world.core(node).snapshot().context;

// Catches: a first leader whose abandoned handover makes it forget to take the cluster to Running.
test('a first leader that hands over before its first entry is applied, in vain, still opens the cluster (DESIGN, lifecycle)', async () => {
  const world = new World();
  await world.start();
  await world.runUntil(
    () => world.members.some((node) => world.statusOf(node).role === 'leader'),
    5_000,
  );
  for (const node of world.members) world.disk(node).flushMs = () => 50;
  const leader = world.members.find((node) => world.statusOf(node).role === 'leader') ?? '';
  const heir = world.members.find((node) => node !== leader) ?? '';
  world.gate = (_, to, { kind }) => to !== heir || kind !== 'timeoutNow';
  await world.run(5);
  const isFresh = { role: { leader: { office: 'fresh' } } } as const;
  assert.ok(world.core(leader).snapshot().matches(isFresh));
  world.transfer(leader, heir);
  await world.run(2_000);
  assert.equal(world.leader(), leader);
  assert.equal(world.statusOf(leader).lifecycle, 'Running');
  await world.calmDown();
});

// Catches: read indexes of an ex-leader; a leader that serves while it hands over (tikv PR 9239).
test('follower reads stay right through transfers of leadership (tikv PR 9239, openraft PR 1749)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world } = await cluster({ seed });
    world.weather = { delayMs: [1, 30], lost: 0, doubled: 0.1 };
    const reads: Reading[] = [];
    for (let n = 0; n < 60; n += 1) {
      for (const node of world.members) reads.push(world.read(node));
      world.propose(world.chance.pick(world.members));
      if (n % 12 === 5 && world.leader() !== null) world.transfer(world.leader() ?? '');
      await world.run(25);
    }
    await world.run(5_000);
    assert.ok(reads.filter(isValue).length > reads.length / 2);
    await world.calmDown();
  }
});

// Catches: an index vouched for by an ex-leader, used by a follower that knows better.
test('an index that an ex-leader vouched for is not used (tikv PR 9239)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  b.say('a', heartbeat(1));
  await world.run(5);
  const read = world.read('a');
  await world.run(5);
  const [question] = toldOf(b, 'readIndexRequest');
  assert.ok(question);
  c.say('a', heartbeat(2));
  await world.run(5);
  const { readId } = question;
  b.say('a', { kind: 'readIndexGranted', term: toTerm(1), readId, index: toIndex(1) });
  await world.run(50);
  assert.equal(read.answer, null);
  const again = toldOf(c, 'readIndexRequest').at(-1);
  assert.ok(again, 'the new leader is asked');
  c.say('a', {
    kind: 'readIndexGranted',
    term: toTerm(2),
    readId: again.readId,
    index: toIndex(1),
  });
  await world.run(5);
  assert.equal(read.answer, null, 'nor anything before it is applied');
  c.say('a', append(2, [1, 1], [], 1));
  await world.run(5);
  assert.ok(isValue(read));
});

// Catches: readers that are left waiting at a leader that cannot vouch for anything any more.
test('readers at a leader that is deposed ask the next one at once (dissertation §6.4)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const b = one.puppets['b'];
  assert.ok(b);
  b.say('a', appendAccepted(term, 2));
  await world.run(5);
  world.read('a');
  world.read('a', { key: 'l' });
  await world.run(5);
  world.read('a', { key: 'm' });
  await world.run(5);
  b.say('a', heartbeat(term + 1));
  await world.run(50);
  assert.ok(toldOf(b, 'readIndexRequest').length > 0);
});

// Catches: reads and writes served in the middle of a handover.
test('a leader that is handing over serves neither reads nor writes (TestLeaderTransferIgnoreProposal)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const b = one.puppets['b'];
  assert.ok(b);
  // The second entry of the first leader takes the cluster to Running.
  b.say('a', appendAccepted(term, 2));
  await world.run(10);
  b.say('a', appendAccepted(term, 3));
  b.say('a', heartbeatAck(term));
  await world.run(10);
  world.transfer('a', 'b');
  await world.run(5);
  assert.equal(toldOf(b, 'timeoutNow').length, 1);
  const read = world.read('a');
  world.propose('a');
  await world.run(50);
  b.say('a', heartbeatAck(term, 1));
  b.say('a', heartbeatAck(term, 2));
  await world.run(50);
  assert.equal(read.answer, null);
  assert.equal(knowledge(one).lastIndex, 3, 'nothing was placed');
});

// Catches: an answer to a question of an earlier life, taken for the answer to the present one's.
test('a read after a restart is not answered with what was vouched for before it (etcd 14140)', async () => {
  const { world, leader, one, two } = await cluster();
  world.propose(leader);
  await world.run(50);
  // The question arrives, and nobody confirms the round that it opens, for a while.
  let isBlocked = true;
  world.gate = (_, to, { kind }) =>
    !(isBlocked && to === leader && kind === 'heartbeatAck') && !(to === one && kind === 'append');
  world.read(one);
  await world.run(3);
  world.crash(one, 'process');
  const write = world.propose(two);
  await world.run(20);
  assert.equal(write.outcome?.end, 'committed');
  await world.start(one);
  await world.runUntil(() => world.statusOf(one).leader === leader, 200);
  const read = world.read(one);
  await world.run(2);
  isBlocked = false;
  await world.run(200);
  world.gate = () => true;
  await world.run(1_000);
  assert.ok(isValue(read));
  await world.calmDown();
});

// Catches: the same question answered twice, once for each of two readers.
test('repeated questions and answers about reads do no harm (TestReadOnlyDuplicateRequest)', async () => {
  const { world, leader, one, two } = await cluster();
  world.weather = { delayMs: [1, 20], lost: 0, doubled: 1 };
  for (let n = 0; n < 60; n += 1) {
    world.read(one);
    world.read(leader);
    world.propose(two);
    await world.run(world.chance.integer(1, 15));
    for (const question of world.sentOf(one, leader, 'readIndexRequest').slice(0, 3)) {
      world.repeat(one, leader, question);
    }
    for (const answer of world.sentOf(leader, one, 'readIndexGranted').slice(0, 3)) {
      world.repeat(leader, one, answer);
    }
  }
  await world.calmDown();
});

// Catches: a lease that is believed after a sleep; a deposed leader that serves on waking.
test('a leader that wakes from a long pause answers nothing old (redisraft 19, yugabyte 16)', async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const { world, leader, one, two } = await cluster({ seed });
    world.propose(leader);
    await world.run(20);
    const early = world.read(leader);
    world.pause(leader);
    await world.run(world.chance.integer(600, 3_000));
    for (let n = 0; n < 5; n += 1) {
      world.propose(n % 2 === 0 ? one : two);
      await world.run(30);
    }
    const held = [0, 1, 2].map(() => world.read(leader));
    world.wake(leader);
    const reads = [...held, world.read(leader)];
    for (let n = 0; n < 10; n += 1) {
      await world.run(3);
      reads.push(world.read(leader));
    }
    await world.run(2_000);
    assert.ok(reads.every(({ answer }) => answer !== null));
    assert.ok(early.endedMs < Infinity);
    await world.calmDown();
  }
});

// Catches: a cluster that does not come back after all its timers rang at once, or two leaders.
test('everyone sleeps, and all wake at once, several times: service returns within a few timeouts (laptop lids)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const { world } = await cluster({ seed, nodes: seed % 2 === 0 ? 5 : 3 });
    for (let night = 0; night < 4; night += 1) {
      const asked = world.members.map((node) => world.propose(node));
      const reads = world.members.map((node) => world.read(node));
      await world.run(world.chance.integer(0, 5));
      for (const node of world.members) world.pause(node);
      await world.run(world.chance.integer(1_000, 60_000));
      for (const node of world.members.toSorted(() => world.chance.fraction() - 0.5)) {
        world.wake(node);
        reads.push(world.read(node));
      }
      await world.settle(6 * limits.electionTimeoutMsMax);
      await world.run(100);
      assert.ok(
        [...asked, ...reads].every((a) => ('outcome' in a ? a.outcome : a.answer) !== null),
      );
    }
    await world.calmDown();
  }
});

// Catches: any use of the wall clock in what a cluster decides.
test('the wall clock plays no part: it jumps by years and nothing notices (Jepsen clock-skew tests)', async () => {
  const realNow = Date.now;
  let jumps = 0;
  try {
    const { world, leader } = await cluster({ seed: 3 });
    const { term } = world.statusOf(leader);
    for (let n = 0; n < 40; n += 1) {
      jumps = world.chance.integer(-3e11, 3e11);
      Date.now = () => realNow() + jumps;
      world.propose(world.chance.pick(world.members));
      world.read(world.chance.pick(world.members));
      await world.run(25);
    }
    await world.run(100);
    assert.equal(world.statusOf(leader).term, term);
    assert.ok(world.asked.every(({ outcome }) => outcome?.end === 'committed'));
    const { log } = knowledgeOf(world, leader);
    assert.ok(
      log.shared.every((entry) => entry.timeMs < 1e6),
      'nor in the log',
    );
    assert.equal(log.base.index, toIndex(0));
    await world.calmDown();
  } finally {
    Date.now = realNow;
  }
});
