/** “Refused” is said of what can never happen, and of nothing else. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { encodeCommand } from '../../runtime/command-codec.ts';
import { lone, toldOf } from '../world/lone.ts';
import { append, heartbeat, voteRequest } from '../world/messages.ts';
import { World } from '../world/world.ts';
import { countAt } from './count-at.ts';

// Catches: "refused" for what may still happen (Jepsen, redis-raft and Redpanda: aborted reads).
test('#43 “Failed” means failed: in any weather “refused” is only said of what can never happen (openraft, error handling semantics)', async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const world = new World({ seed, nodes: 3 });
    await world.start();
    const leader = await world.settle();
    const [one = '', two = ''] = world.members.filter((member) => member !== leader);
    const timeoutMs = world.chance.integer(20, 3_000);
    for (const node of world.members) {
      for (let n = 0; n < 3; n += 1) world.propose(node, undefined, { timeoutMs });
    }
    await world.run(world.chance.integer(0, 6));
    // Loss of leadership at some stage, the entries perhaps on one follower, perhaps on none.
    if (world.chance.happens(0.5)) world.cut(leader, one);
    if (world.chance.happens(0.5)) world.cut(leader, two, 'one');
    if (world.chance.happens(0.5)) world.transfer(leader);
    for (let n = 0; n < 5; n += 1) {
      for (const node of world.members) world.propose(node, undefined, { timeoutMs });
      await world.run(world.chance.integer(1, 300));
    }
    await world.run(4_000);
    assert.ok(
      world.asked.every(({ outcome }) => outcome !== null),
      'everyone is answered in time',
    );
    await world.calmDown();
  }
});

/** `a` follows `b` in term 1 and has handed a proposal to it. */
async function handedOver() {
  const one = await lone({ log: [1], term: 1 });
  const { world, puppets } = one;
  const [b, c] = [puppets['b'], puppets['c']];
  assert.ok(b && c);
  b.say('a', append(1, [1, 1], [], 1));
  await world.run(5);
  const asking = world.propose('a', undefined, { timeoutMs: 1_000 });
  await world.run(5);
  const [proposal] = toldOf(b, 'forward').flatMap(({ proposals }) => proposals);
  assert.ok(proposal);
  const refusal = {
    kind: 'forwardRefused',
    term: toTerm(1),
    proposalIds: [proposal.proposalId],
    code: 'no-leader',
    message: 'b does not lead now',
  } as const;
  /** In the end `c` leads, and the log that it brings holds the proposal after all. */
  const itHappens = async (): Promise<void> => {
    await world.runUntil(() => asking.outcome !== null, 2_000);
    const run = { type: 'RUN' };
    const entries = [
      { ...world.entry(2, 2), payload: payloadOf(world, 'lifecycle', 'cluster', run) },
      { ...world.entry(3, 2), payload: proposal.payload },
    ];
    const { term } = world.statusOf('a');
    c.say('a', append(term, [1, 1], entries, 3));
    await world.run(20);
    assert.equal(countAt(world, 'a'), 1);
    world.witness.compareAnswers();
    await world.run(1);
    assert.notEqual(asking.outcome?.end, 'refused');
  };
  return { world, b, c, refusal, itHappens };
}

const payloadOf = (world: World, machine: string, key: string, event: MachineEvent): Uint8Array =>
  new Uint8Array(
    encodeCommand({
      proposalId: proposalId(world.newId()),
      machine,
      key,
      event,
      since: toIndex(0),
    }),
  );

// Catches: the first copy of a hand-over is placed, the second is declined, and the asker is told
// that nothing was applied. Messages may be repeated at any time (protocol/messages.ts).
test('#43 “Failed” means failed: a hand-over that arrives twice, and is declined the second time, is not called refused (Jepsen, Redpanda)', async () => {
  const { world, b, c, refusal, itHappens } = await handedOver();
  // The first copy stands in the log of b, which has stepped down since and declines the second.
  b.say('a', refusal);
  c.say('a', voteRequest(2, [2, 1], true));
  await world.run(10);
  await itHappens();
});

// Catches: a refusal by one leader, repeated late, that is taken for the next one's.
test('#43 “Failed” means failed: a refusal that arrives again, after the next leader took the proposal, refuses nothing (Jepsen, Redpanda)', async () => {
  const { world, b, c, refusal, itHappens } = await handedOver();
  b.say('a', refusal);
  await world.run(5);
  c.say('a', heartbeat(2));
  await world.run(60);
  assert.equal(toldOf(c, 'forward').length, 1, 'the next leader has it');
  b.say('a', refusal);
  b.say('a', voteRequest(3, [9, 2], true));
  await world.run(2_000);
  c.say('a', voteRequest(4, [9, 2], true));
  await world.run(10);
  await itHappens();
});
