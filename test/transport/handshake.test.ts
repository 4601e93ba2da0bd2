import assert from 'node:assert/strict';
import { test } from 'vitest';
import { nodeId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { closeCodes, greeting, peerProtocol, refusal } from '../../runtime/transport/handshake.ts';
import type { Identity } from '../../runtime/transport/websocket.ts';
import { alpha, bravo, caller, doorway, eventually, identity, station } from './sockets.ts';
import { virtualClock } from './virtual-clock.ts';

const nowhere = 'ws://127.0.0.1:9';

type Fault = Exclude<keyof typeof closeCodes, 'replaced' | 'silent' | 'crowded' | 'goingAway'>;

const json = (fields: object): string =>
  JSON.stringify({
    type: 'hello',
    protocol: peerProtocol,
    ...identity(bravo),
    to: alpha,
    ...fields,
  });

const otherMachines: Identity['machines'] = { order: 'other', billing: 'new', lifecycle: 'ba7' };

const badHellos: readonly [why: string, hello: string | Uint8Array, code: Fault, says: RegExp][] = [
  ['another protocol', json({ protocol: 2, cluster: undefined }), 'peer-wrong-protocol', /2.*1/],
  ['another cluster', json({ cluster: 'live' }), 'peer-wrong-cluster', /"live".*"test".*--cluster/],
  ['an unknown node', json({ node: 'zulu' }), 'peer-unknown-node', /zulu is not bravo.*--id/],
  ['somebody else wanted', json({ to: 'charlie' }), 'peer-unknown-node', /charlie.*alpha.*--peer/],
  ['ourselves', json({ node: 'alpha' }), 'peer-unknown-node', /both nodes are called alpha/],
  [
    'other machines',
    json({ machines: otherMachines }),
    'peer-machines-differ',
    /definitions of billing, order: .*--machines/,
  ],
  ['a machine too few', json({ machines: { order: 'f00' } }), 'peer-machines-differ', /lifecycle/],
  ['no JSON', 'hello', 'peer-garbage', /address/],
  ['binary', Buffer.from(json({})), 'peer-garbage', /address/],
  ['JSON of another kind', '[]', 'peer-garbage', /address/],
  ['a welcome', json({ type: 'welcome' }), 'peer-garbage', /no hello/],
  ['a field too few', json({ cluster: undefined }), 'peer-garbage', /malformed/],
  ['a nameless node', json({ node: '' }), 'peer-garbage', /malformed/],
  ['an oversized name', json({ node: 'x'.repeat(65) }), 'peer-garbage', /malformed/],
  ['a name with a newline', json({ node: 'bravo\n' }), 'peer-garbage', /malformed/],
  ['machines without names', json({ machines: { '': 'f00' } }), 'peer-garbage', /malformed/],
  ['a fingerprint of a wrong type', json({ machines: { order: 1 } }), 'peer-garbage', /malformed/],
  ['too much of it', json({ x: 'x'.repeat(limits.peerHelloBytesMax) }), 'peer-garbage', /address/],
];

for (const [why, hello, code, says] of badHellos) {
  test(`a hello with ${why} is refused as ${code}`, async () => {
    const one = await station(alpha, { peers: new Map([[bravo, nowhere]]) });
    const stranger = await caller(one.url, hello);
    assert.equal(await stranger.closed, closeCodes[code]);
    const answer = JSON.parse(stranger.said[0] ?? '{}') as Record<string, unknown>;
    assert.equal(answer['type'], 'refused');
    assert.equal(answer['code'], code);
    assert.match(String(answer['message']), says);
    assert.ok(one.log.some((line) => line.code === code && says.test(line.message)));
  });
}

const unfitWelcomes: readonly [why: string, answer: string | Uint8Array, code: Fault][] = [
  ['another node', json({ type: 'welcome', node: 'charlie', to: 'alpha' }), 'peer-unknown-node'],
  ['another cluster', json({ type: 'welcome', cluster: 'live' }), 'peer-wrong-cluster'],
  ['another protocol', json({ type: 'welcome', protocol: 9 }), 'peer-wrong-protocol'],
  ['other machines', json({ type: 'welcome', machines: {} }), 'peer-machines-differ'],
  ['garbage', 'HTTP/1.1 200 OK', 'peer-garbage'],
  ['a hello', json({}), 'peer-garbage'],
  [
    'an unheard-of refusal',
    JSON.stringify({ type: 'refused', code: 'x', message: '' }),
    'peer-garbage',
  ],
];

for (const [why, answer, code] of unfitWelcomes) {
  test(`an answer from ${why} is not taken for a welcome, but for ${code}`, async () => {
    const closedWith: number[] = [];
    const door = await doorway((socket) => {
      socket.once('message', () => socket.send(answer));
      socket.on('close', (closeCode) => closedWith.push(closeCode));
    });
    const one = await station(alpha, { peers: new Map([[bravo, door.url]]) });
    await eventually(() => closedWith.length > 0);
    assert.deepEqual(closedWith, [closeCodes[code]]);
    const [status] = one.transport.peers();
    assert.equal(status?.state, 'refused');
    assert.equal(status?.open, false);
    assert.equal(status?.trouble?.code, code);
    assert.deepEqual(one.links, []);
  });
}

test('two nodes that differ both say so, with code and remedy, once and not at each retry', async () => {
  const clock = virtualClock();
  const toAlpha = await doorway((socket) => one.transport.accept(socket));
  const other = await station(bravo, {
    peers: new Map([[alpha, toAlpha.url]]),
    identity: { machines: otherMachines },
    clock,
  });
  const one = await station(alpha, { peers: new Map([[bravo, other.url]]), clock });

  for (let attempt = 0; attempt < 4; attempt += 1) {
    for (const { transport } of [one, other]) {
      await eventually(() => transport.peers()[0]?.state === 'refused');
    }
    clock.advance(limits.peerRefusedBackOffMs);
  }
  for (const [{ log }, peer] of [
    [one, bravo],
    [other, alpha],
  ] as const) {
    const told = log.filter(({ code }) => code === 'peer-machines-differ');
    const remedy = /: (alpha|bravo) and .* definitions of billing, order: .*--machines/;
    for (const { message } of told) assert.match(message, remedy);
    assert.deepEqual(
      told.map(({ message }) => message.replace(remedy, '')).toSorted(),
      [`link from ${peer}`, `link to ${peer}`],
      'once for each direction',
    );
  }
});

test('nodes whose machines differ say which part of which it is, each of its own', async () => {
  const clock = virtualClock();
  const partsOf = (guard: string) => (machine: string, depth: number) => ({
    [`guard "may" of ${machine}`]: guard,
    [`depth ${depth}`]: 'same',
  });
  const toAlpha = await doorway((socket) => one.transport.accept(socket));
  const other = await station(bravo, {
    peers: new Map([[alpha, toAlpha.url]]),
    identity: { machines: otherMachines, partsOf: partsOf('b') },
    clock,
  });
  const one = await station(alpha, {
    peers: new Map([[bravo, other.url]]),
    identity: { partsOf: partsOf('a') },
    clock,
  });
  for (const { transport } of [one, other]) {
    await eventually(() => transport.peers()[0]?.state === 'refused');
    const { trouble } = transport.peers()[0] ?? assert.fail();
    assert.match(trouble?.message ?? '', / \(order differs in guard "may" of order\)$/);
  }
});

test('a definition that is too large is taken apart less finely, or not at all', async () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, nth) => [`part ${nth}`, 'f'.repeat(16)]));
  for (const [finest, said] of [
    [3, 3],
    [2, 2],
    [1, 1],
    [0, null],
  ] as const) {
    const one = await station(alpha, {
      peers: new Map([[bravo, nowhere]]),
      identity: { partsOf: (_, depth) => many(depth > finest ? 1_000 : 3) },
    });
    const stranger = await caller(one.url, json({ machines: otherMachines }));
    await stranger.closed;
    const answer = JSON.parse(stranger.said[0] ?? '{}') as {
      definitions?: Record<string, { depth: number }>;
    };
    assert.equal(answer.definitions?.['order']?.depth ?? null, said);
    assert.ok((stranger.said[0] ?? '').length <= limits.peerHelloBytesMax);
  }
});

test('nodes that fit welcome each other, and a refusal that was put right is forgotten', async () => {
  const clock = virtualClock();
  let answer = refusal({ code: 'peer-machines-differ', message: 'not yet' });
  const door = await doorway((socket) => socket.once('message', () => socket.send(answer)));
  const one = await station(alpha, { peers: new Map([[bravo, door.url]]), clock });
  await eventually(() => one.transport.peers()[0]?.state === 'refused');
  assert.deepEqual(one.warnings(), ['peer-machines-differ']);

  answer = greeting('welcome', identity(bravo), alpha);
  clock.advance(limits.peerRefusedBackOffMs);
  await eventually(() => one.links.length > 0);
  assert.equal(one.transport.peers()[0]?.trouble, null);
  assert.match(one.log.at(-1)?.message ?? '', /link to bravo is well again/);
});

test('strangers can call as often as they like without filling the log', async () => {
  const clock = virtualClock();
  const one = await station(alpha, { peers: new Map([[bravo, nowhere]]), clock });
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await (
      await caller(one.url, json({ node: nodeId(`stranger-${attempt}`) }))
    ).closed;
  }
  const told = () => one.warnings().filter((code) => code === 'peer-unknown-node').length;
  assert.equal(told(), 1);
  clock.advance(60_000);
  await (
    await caller(one.url, json({ node: 'stranger' }))
  ).closed;
  assert.equal(told(), 2);
});
