/** The socket that browsers have, for which that of ws stands here: it has their interface as well. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { WebSocket } from 'ws';
import { connect, ConnectionLost, Unreachable } from '../../runtime/client/connection.ts';
import { dialBrowserSocket as dial } from '../../runtime/client/dial-browser.ts';
import { realClock as clock } from '../../runtime/clock.ts';
import { fakeNode, nobody } from '../cli/fake-node.ts';

const platform = globalThis as { WebSocket?: unknown };
const own = platform.WebSocket;
beforeEach(() => {
  platform.WebSocket = WebSocket;
});
afterEach(() => {
  platform.WebSocket = own;
});

const status = { type: 'status', node: 'n1', role: 'leader', leader: 'n1', members: [] };

describe('a browser', () => {
  test('asks and is answered', async () => {
    const node = await fakeNode(() => status);
    const connection = await connect(node.url, { dial, clock });
    assert.deepEqual(await connection.ask({ type: 'status' }, 5_000), status);
    connection.close();
  });

  test('hears that nobody is there, and that a node hangs up', async () => {
    await assert.rejects(connect(await nobody(), { dial, clock }), Unreachable);
    const node = await fakeNode(() => 'hang up');
    const connection = await connect(node.url, { dial, clock });
    await assert.rejects(connection.ask({ type: 'status' }, 5_000), ConnectionLost);
  });

  test('gives up a node that takes the call and says nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(connect(`ws://127.0.0.1:${port}`, { dial, clock, patienceMs: 50 }), {
      name: 'Unreachable',
      message: /no connection within 50 ms/,
    });
    server.close();
  });

  test('asks for a sign of life in words, since pages have no pings', async () => {
    const node = await fakeNode(() => status);
    const socket = dial(node.url, 5_000);
    await new Promise<void>((opened) => socket.on('open', opened));
    const answered = new Promise((heard) => socket.on('message', heard));
    socket.ping();
    assert.match(String(await answered), /"type":"status"/);
    assert.equal(node.heard[0]?.id, 'sign-of-life');
    socket.terminate();
  });

  test('without sockets says so', () => {
    platform.WebSocket = undefined;
    assert.throws(() => dial('ws://127.0.0.1:1', 1), /no WebSocket/);
  });
});
