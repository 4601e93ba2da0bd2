import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { WebSocket } from 'ws';
import { proposalId, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { closeCodes, greeting } from '../../runtime/transport/handshake.ts';
import {
  alpha,
  bravo,
  caller,
  charlie,
  doorway,
  eventually,
  identity,
  station,
  tarpit,
  welcomed,
} from './sockets.ts';
import { virtualClock } from './virtual-clock.ts';

const nowhere = 'ws://127.0.0.1:9';
const numbered = (round: number): Message => ({ kind: 'heartbeatAck', term: toTerm(1), round });

test('a peer that takes the call but never upgrades is given up and tried again, and blocks nobody', async () => {
  const pit = await tarpit();
  const other = await station(bravo, { peers: new Map([[alpha, nowhere]]) });
  const one = await station(alpha, {
    peers: new Map([
      [charlie, pit.url],
      [bravo, other.url],
    ]),
  });
  await eventually(() => one.links.length > 0);
  await eventually(() => pit.calls.length > 0);

  let sent = 0;
  while (pit.calls.length < 2) {
    one.transport.send(charlie, [numbered(sent)]);
    one.transport.send(bravo, [numbered(sent)]);
    sent += 1;
    await eventually(() => other.heard.length === sent);
  }
  assert.ok(pit.calls[0]?.closed, 'the first call was hung up on before the second was made');
  assert.deepEqual(one.links, ['opened bravo']);
});

test('a peer that never answers our greeting is given up and tried again', async () => {
  const clock = virtualClock();
  const taken: WebSocket[] = [];
  const mute = await doorway((socket) => taken.push(socket));
  const one = await station(alpha, { peers: new Map([[charlie, mute.url]]), clock });
  await eventually(() => one.transport.peers()[0]?.state === 'greeting');
  clock.advance(limits.peerDialPatienceMs);
  assert.equal(one.transport.peers()[0]?.state, 'waiting');
  clock.advance(limits.peerBackOffMsMin);
  await eventually(() => taken.length === 2);
  assert.deepEqual(one.links, []);
});

test('a peer that falls silent is noticed within two seconds, and dialed again', async () => {
  const clock = virtualClock();
  let pings = 0;
  const taken: WebSocket[] = [];
  const dumb = await doorway(
    (socket) => {
      taken.push(socket);
      socket.on('ping', () => (pings += 1));
      socket.once('message', () => socket.send(greeting('welcome', identity(charlie), alpha)));
    },
    { autoPong: false },
  );
  const one = await station(alpha, { peers: new Map([[charlie, dumb.url]]), clock });
  await eventually(() => one.links.length > 0);
  const openedMs = clock.nowMs();

  clock.advance(limits.peerPingIntervalMs);
  await eventually(() => pings === 1);
  clock.advance(limits.peerPingPatienceMs);
  await eventually(() => pings === 2);
  clock.advance(limits.peerPingPatienceMs);
  assert.deepEqual(one.links, ['opened charlie', 'lost charlie']);
  assert.ok(clock.nowMs() - openedMs <= 2_000);

  clock.advance(limits.peerBackOffMsMin);
  await eventually(() => taken.length === 2 && one.links.length === 3);
});

test('a peer that reads slowly, but reads, is not taken for silent', async () => {
  const clock = virtualClock();
  const taken: WebSocket[] = [];
  let arrived = 0;
  const slow = await doorway(
    (socket) => {
      taken.push(socket);
      socket.once('message', () => {
        socket.on('message', () => (arrived += 1));
        socket.send(greeting('welcome', identity(charlie), alpha));
        socket.pause();
      });
    },
    { autoPong: false },
  );
  const one = await station(alpha, { peers: new Map([[charlie, slow.url]]), clock });
  await eventually(() => one.links.length > 0);
  const forward: Message = {
    kind: 'forward',
    term: toTerm(1),
    proposals: Array.from({ length: 8 }, (_, n) => ({
      proposalId: proposalId(`p${n}`),
      payload: new Uint8Array(limits.entryBytesMax),
    })),
  };
  const frames = 8;
  for (let frame = 0; frame < frames; frame += 1) one.transport.send(charlie, [forward]);
  clock.advance(limits.peerPingIntervalMs + limits.peerPingPatienceMs);

  taken[0]?.resume();
  await eventually(() => arrived === frames);
  clock.advance(limits.peerPingPatienceMs);
  assert.deepEqual(one.links, ['opened charlie'], 'bytes that move are a sign of life');
});

test('a peer that we accepted and that falls silent is let go', async () => {
  const clock = virtualClock();
  const one = await station(alpha, { peers: new Map([[bravo, nowhere]]), clock });
  const peer = await welcomed(one.url, bravo, alpha);
  let pongs = 0;
  peer.socket.on('pong', () => (pongs += 1));
  for (let round = 1; round <= 3; round += 1) {
    peer.socket.ping();
    await eventually(() => pongs === round);
    clock.advance(limits.peerSilenceMsMax);
    assert.equal(peer.socket.readyState, peer.socket.OPEN);
  }
  clock.advance(limits.peerSilenceMsMax);
  assert.equal(await peer.closed, 1006);
});

test('who never says hello is sent away', async () => {
  const clock = virtualClock();
  const one = await station(alpha, { peers: new Map([[bravo, nowhere]]), clock });
  const taken: WebSocket[] = [];
  const door = await doorway((socket) => {
    one.transport.accept(socket);
    taken.push(socket);
  });
  const stranger = await caller(door.url, null);
  await eventually(() => taken.length === 1);
  clock.advance(limits.handshakeTimeoutMs);
  assert.equal(await stranger.closed, closeCodes.silent);
});

test('a crowd that does not greet leaves room for those that do', async () => {
  const one = await station(alpha, { peers: new Map([[bravo, nowhere]]) });
  const crowd = [];
  for (let stranger = 0; stranger <= limits.peerHandshakesPendingMax; stranger += 1) {
    crowd.push(await caller(one.url, null));
  }
  assert.equal(await crowd[0]?.closed, closeCodes.crowded);
  assert.equal(crowd.at(-1)?.socket.readyState, 1);
  await welcomed(one.url, bravo, alpha);
});
