import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { realClock } from '../../runtime/clock.ts';
import { closed, connectBare, connectClient, openDoor, untilClosed } from './surroundings.ts';

const propose = { type: 'propose', id: '7', machine: 'order', key: '42', event: { type: 'PAY' } };

describe('sockets that say nothing', () => {
  const saysNothing = async (port: number, count: number): Promise<() => number> => {
    let dropped = 0;
    const sockets = Array.from({ length: count }, () => connectBare(port));
    for (const socket of sockets)
      void socket.then((bare) => bare.on('close', () => (dropped += 1)));
    await Promise.all(sockets);
    return () => dropped;
  };

  test('by the thousand do not keep out those who have something to say', async () => {
    const { service, port, http } = await openDoor({ limits: { handshakesPendingMax: 64 } });
    const before = await connectClient(port);
    const dropped = await saysNothing(port, 2_000);
    assert.equal((await before.ask(propose)).type, 'committed');
    const newcomer = await connectClient(port);
    assert.equal((await newcomer.ask(propose)).type, 'committed');
    assert.equal((await fetch(`${http}/v1/health/live`)).status, 200);
    assert.ok(dropped() > 1_000);
    assert.equal(service.proposed.length, 2);
  });

  test('are dropped when their time is up, one that began to speak as well', async () => {
    const { port } = await openDoor({ limits: { handshakeTimeoutMs: 50 } });
    const silent = await connectBare(port);
    const slow = await connectBare(port);
    slow.write('GET /v1/status HTTP/1.1\r\nHost: n\r\nX-Drip:');
    const slower = await connectBare(port);
    slower.write('POST /v1/proposals HTTP/1.1\r\nHost: n\r\nContent-Length: 9\r\n\r\n{');
    await Promise.all([closed(silent), untilClosed(slow), untilClosed(slower)]);
  });

  test('between two requests count as well', async () => {
    const { port } = await openDoor({
      limits: { handshakesPendingMax: 1, handshakeTimeoutMs: 60_000 },
    });
    const idle = await connectBare(port);
    const answered = once(idle, 'data');
    idle.write('GET /v1/status HTTP/1.1\r\nHost: n\r\n\r\n');
    await answered;
    const dropped = closed(idle);
    await connectBare(port);
    await dropped;
  });

  test('since they became WebSockets are left in peace', async () => {
    const { port } = await openDoor({
      limits: { handshakesPendingMax: 1, handshakeTimeoutMs: 50 },
    });
    const client = await connectClient(port);
    const peer = await connectClient(port, '/v1/peer');
    for (const other of [await connectBare(port), await connectBare(port)]) {
      if (!other.destroyed) await closed(other);
    }
    assert.equal((await client.ask(propose)).type, 'committed');
    assert.equal(peer.webSocket.readyState, peer.webSocket.OPEN);
  });

  test('but wait for an answer are left in peace', async () => {
    const { service, port } = await openDoor({
      limits: { handshakesPendingMax: 1, handshakeTimeoutMs: 50 },
    });
    service.outcome = 'never';
    const asking = await connectBare(port);
    const body = JSON.stringify({ ...propose, reply: 'none' });
    const head = `POST /v1/proposals HTTP/1.1\r\nHost: n\r\nContent-Length: ${body.length}\r\n\r\n`;
    const proposed = service.nextProposal();
    asking.write(head + body);
    await proposed;
    const heard = once(asking, 'data');
    // Both have come and gone by the time they are closed.
    for (const other of [await connectBare(port), await connectBare(port)]) {
      if (!other.destroyed) await closed(other);
    }
    service.proposed[0]?.listener.ended(service.apply('order', '42', { type: 'PAY' }));
    const [answer] = (await heard) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
  });
});

test('a client that answers nothing, not even a ping, is gone after a while', async () => {
  const rounds: (() => void)[] = [];
  const clock = {
    ...realClock,
    setTimeout: (ring: () => void, delayMs: number) =>
      delayMs === limits.clientSilenceMsMax / 2
        ? rounds.push(ring)
        : realClock.setTimeout(ring, delayMs),
  };
  const { service, port } = await openDoor({ clock });
  const lively = await connectClient(port);
  const frozen = await connectClient(port);
  for (const client of [lively, frozen]) {
    await client.ask({ type: 'subscribe', id: 1, machine: 'order', key: '1' });
  }
  frozen.webSocket.pause();
  const pinged = once(lively.webSocket, 'ping');
  rounds.shift()?.();
  await pinged;
  assert.equal((await lively.ask({ type: 'status' })).type, 'status');
  rounds.shift()?.();
  frozen.webSocket.resume();
  assert.equal(await frozen.closeCode(), 1006);
  service.apply('order', '1', { type: 'A' });
  assert.equal((await lively.next()).index, 1);
});
