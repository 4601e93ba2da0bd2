/** What went wrong, once, in what clients were told of their proposals, or in that they were not. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../../machines/protocol/limits.ts';
import type { Message } from '../../../machines/protocol/messages.ts';
import { toTerm } from '../../../machines/protocol/ids.ts';
import { lone, toldOf } from '../../world/lone.ts';
import { append, heartbeat } from '../../world/messages.ts';
import type { Asking, Reading } from '../../world/clients.ts';
import { World } from '../../world/world.ts';

async function cluster() {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const [one = '', two = ''] = world.members.filter((member) => member !== leader);
  return { world, leader, one, two };
}

const isOpen = (asking: Asking, read: Reading): boolean =>
  asking.outcome === null && read.answer === null;

const wentAway = ({ answer }: Reading): boolean =>
  answer !== null && 'end' in answer && answer.code === 'shutting-down';

const countAt = (world: World, node: string): unknown =>
  world.service(node).peek('counter', 'k')?.view?.context;

// Catches: a refusal by the only node that was ever asked, taken for proof. The network had said
// `forward` twice: the first copy stood in the leader's log, the second found it out of office.
test('a forward that is delivered twice, placed first and declined then, is not called refused', async () => {
  const { world, leader, one } = await cluster();
  // The leader takes it, and nobody else ever hears of it: in the end it steps down.
  world.gate = (_, to, { kind }) =>
    kind !== 'append' && !(to === leader && kind === 'heartbeatAck') && kind !== 'preVoteGranted';
  const asking = world.propose(one, undefined, { timeoutMs: 2_000 });
  const before = world.statusOf(leader).lastIndex;
  await world.runUntil(() => world.statusOf(leader).lastIndex > before, 50);
  await world.runUntil(
    () => world.statusOf(leader).role !== 'leader',
    3 * limits.electionTimeoutMsMin,
  );
  const [forward] = world.sentOf(one, leader, 'forward');
  assert.ok(forward);
  world.repeat(one, leader, forward);
  await world.runUntil(() => world.sentOf(leader, one, 'forwardRefused').length > 0, 50);
  await world.runUntil(() => asking.outcome !== null, 3_000);
  assert.equal(asking.outcome?.end, 'unknown');

  // And indeed: the same node leads again, and its log still holds it.
  world.gate = (from, _, { kind }) => from === leader || kind !== 'preVoteRequest';
  await world.runUntil(() => world.leader() === leader, 10_000);
  await world.calmDown();
  assert.deepEqual(countAt(world, one), { count: 1 });
});

// Catches: the refusal of one leader, delivered twice, taken for that of the next, which had
// placed the proposal by then.
test('a refusal that is delivered twice takes nothing back that the next leader may have placed', async () => {
  const { world, puppets } = await lone({ log: [1], term: 1 });
  const [b, c] = [puppets['b'], puppets['c']];
  assert.ok(b && c);
  b.say('a', append(1, [1, 1], [], 1));
  await world.run(5);
  const asking = world.propose('a', undefined, { timeoutMs: 1_000 });
  await world.run(5);
  const proposalIds = toldOf(b, 'forward').flatMap(({ proposals }) =>
    proposals.map(({ proposalId }) => proposalId),
  );
  assert.equal(proposalIds.length, 1);
  const refusal: Message = {
    kind: 'forwardRefused',
    term: toTerm(1),
    proposalIds,
    code: 'no-leader',
    message: 'b does not lead now',
  };
  b.say('a', refusal);
  await world.run(5);
  c.say('a', heartbeat(2));
  await world.run(60);
  assert.equal(toldOf(c, 'forward').length, 1, 'the next leader has it');
  b.say('a', refusal);
  b.say('a', { ...refusal, code: 'overloaded' });
  await world.runUntil(() => asking.outcome !== null, 2_000);
  assert.equal(asking.outcome?.end, 'unknown');
});

// Catches: a node that falls silent and keeps its clients waiting until their own patience ends,
// or for ever.
test('a node whose disk fails ends every proposal and read that waits on it, at once', async () => {
  for (const role of ['leader', 'follower'] as const) {
    const { world, leader, one } = await cluster();
    const node = role === 'leader' ? leader : one;
    world.gate = (_, to, { kind }) =>
      to !== node || !['appendAccepted', 'heartbeatAck', 'readIndexGranted'].includes(kind);
    world.disk(node).isHeld = true;
    const asking = world.propose(node);
    const read = world.read(node);
    await world.run(20);
    assert.ok(isOpen(asking, read), 'they wait');
    world.disk(node).failsWith = 'EIO';
    world.disk(node).release();
    await world.run(5);
    assert.equal(world.faults.length, 1, 'it fell silent');
    assert.equal(asking.outcome?.end, 'unknown', role);
    assert.ok(wentAway(read));
    await world.calmDown();
  }
});

// Catches: the same for one that stops in good order.
test('a node that stops ends every proposal and read that waits on it', async () => {
  const { world, leader } = await cluster();
  world.gate = (_, to, { kind }) =>
    to !== leader || !['appendAccepted', 'heartbeatAck'].includes(kind);
  const asking = world.propose(leader);
  const read = world.read(leader);
  await world.run(20);
  assert.ok(isOpen(asking, read), 'they wait');
  await world.stop(leader);
  assert.equal(asking.outcome?.end, 'unknown');
  assert.ok(wentAway(read));
  await world.calmDown();
});
