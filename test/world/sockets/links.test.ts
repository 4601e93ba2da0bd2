import assert from 'node:assert/strict';
import { test } from 'vitest';
import { nodeId, toTerm } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import type { Message } from '../../../machines/protocol/messages.ts';
import type { Life } from '../life.ts';
import type { Host } from './network.ts';
import { socketTransport } from './peers.ts';
import { createStage, type Stage } from './stage.ts';

const alpha = nodeId('alpha');
const bravo = nodeId('bravo');
const numbered = (round: number): Message => ({ kind: 'heartbeatAck', term: toTerm(1), round });

type Changes = Readonly<{ cluster?: string; machines?: Readonly<Record<string, string>> }>;

/** A node reduced to its transport. */
function station(stage: Stage, self: string, peer: string, changes: Changes = {}) {
  const life: Life = stage.life(self);
  const host: Host = stage.network.join(self, life);
  const heard: number[] = [];
  const links: string[] = [];
  const warnings: string[] = [];
  const transport = socketTransport({
    host,
    self: {
      cluster: 'test',
      node: nodeId(self),
      machines: { order: 'f00' },
      version: '0',
      ...changes,
    },
    peers: [nodeId(peer)],
    logger: { info: () => {}, warn: (_, message) => warnings.push(message) },
    listener: {
      heard: (_, messages) => {
        for (const message of messages) if ('round' in message) heard.push(message.round);
      },
      linkOpened: () => links.push('opened'),
      linkLost: () => links.push('lost'),
    },
  });
  const state = (): string => transport.peers()[0]?.state ?? '';
  return { life, host, heard, links, warnings, transport, state };
}

async function met(options: Parameters<typeof createStage>[0] = {}) {
  const stage = createStage(options);
  const a = station(stage, 'alpha', 'bravo');
  const b = station(stage, 'bravo', 'alpha');
  await stage.until(() => a.links.length === 1 && b.links.length === 1);
  return { ...stage, stage, a, b };
}

test('in fair weather a quiet link stays open, and says no more than its pings', async () => {
  const { run, sent, a, b } = await met();
  const before = sent.length;
  await run(60_000);
  assert.deepEqual([a.links, b.links], [['opened'], ['opened']]);
  assert.deepEqual([...new Set(sent.slice(before).map(({ kind }) => kind))], ['ping', 'pong']);
});

test('a half-open link is noticed by its chart within two seconds, and dialed again once it is whole', async () => {
  const { run, until, network, timeline, a, b } = await met();
  network.cut('bravo', 'alpha');
  const cutMs = timeline.nowMs;
  await run(limits.peerPingIntervalMs);
  assert.equal(a.state(), 'open');
  await until(() => a.links.length === 2);
  const noticedMs = timeline.nowMs - cutMs;
  assert.ok(noticedMs > 2 * limits.peerPingPatienceMs, `after ${noticedMs} ms`);
  assert.ok(noticedMs <= 2_000, `after ${noticedMs} ms`);
  await run(60_000);
  // Neither the news of a link that was lost nor an answer to a dial came from there.
  assert.equal(a.links.length, 2);
  assert.deepEqual(b.links.slice(0, 2), ['opened', 'lost']);

  network.heal('bravo', 'alpha');
  await run(limits.peerBackOffMsMax + 2 * limits.peerDialPatienceMs);
  assert.equal(a.links.at(-1), 'opened');
  assert.equal(b.links.at(-1), 'opened');
  a.transport.send(bravo, [numbered(1)]);
  b.transport.send(alpha, [numbered(2)]);
  await run(10);
  assert.deepEqual([b.heard, a.heard], [[1], [2]]);
});

test('a short silence costs nothing but time', async () => {
  const { run, network, a, b } = await met();
  network.cut('alpha', 'bravo');
  for (const round of [1, 2, 3]) a.transport.send(bravo, [numbered(round)]);
  await run(1_000);
  assert.deepEqual(b.heard, []);
  network.heal('alpha', 'bravo');
  await run(5_000);
  assert.deepEqual(b.heard, [1, 2, 3]);
  assert.deepEqual([a.links, b.links], [['opened'], ['opened']]);
});

test('a node that slept keeps its link, though its alarms ring before it reads the answer', async () => {
  const { run, until, sent, a } = await met();
  const asked = (): boolean => sent.some(({ kind, from }) => kind === 'ping' && from === 'alpha');
  await until(asked);
  a.life.pause();
  await run(2 * limits.peerPingPatienceMs + limits.peerPingIntervalMs);
  a.life.wake();
  await run(10_000);
  assert.deepEqual(a.links, ['opened']);
});

test('a node that slept for longer than a peer may be silent finds its link closed', async () => {
  const { run, a, b } = await met();
  a.life.pause();
  await run(2 * limits.peerSilenceMsMax);
  a.life.wake();
  await run(10_000);
  assert.deepEqual(a.links, ['opened', 'lost', 'opened']);
  assert.equal(b.links.at(-1), 'opened');
});

test('a peer that sleeps is given up, and found again when it wakes', async () => {
  const { run, a, b } = await met();
  b.life.pause();
  await run(10_000);
  assert.deepEqual(a.links, ['opened', 'lost']);
  b.life.wake();
  await run(5_000);
  assert.deepEqual(a.links, ['opened', 'lost', 'opened']);
  assert.equal(b.links.at(-1), 'opened');
});

test('a peer that takes nothing is given up for the backlog that it makes', async () => {
  const { run, network, a } = await met();
  network.setWeather('alpha', 'bravo', {
    delayMs: [1, 1],
    bytesPerMs: 1,
    retryMs: [0, 0],
    resetAfterSilence: 0,
  });
  const entry = { index: 1, term: 1, kind: 'command', timeMs: 0, seed: 0 };
  const payload = new Uint8Array(limits.entryBytesMax - 1_024);
  const append = {
    kind: 'append',
    term: toTerm(1),
    prev: { index: 0, term: 0 },
    entries: [{ ...entry, payload }],
    commitIndex: 0,
  } as unknown as Message;
  for (let sent = 0; sent < limits.peerBacklogBytesMax; sent += payload.length) {
    a.transport.send(bravo, [append]);
  }
  assert.deepEqual(a.links, ['opened']);
  for (let more = 0; more < 4; more += 1) a.transport.send(bravo, [append]);
  await run(1);
  assert.deepEqual(a.links, ['opened', 'lost']);
  assert.match(a.warnings.join(), /too slowly/);
});

test('a killed peer is missed at once, one without power when it does not answer', async () => {
  for (const how of ['process', 'power'] as const) {
    const { run, until, stage, timeline, a, b } = await met();
    b.life.end();
    b.host.exit(how);
    const diedMs = timeline.nowMs;
    await until(() => a.links.length === 2);
    const missedMs = timeline.nowMs - diedMs;
    if (how === 'process') assert.ok(missedMs <= 1, `after ${missedMs} ms`);
    else assert.ok(missedMs > 2 * limits.peerPingPatienceMs, `after ${missedMs} ms`);

    const reborn = station(stage, 'bravo', 'alpha');
    await run(limits.peerBackOffMsMax + 100);
    assert.equal(a.links.at(-1), 'opened');
    a.transport.send(bravo, [numbered(1)]);
    await run(10);
    assert.deepEqual([b.heard, reborn.heard], [[], [1]]);
  }
});

test('nodes of different clusters, and of different machines, tell each other so', async () => {
  for (const [changes, code] of [
    [{ cluster: 'other' }, /cluster/],
    [{ machines: { order: 'ba7' } }, /different definitions of order/],
  ] as const) {
    const stage = createStage();
    const a = station(stage, 'alpha', 'bravo');
    const b = station(stage, 'bravo', 'alpha', changes);
    await stage.run(60_000);
    assert.deepEqual([a.links, b.links], [[], []]);
    assert.match(a.warnings.join(), code);
    assert.match(b.warnings.join(), code);
  }
});
