import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { proposalId, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { realClock } from '../../runtime/clock.ts';
import { encodeFrames } from '../../runtime/transport/codec.ts';
import { examineTransport } from '../../runtime/transport/exam.ts';
import { closeCodes, greeting } from '../../runtime/transport/handshake.ts';
import {
  createWebSocketTransport,
  type WebSocketTransport,
} from '../../runtime/transport/websocket.ts';
import {
  alpha,
  bravo,
  disposeLater,
  doorway,
  eventually,
  identity,
  station,
  welcomed,
} from './sockets.ts';
import { virtualClock } from './virtual-clock.ts';

/** Nobody listens on the discard port. */
const nowhere = 'ws://127.0.0.1:9';
const quiet = { info: () => {}, warn: () => {} };
const numbered = (round: number): Message => ({ kind: 'heartbeatAck', term: toTerm(1), round });

function frameOf(...messages: readonly Message[]): Uint8Array {
  const [frame] = encodeFrames(messages).frames;
  return frame ?? assert.fail();
}

examineTransport('WebSocket', {
  test,
  pair: async () => {
    const running = new Map<string, WebSocketTransport>();
    const doorOf = (node: string) =>
      doorway((socket) => {
        const transport = running.get(node);
        if (transport) transport.accept(socket);
        else socket.terminate();
      });
    const doors = new Map([
      [alpha, (await doorOf(alpha)).url],
      [bravo, (await doorOf(bravo)).url],
    ]);
    return {
      async start(node, listener) {
        const transport = createWebSocketTransport({
          self: identity(node),
          peers: new Map([...doors].filter(([peer]) => peer !== node)),
          clock: realClock,
          seed: node === alpha ? 1 : 2,
          logger: quiet,
          listener,
        });
        running.set(node, transport);
        return {
          send: (to, messages) => transport.send(to, messages),
          close: async () => {
            running.delete(node);
            await transport.close();
          },
        };
      },
      dispose: async () => {
        await Promise.all([...running.values()].map((transport) => transport.close()));
      },
    };
  },
});

test('a newer connection from a peer takes the place of the older, whose past is not heard', async () => {
  const one = await station(alpha, { peers: new Map([[bravo, nowhere]]) });
  const older = await welcomed(one.url, bravo, alpha);
  older.socket.send(frameOf(numbered(1)));
  await eventually(() => one.heard.length === 1);

  const newer = await welcomed(one.url, bravo, alpha);
  older.socket.send(frameOf(numbered(2)));
  newer.socket.send(frameOf(numbered(3)));
  assert.equal(await older.closed, closeCodes.replaced);
  await eventually(() => one.heard.length >= 2);
  assert.deepEqual(one.heard, [numbered(1), numbered(3)]);
});

test('a peer that dials us is dialed at once, whatever the wait for it', async () => {
  const clock = virtualClock();
  let calls = 0;
  const door = await doorway((socket) => {
    calls += 1;
    socket.terminate();
  });
  const one = await station(alpha, { peers: new Map([[bravo, door.url]]), clock });
  await eventually(() => one.transport.peers()[0]?.state === 'waiting');
  assert.equal(calls, 1);
  await welcomed(one.url, bravo, alpha);
  await eventually(() => calls === 2);
});

test('garbage closes the connection that it came on, with its code, and nothing else', async () => {
  const garbage: (string | Uint8Array)[] = [
    'text',
    new Uint8Array(),
    Buffer.from('garbage'),
    frameOf(numbered(1)).subarray(0, 4),
    Uint8Array.from([2, 0x90]),
  ];
  for (const bytes of garbage) {
    const one = await station(alpha, { peers: new Map([[bravo, nowhere]]) });
    const bad = await welcomed(one.url, bravo, alpha);
    bad.socket.send(frameOf(numbered(1)));
    bad.socket.send(bytes);
    bad.socket.send(frameOf(numbered(2)));
    assert.equal(await bad.closed, closeCodes['peer-garbage']);
    assert.deepEqual(one.heard, [numbered(1)], 'what came before is kept, what comes after is not');
    assert.deepEqual(
      one.warnings().filter((code) => code === 'peer-garbage'),
      ['peer-garbage'],
    );

    const good = await welcomed(one.url, bravo, alpha);
    good.socket.send(frameOf(numbered(3)));
    await eventually(() => one.heard.length === 2);
    assert.deepEqual(one.heard, [numbered(1), numbered(3)]);
  }
});

test('a frame over the limit is refused before it is whole', async () => {
  const one = await station(alpha, { peers: new Map([[bravo, nowhere]]) });
  const big = await welcomed(one.url, bravo, alpha);
  big.socket.send(new Uint8Array(limits.frameBytesMax + 1));
  assert.equal(await big.closed, 1009);
  assert.deepEqual(one.heard, []);
});

test('a peer that talks garbage again and again is complained of once', async () => {
  const one = await station(alpha, { peers: new Map([[bravo, nowhere]]) });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const bad = await welcomed(one.url, bravo, alpha);
    bad.socket.send(Buffer.from('garbage'));
    await bad.closed;
  }
  assert.equal(one.warnings().filter((code) => code === 'peer-garbage').length, 1);
});

test('a peer that is away is complained of once, however often it is dialed', async () => {
  const clock = virtualClock();
  const door = await doorway(() => {});
  await door.close();
  const one = await station(alpha, { peers: new Map([[bravo, door.url]]), clock });
  const failTimes = async (times: number): Promise<void> => {
    for (let failure = 0; failure < times; failure += 1) {
      await eventually(() => one.transport.peers()[0]?.state === 'waiting');
      clock.advance(limits.peerBackOffMsMax);
    }
  };
  await failTimes(3);
  assert.deepEqual(one.warnings(), [], 'perhaps it only starts a little later than we');
  await failTimes(6);
  assert.deepEqual(one.warnings(), ['peer-unreachable']);
});

test('what waits for a peer that does not read is bounded, and the link is given up', async () => {
  const deaf = await doorway((socket) => {
    socket.once('message', () => {
      socket.send(greeting('welcome', identity(bravo), alpha));
      socket.pause();
    });
  });
  const sent: Message = {
    kind: 'forward',
    term: toTerm(1),
    proposals: Array.from({ length: 8 }, (_, n) => ({
      proposalId: proposalId(`p${n}`),
      payload: new Uint8Array(limits.entryBytesMax),
    })),
  };
  const one = await station(alpha, { peers: new Map([[bravo, deaf.url]]) });
  await eventually(() => one.links.length > 0);

  const framesMax = (2 * limits.peerBacklogBytesMax) / (8 * limits.entryBytesMax);
  for (let frame = 0; frame < framesMax; frame += 1) one.transport.send(bravo, [sent]);
  assert.deepEqual(one.links, ['opened bravo'], 'nothing is told in the midst of sending');
  await eventually(() => one.links.length > 1);
  assert.deepEqual(one.links.slice(0, 2), ['opened bravo', 'lost bravo']);
  assert.match(one.log.find(({ level }) => level === 'warn')?.message ?? '', /too slowly/);
});

test('what breaks a limit is dropped with a warning, and the rest goes its way', async () => {
  const other = await station(bravo, { peers: new Map([[alpha, nowhere]]) });
  const one = await station(alpha, { peers: new Map([[bravo, other.url]]) });
  await eventually(() => one.links.length > 0);
  one.transport.send(bravo, [numbered(1), numbered(-1), numbered(2)]);
  await eventually(() => other.heard.length === 2);
  assert.deepEqual(other.heard, [numbered(1), numbered(2)]);
  assert.deepEqual(one.warnings(), ['internal']);
});

test('an address that is not one of a node is refused at once', () => {
  for (const url of ['http://127.0.0.1:1', '127.0.0.1:1', 'ws://', '']) {
    assert.throws(
      () =>
        createWebSocketTransport({
          self: identity(alpha),
          peers: new Map([[bravo, url]]),
          clock: realClock,
          seed: 1,
          logger: quiet,
          listener: { heard: () => {}, linkOpened: () => {}, linkLost: () => {} },
        }),
      (error) => error instanceof QuorateError && error.code === 'usage',
      url,
    );
  }
});

test('an inspector sees each link, by its own name, among the children of the parent', async () => {
  const seen = new Set<string>();
  const parent = createActor(createMachine({}), { id: 'alpha' });
  parent.system.inspect((event) => {
    if ('id' in event.actorRef) seen.add(String(event.actorRef.id));
  });
  parent.start();
  const transport = createWebSocketTransport({
    self: identity(alpha),
    peers: new Map([[bravo, nowhere]]),
    clock: realClock,
    seed: 1,
    logger: quiet,
    listener: { heard: () => {}, linkOpened: () => {}, linkLost: () => {} },
    parent,
  });
  disposeLater(() => transport.close());
  assert.ok(seen.has('alpha/link/bravo'));
});
