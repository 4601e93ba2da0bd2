/** Links that are open and carry nothing. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { WebSocket } from 'ws';
import { toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { greeting } from '../../runtime/transport/handshake.ts';
import {
  alpha,
  bravo,
  charlie,
  doorway,
  eventually,
  identity,
  station,
  tarpit,
  type Station,
} from '../transport/sockets.ts';
import { virtualClock, type VirtualClock } from '../transport/virtual-clock.ts';
import { settled } from './settled.ts';

const nowhere = 'ws://127.0.0.1:9';
const heldMs = 30_000;
const numbered = (round: number): Message => ({ kind: 'heartbeatAck', term: toTerm(1), round });

/** Half a minute passes, a tenth of a second at a time; `other` gets word in each. */
async function hold(one: Station, other: Station, clock: VirtualClock): Promise<void> {
  for (let ms = 0; ms < heldMs; ms += 100) {
    one.transport.send(charlie, [numbered(ms)]);
    one.transport.send(bravo, [numbered(ms)]);
    await eventually(() => other.heard.length === ms / 100 + 1);
    clock.advance(100);
    // The system's own sockets take a turn or two to open and close.
    for (let turn = 0; turn < 4; turn += 1) await new Promise((next) => setImmediate(next));
  }
}

async function pair(silent: string) {
  const clock = virtualClock();
  const other = await station(bravo, { peers: new Map([[alpha, nowhere]]) });
  const peers = new Map([
    [charlie, silent],
    [bravo, other.url],
  ]);
  const one = await station(alpha, { peers, clock });
  await eventually(() => one.links.includes('opened bravo'));
  return { clock, one, other };
}

/** More often would be a storm, more seldom a peer that is forgotten. */
const dialsWithin = (calls: number): void =>
  assert.ok(calls >= 5 && calls <= 30, `dialed ${calls} times in half a minute`);

// Catches: a dial without a time-out, one queue for all peers, dialing without a pause.
test('#47 Half-open WebSocket: a peer that takes the call and never shakes hands, for 30 s (etcd and hashicorp/raft transports)', async () => {
  const { url, calls } = await tarpit();
  const { clock, one, other } = await pair(url);
  await hold(one, other, clock);
  dialsWithin(calls.length);
  assert.deepEqual(one.links, ['opened bravo'], 'the other link is never touched');
  const open = calls.filter(({ destroyed }) => !destroyed);
  assert.ok(open.length <= 2, `${open.length} calls are still open`);
});

// Catches: a link that is called open for as long as the system keeps the socket, and buffers that
// grow meanwhile.
test('#47 Half-open WebSocket: a peer that shakes hands and then falls silent for good, for 30 s (etcd and hashicorp/raft transports)', async () => {
  const taken: WebSocket[] = [];
  const mute = await doorway(
    (socket) => {
      taken.push(socket);
      socket.once('message', () => {
        socket.send(greeting('welcome', identity(charlie), alpha));
        socket.pause();
      });
    },
    { autoPong: false },
  );
  const { clock, one, other } = await pair(mute.url);
  await eventually(() => one.links.includes('opened charlie'));
  await hold(one, other, clock);
  dialsWithin(taken.length);
  const opened = one.links.filter((link) => link === 'opened charlie').length;
  const lost = one.links.filter((link) => link === 'lost charlie').length;
  assert.ok(lost >= opened - 1 && lost > 3, 'each time it is noticed');
  assert.ok(!one.links.includes('lost bravo'));
});

// Catches: a silent peer that holds the others up, or whose backlog grows for ever.
test('#47 Half-open WebSocket: a peer that takes everything and says nothing slows nobody and is not buried (etcd and hashicorp/raft transports)', async () => {
  const { world, leader, one: silent, two: other } = await settled();
  world.gate = (from) => from !== silent;
  let toSilent = 0;
  let entries = 0;
  world.onSent = (_, to, message) => {
    if (to !== silent) return;
    toSilent += 1;
    if (message.kind === 'append') entries += message.entries.length;
  };
  const asked = [];
  for (let n = 0; n < heldMs / 50; n += 1) {
    asked.push(world.propose(n % 2 === 0 ? leader : other));
    await world.run(50);
  }
  assert.ok(asked.every(({ outcome }) => outcome === null || outcome.end === 'committed'));
  assert.ok(asked.filter(({ outcome }) => outcome !== null).length > asked.length - 10);
  assert.ok(entries <= limits.appendsInFlightMax * 2, `${entries} entries sent into the void`);
  const beats = heldMs / limits.heartbeatIntervalMs;
  assert.ok(toSilent < 4 * beats, `${toSilent} messages`);
  await world.calmDown();
});
