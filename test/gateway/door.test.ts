import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'vitest';
import type { WebSocket } from 'ws';
import { limits } from '../../machines/protocol/limits.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import {
  closed,
  connectBare,
  connectClient,
  openDoor,
  refusedUpgrade,
  untilClosed,
} from './surroundings.ts';

const propose = { type: 'propose', id: '7', machine: 'order', key: '42', event: { type: 'PAY' } };

describe('a door that cannot open says why, and what to do', () => {
  test('where the port is taken', async () => {
    const { port } = await openDoor();
    await assert.rejects(openDoor({ listen: { host: '127.0.0.1', port } }), (error) => {
      assert.ok(error instanceof QuorateError);
      assert.equal(error.code, 'port-in-use');
      assert.deepEqual(error.detail, { host: '127.0.0.1', port });
      assert.match(error.message, new RegExp(`port ${port} of 127.0.0.1 .* choose another port`));
      return true;
    });
  });

  test.each([
    ['192.0.2.1', 0, /does not have that address/],
    ['nobody.invalid', 0, /nobody knows a host of that name/],
    ['127.0.0.1', 70_000, /cannot listen on 127\.0\.0\.1:70000/],
  ])('where %s:%i is no address of this computer', async (host, port, sentence) => {
    await assert.rejects(openDoor({ listen: { host, port } }), (error) => {
      assert.ok(error instanceof QuorateError);
      assert.equal(error.code, 'address-unavailable');
      assert.match(error.message, sentence);
      return true;
    });
  });
});

describe('peers', () => {
  const expectPeer = () => {
    let onPeer: (peer: WebSocket) => void = () => {};
    const promise = new Promise<WebSocket>((resolve) => (onPeer = resolve));
    return { promise, onPeer };
  };

  test('are handed over once their handshake is done, whatever number of clients there is', async () => {
    const { promise, onPeer } = expectPeer();
    const { port } = await openDoor({ onPeer, limits: { clientConnectionsMax: 0 } });
    const peer = await connectClient(port, '/v1/peer');
    const ours = await promise;
    ours.send('"hello"');
    assert.equal(await peer.frame(), '"hello"');
  });

  test('may send larger frames than clients, and no larger than the most', async () => {
    const { promise, onPeer } = expectPeer();
    const { port } = await openDoor({ onPeer });
    const peer = await connectClient(port, '/v1/peer');
    const ours = await promise;
    const heard = once(ours, 'message');
    peer.sendText('x'.repeat(limits.frameBytesMax));
    const [frame] = (await heard) as [Buffer];
    assert.equal(frame.length, limits.frameBytesMax);
    peer.sendText('x'.repeat(limits.frameBytesMax + 1));
    assert.equal(await peer.closeCode(), 1009);
  });
});

describe('an upgrade is not granted', () => {
  test('beyond as many clients as the node takes, until one leaves', async () => {
    const { service, port } = await openDoor({ limits: { clientConnectionsMax: 2 } });
    const first = await connectClient(port);
    await connectClient(port);
    const { status, body } = await refusedUpgrade(port, '/v1/client');
    assert.equal(status, 503);
    assert.deepEqual(body, {
      code: 'overloaded',
      message: 'this node has 2 clients, which is all it takes; ask another, or later',
    });
    await first.ask({ type: 'subscribe', id: 1, machine: 'order', key: '1' });
    const left = service.unwatched();
    first.webSocket.close();
    await left;
    const next = await connectClient(port);
    assert.equal((await next.ask({ type: 'status' })).type, 'status');
  });

  test('where there is nothing', async () => {
    const { port } = await openDoor();
    const { status, body } = await refusedUpgrade(port, '/v1/clients');
    assert.deepEqual(
      [status, body],
      [
        404,
        { code: 'bad-request', message: 'there is no WebSocket at /v1/clients; try /v1/client' },
      ],
    );
  });

  test('to what is no WebSocket handshake', async () => {
    const { port } = await openDoor();
    const socket = await connectBare(port);
    socket.write(
      'GET /v1/client HTTP/1.1\r\nHost: n\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
    );
    const answer = await untilClosed(socket);
    assert.match(answer, /^HTTP\/1\.1 400 .*"code":"bad-request"/s);
  });
});

describe('garbage', () => {
  test.each(['\x16\x03\x01\x02\x00\x01\x00', 'HELO quorate\r\n\r\n', '\0\0\0\0\0\0\0\0'])(
    '%j is answered with 400, and the door stays open for others',
    async (bytes) => {
      const { port, http } = await openDoor();
      const socket = await connectBare(port);
      socket.write(bytes);
      assert.match(await untilClosed(socket), /^HTTP\/1\.1 400 .*"code":"bad-request"/s);
      assert.equal((await fetch(`${http}/v1/health/live`)).status, 200);
    },
  );

  test('in headers without end is answered with 431', async () => {
    const { port } = await openDoor();
    const socket = await connectBare(port);
    socket.write(`GET / HTTP/1.1\r\nHost: n\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    assert.match(await untilClosed(socket), /^HTTP\/1\.1 431 /);
  });

  test('instead of WebSocket frames closes that connection alone', async () => {
    const { port } = await openDoor();
    const survivor = await connectClient(port);
    const client = await connectClient(port);
    const { _socket: socket } = client.webSocket as unknown as { _socket: NodeJS.WritableStream };
    socket.write(Buffer.from('this is no frame'));
    assert.equal(await client.closeCode(), 1002);
    assert.equal((await survivor.ask(propose)).type, 'committed');
  });
});

describe('closing', () => {
  test('tells clients and peers to go, and takes nobody any more', async () => {
    const { door, port } = await openDoor();
    const client = await connectClient(port);
    const peer = await connectClient(port, '/v1/peer');
    const codes = Promise.all([client.closeCode(), peer.closeCode()]);
    await door.close();
    assert.deepEqual(await codes, [1001, 1001]);
    const late = await connectBare(port).catch((error: NodeJS.ErrnoException) => error.code);
    assert.equal(late, 'ECONNREFUSED');
  });

  test('sends what was answered before', async () => {
    const { door, service, port } = await openDoor();
    service.outcome = 'never';
    const client = await connectClient(port);
    const proposed = service.nextProposal();
    client.send(propose);
    await proposed;
    service.proposed[0]?.listener.ended(service.apply('order', '42', { type: 'PAY' }));
    const closing = door.close();
    assert.equal((await client.next()).type, 'committed');
    await closing;
  });

  test('answers the HTTP requests that are under way', async () => {
    const { door, service, http } = await openDoor();
    service.outcome = 'never';
    const asked = service.nextProposal();
    const body = JSON.stringify({ machine: 'order', key: '42', event: { type: 'PAY' } });
    const answer = fetch(`${http}/v1/proposals`, { method: 'POST', body });
    await asked;
    const closing = door.close();
    service.proposed[0]?.listener.ended(service.apply('order', '42', { type: 'PAY' }));
    assert.equal((await answer).status, 200);
    await closing;
  });

  test('does not wait for those who do not go', async () => {
    const { door, port } = await openDoor({
      limits: { doorShutdownMs: 50, handshakeTimeoutMs: 60_000 },
    });
    for (const path of ['/v1/client', '/v1/peer']) {
      const { webSocket } = await connectClient(port, path);
      webSocket.pause();
    }
    await door.close();
  });

  test('is done at once where only sockets without a request are left', async () => {
    const { door, port } = await openDoor({
      limits: { doorShutdownMs: 60_000, handshakeTimeoutMs: 60_000 },
    });
    const silent = await connectBare(port);
    const idle = await connectBare(port);
    const answered = once(idle, 'data');
    idle.write('GET /v1/status HTTP/1.1\r\nHost: n\r\n\r\n');
    await answered;
    await Promise.all([door.close(), closed(silent), closed(idle)]);
  });

  test('twice is closing once', async () => {
    const { door } = await openDoor();
    await Promise.all([door.close(), door.close()]);
    await door.close();
  });
});
