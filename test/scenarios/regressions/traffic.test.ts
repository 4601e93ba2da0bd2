/** What went wrong, once, in how much nodes say to each other, or in what they do not say again. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { indexZero, proposalId } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import type { Append } from '../../../machines/protocol/messages.ts';
import { encodeCommand } from '../../../runtime/command-codec.ts';
import { encodeFrames } from '../../../runtime/transport/codec.ts';
import { crown, lone, toldOf } from '../../world/lone.ts';
import { appendAccepted, heartbeatAck } from '../../world/messages.ts';
import type { Puppet } from '../../world/wires.ts';
import { World } from '../../world/world.ts';

async function cluster() {
  const world = new World();
  await world.start();
  const leader = await world.settle();
  const [one = '', two = ''] = world.members.filter((member) => member !== leader);
  return { world, leader, one, two };
}

/** `a` leads; `b` and `c` say what the test has them say. */
async function leading() {
  const one = await lone();
  const term = await crown(one);
  const [b, c] = [one.puppets['b'], one.puppets['c']];
  assert.ok(b && c);
  return { world: one.world, term, b, c };
}

const frameBytes = (messages: Parameters<typeof encodeFrames>[0]): number[] =>
  encodeFrames(messages).frames.map((frame) => frame.length);

// Catches: all that came in one turn handed to the leader in one message, which no frame could carry.
test('forty proposals of 250 kB, asked at once of a follower, are handed on in pieces and all commit', async () => {
  const { world, one, leader } = await cluster();
  const event = { type: 'ADD', by: 1, big: 'x'.repeat(250_000) };
  const asked = Array.from({ length: 40 }, () => world.propose(one, event));
  await world.run(1_000);
  const forwards = world.sentOf(one, leader, 'forward');
  assert.ok(forwards.length > 1);
  for (const forward of forwards) {
    assert.deepEqual(encodeFrames([forward]).unsendable, []);
    assert.ok(frameBytes([forward]).every((bytes) => bytes <= limits.frameBytesMax));
  }
  const handedOn = forwards.flatMap(({ proposals }) => proposals.map((each) => each.proposalId));
  assert.deepEqual(
    handedOn,
    asked.map((asking) => asking.proposalId),
    'each once, in order',
  );
  assert.ok(asked.every(({ outcome }) => outcome?.end === 'committed'));
  await world.calmDown();
});

// Catches: a window of appends larger than what may wait for a link: a follower far behind was
// taken for a dead one again and again, and never caught up.
test('a full window of appends fits the backlog of a link, envelopes and all', () => {
  const window = limits.appendsInFlightMax * limits.appendBytesMax;
  assert.ok(2 * window <= limits.peerBacklogBytesMax);
});

test('a follower 64 MB behind is caught up, and never more than a link’s backlog of it is unanswered', async () => {
  const { world, term, b, c } = await leading();
  const entriesPerAppend = 16;
  const appends = limits.peerBacklogBytesMax / limits.appendBytesMax + 2;
  const event = {
    type: 'ADD',
    by: 1,
    big: 'x'.repeat(bigChars(limits.appendBytesMax / entriesPerAppend)),
  };
  const last = (): number => world.statusOf('a').lastIndex;
  c.say('a', appendAccepted(term, 1));
  b.say('a', appendAccepted(term, 1));
  await world.run(5);
  // Nobody needs to read what b is sent.
  world.cut('a', 'b', 'one');
  // The answers of c do not come for now; what was sent to it waits.
  let unanswered: { matchIndex: number; bytes: number }[] = [];
  let bytes = 0;
  let most = 0;
  world.onSent = (_, to, message) => {
    if (to !== 'c' || message.kind !== 'append' || message.entries.length === 0) return;
    const sent = {
      matchIndex: message.prev.index + message.entries.length,
      bytes: bytesOf(message),
    };
    unanswered.push(sent);
    bytes += sent.bytes;
    most = Math.max(most, bytes);
  };
  for (let n = 0; n < appends; n += 1) {
    for (let m = 0; m < entriesPerAppend; m += 1) world.propose('a', event);
    await world.run(4);
    b.say('a', appendAccepted(term, last()));
    b.say('a', heartbeatAck(term));
    await world.run(2);
    b.heard.length = 0;
    c.heard.length = 0;
  }
  assert.ok(
    world.asked.every(({ outcome }) => outcome !== null),
    'a majority had it all',
  );
  let matched = 0;
  while (matched < last()) {
    const [next] = unanswered;
    assert.ok(next, 'there is more on its way');
    unanswered = unanswered.slice(1);
    bytes -= next.bytes;
    matched = next.matchIndex;
    c.say('a', appendAccepted(term, matched));
    b.say('a', heartbeatAck(term));
    await world.run(2);
  }
  assert.ok(most > limits.peerBacklogBytesMax / 4, `${most}: the window was used`);
  assert.ok(most <= limits.peerBacklogBytesMax, `${most} bytes unanswered at once`);
  assert.ok(most <= limits.appendsInFlightMax * 1.01 * limits.appendBytesMax);
});

const bytesOf = (message: Append): number =>
  frameBytes([message]).reduce((sum, length) => sum + length, 0);

/** So many characters that the command takes so many bytes. */
function bigChars(payloadBytes: number): number {
  const some = 1_000;
  const { length } = encodeCommand({
    proposalId: proposalId('00000000-0000-7000-8000-000000000000'),
    machine: 'counter',
    key: 'k',
    event: { type: 'ADD', by: 1, big: 'x'.repeat(some) },
    since: indexZero,
  });
  // `since` grows to three bytes.
  return some + payloadBytes - length - 2;
}

// Catches: proposals handed to a link that is closed, or closes before they arrive, which then
// stay with a leader that never saw them.
test('what was handed to a closed or closing link to the leader is offered again when it opens', async () => {
  const { world, leader, one } = await cluster();
  for (let round = 0; round < 3; round += 1) {
    world.cut(one, leader, 'one');
    await world.run(5);
    const closing = world.propose(one, undefined, { timeoutMs: 20_000 });
    await world.run(2_500);
    assert.ok(!world.core(one).isLinked(world.core(leader).snapshot().context.self));
    const closed = world.propose(one, undefined, { timeoutMs: 20_000 });
    await world.run(100);
    assert.deepEqual([closing.outcome, closed.outcome], [null, null]);
    world.heal();
    await world.run(20);
    for (const { outcome } of [closing, closed]) assert.equal(outcome?.end, 'committed');
  }
  assert.equal(world.leader(), leader);
  await world.calmDown();
});

/** Reads at `a` all the time, each with a round of heartbeats that both followers acknowledge. */
async function readBusily(world: World, followers: readonly Puppet[], ms: number): Promise<void> {
  const answered = new Map(followers.map((follower) => [follower, 0]));
  const untilMs = world.nowMs + ms;
  while (world.nowMs < untilMs) {
    world.read('a', { timeoutMs: 100 });
    for (const follower of followers) {
      const beats = toldOf(follower, 'heartbeat');
      for (const { term, round } of beats.slice(answered.get(follower))) {
        follower.say('a', heartbeatAck(term, round));
      }
      answered.set(follower, beats.length);
    }
    await world.run(1);
  }
}

const pulses = 5;
const pulsesMs = pulses * limits.heartbeatIntervalMs;

// Catches: a probe, of up to 1 MiB, sent again at every acknowledged heartbeat. Each round of reads
// brings one: hundreds of megabytes a second to a follower that is merely slow.
test('a follower that is being probed is asked once a pulse at most, and for no entries twice', async () => {
  const { world, term, b, c } = await leading();
  b.say('a', appendAccepted(term, 1));
  await world.run(5);
  b.say('a', appendAccepted(term, 2));
  await world.run(5);
  assert.equal(toldOf(c, 'append').length, 1, 'the probe');
  await readBusily(world, [b, c], pulsesMs);
  const asked = toldOf(c, 'append').slice(1);
  assert.ok(asked.length > 1 && asked.length <= pulses + 1, `asked ${asked.length} times`);
  assert.ok(asked.every(({ entries }) => entries.length === 0));
  assert.ok(toldOf(c, 'heartbeat').length > 10 * pulses, 'there were rounds enough');
});

// Catches: the same for one that is behind in the stream.
test('a follower that lags behind is asked once a pulse at most, however many rounds of reads run', async () => {
  const { world, term, b, c } = await leading();
  for (const follower of [b, c]) follower.say('a', appendAccepted(term, 1));
  await world.run(5);
  b.say('a', appendAccepted(term, 2));
  await world.run(5);
  const before = toldOf(c, 'append').length;
  assert.equal(toldOf(c, 'append').at(-1)?.entries.length, 1, 'what it does not answer');
  await readBusily(world, [b, c], pulsesMs);
  const asked = toldOf(c, 'append').slice(before);
  assert.ok(asked.length > 1 && asked.length <= pulses + 1, `asked ${asked.length} times`);
  assert.ok(asked.every(({ entries }) => entries.length === 0));
});
