/** What went wrong, once, after something that nobody should have said. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Message } from '../../../machines/protocol/messages.ts';
import { proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { hostNode, type Host, type Stimulus } from '../../../runtime/host.ts';
import { entriesOf, logOfTerms, place } from '../../rules/logs.ts';
import { virtualClock } from '../../transport/virtual-clock.ts';
import { alpha, bravo, example, from, messageKinds, threeVoters } from '../../charts/hear.ts';
import { World } from '../../world/world.ts';

async function cluster() {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  return { world, leader };
}

// Catches: an answer passed on to the actor of a peer that there is not, which broke the chart.
test('what somebody says who is no member, or in the leader’s own name, breaks no leader', async () => {
  const { world, leader } = await cluster();
  const { term } = world.statusOf(leader);
  for (const kind of messageKinds) {
    const message: Message = example[kind](term);
    for (const speaker of ['stranger', leader]) {
      // As the voice of the leader itself, only what answers a leader: the rest is its own to say.
      const isAnswer = ['appendAccepted', 'appendRefused', 'heartbeatAck'].includes(kind);
      if (speaker === leader && !isAnswer) continue;
      world.repeat(speaker, leader, message);
      await world.run(5);
    }
  }
  assert.equal(world.statusOf(leader).role, 'leader');
  assert.deepEqual(world.faults, []);
  const asking = world.propose(leader);
  await world.run(20);
  assert.equal(asking.outcome?.end, 'committed');
});

/** A host whose chart can be broken: a committed entry is replaced by one of a later term. */
function breakable() {
  const clock = virtualClock();
  const done: string[] = [];
  const inTurn: { gather: () => Stimulus[]; carryOut: () => void } = {
    gather: () => [],
    carryOut: () => {},
  };
  const host: Host = hostNode(
    {
      self: alpha,
      voters: threeVoters,
      hold: false,
      hardState: { term: toTerm(3), votedFor: null },
      log: logOfTerms(1, 1, 2),
      seed: 7,
    },
    {
      clock,
      carryOut: ({ type }) => {
        done.push(type);
        inTurn.carryOut();
      },
      gather() {
        done.push('gather');
        return inTurn.gather();
      },
      turnOver: () => void done.push('turnOver'),
      broken: () => void done.push('broken'),
    },
  );
  host.start();
  host.deliver(from(bravo, { ...example.append(3), commitIndex: toIndex(3) }));
  clock.advance(0);
  done.length = 0;
  const breaking: Stimulus = from(bravo, {
    ...example.append(9),
    prev: place(2, 1),
    entries: entriesOf([9], 3),
  });
  return { host, clock, done, inTurn, breaking };
}

// Catches: a turn that goes on after the chart broke in it: clients' wishes gathered into a void,
// and half of the turn's messages and writes sent out as if all were well.
test('once the chart broke within a turn nothing more is gathered, sent or written', () => {
  const { host, clock, done, breaking } = breakable();
  host.deliver(from(bravo, example.heartbeat(3)));
  host.deliver(breaking);
  host.deliver(from(bravo, example.heartbeat(9)));
  clock.advance(60_000);
  assert.deepEqual(done, ['send', 'broken']);
});

// Catches: the same, where it broke over what was gathered.
test('nor when it broke over what was gathered in that turn', () => {
  const { host, clock, done, inTurn, breaking } = breakable();
  inTurn.gather = () => [breaking];
  host.awake();
  clock.advance(60_000);
  assert.deepEqual(done, ['gather', 'broken']);
});

// Catches: garbage in a committed entry that each node in turn broke on, at each start again.
test('a committed entry that holds no command is passed over by every node alike', async () => {
  const { world, leader } = await cluster();
  const other = world.members.find((member) => member !== leader) ?? '';
  const { term } = world.statusOf(leader);
  const garbage = [[], [0xc1], [1, 2, 3], [0x93, 1, 2, 3], [0x95, 1, 2, 3, 4, 5]];
  const proposals = garbage.map((bytes) => ({
    proposalId: proposalId(world.newId()),
    payload: new Uint8Array(bytes),
  }));
  const before = world.statusOf(leader).lastIndex;
  world.repeat(other, leader, { kind: 'forward', term: toTerm(term), proposals });
  await world.run(200);
  const asking = world.propose(other);
  await world.run(20);
  assert.equal(asking.outcome?.end, 'committed');
  await world.restart(other);
  await world.settle();
  for (const node of world.members) {
    assert.equal(world.statusOf(node).appliedIndex, before + garbage.length + 1);
    assert.deepEqual(world.service(node).peek('counter', 'k')?.view?.context, { count: 1 });
  }
  assert.deepEqual(world.faults, []);
  await world.calmDown();
});
