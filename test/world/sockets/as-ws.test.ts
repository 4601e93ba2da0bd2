/** What a simulated socket does is what a real one does: the same acts, the same events. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { MessageSocket } from '../../../runtime/message-socket.ts';
import { createStage } from './stage.ts';

type Acts = Readonly<{
  dialer?: (socket: MessageSocket) => void;
  acceptor?: (socket: MessageSocket) => void;
}>;

type Seen = { dialer: string[]; acceptor: string[] };

function write(seen: string[], socket: MessageSocket): void {
  socket.on('open', () => seen.push('open'));
  socket.on('message', (data, isBinary) => {
    assert.ok(Buffer.isBuffer(data));
    seen.push(isBinary ? `binary ${data.toString('hex')}` : `text ${data.toString()}`);
  });
  socket.on('ping', () => seen.push('ping'));
  socket.on('pong', () => seen.push('pong'));
  socket.on('error', (error) => {
    seen.push(`error ${'code' in error ? String(error.code) : error.message}`);
  });
  socket.on('close', (code, reason) => seen.push(`close ${code} ${reason.toString()}`));
}

async function onRealSockets({ dialer, acceptor }: Acts): Promise<Seen> {
  const seen: Seen = { dialer: [], acceptor: [] };
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  const accepted: WebSocket[] = [];
  server.on('connection', (socket) => {
    accepted.push(socket);
    write(seen.acceptor, socket);
    acceptor?.(socket);
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dialed = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  write(seen.dialer, dialed);
  dialer?.(dialed);
  // Not by `once`, which takes an error for its own.
  if (dialed.readyState !== WebSocket.CLOSED) await new Promise((done) => dialed.on('close', done));
  for (const socket of accepted) {
    if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
  }
  server.close();
  await once(server, 'close');
  return seen;
}

async function onSimulatedSockets({ dialer, acceptor }: Acts): Promise<Seen> {
  const seen: Seen = { dialer: [], acceptor: [] };
  const { network, life, run } = createStage();
  network.join('b', life('b')).listen('peer', {
    accept(socket) {
      write(seen.acceptor, socket);
      acceptor?.(socket);
    },
  });
  const dialed = network
    .join('a', life('a'))
    .dial(new URL('ws://b/v1/peer'), { closeTimeoutMs: 1_000 });
  write(seen.dialer, dialed);
  dialer?.(dialed);
  await run(10_000);
  return seen;
}

const say = (socket: MessageSocket, text: string): void => socket.send(text);

const stories: Readonly<Record<string, Acts>> = {
  'talk, then the dialer leaves': {
    dialer(socket) {
      socket.on('open', () => {
        say(socket, 'hello “you”');
        socket.send(new Uint8Array([0, 1, 255]));
        socket.ping();
      });
      socket.on('pong', () => socket.close(1001));
    },
    acceptor: (socket) => say(socket, 'welcome'),
  },
  'the acceptor leaves with a reason': {
    acceptor: (socket) => socket.close(4001, 'wrong cluster'),
  },
  'a leave without a code': {
    dialer: (socket) => socket.on('open', () => socket.close()),
  },
  'what was sent before the leave arrives, what comes after does not': {
    acceptor(socket) {
      say(socket, 'before');
      socket.close(1001, 'going');
      say(socket, 'after');
    },
  },
  'the side that was left still hears nothing new, and says nothing': {
    dialer(socket) {
      socket.on('message', () => {
        socket.close(4000, 'first');
        socket.close(4001, 'second');
      });
    },
    acceptor: (socket) => say(socket, 'go'),
  },
  'the acceptor hangs up': {
    acceptor: (socket) => socket.terminate(),
  },
  'the dialer hangs up': {
    dialer: (socket) => socket.on('open', () => socket.terminate()),
  },
  'the dialer hangs up at once': {
    dialer: (socket) => socket.terminate(),
  },
  'the dialer leaves at once': {
    dialer: (socket) => socket.close(1000, 'never mind'),
  },
};

for (const [story, acts] of Object.entries(stories)) {
  test(`as ws does: ${story}`, async () => {
    const real = await onRealSockets(acts);
    assert.deepEqual(await onSimulatedSockets(acts), real);
    assert.ok(real.dialer.length > 0, 'something was to be seen');
  });
}

test('as ws does: sending tells when it has left, and sending too late tells that it has not', async () => {
  const told = (seen: string[]): Acts => ({
    dialer(socket) {
      socket.on('open', () => {
        socket.send('1', (error) => seen.push(error ? 'lost 1' : 'left 1'));
        seen.push('sent 1');
        socket.close(1000);
        socket.send('22', (error) => seen.push(error ? 'lost 2' : 'left 2'));
        seen.push(`sent 2 ${socket.bufferedAmount}`);
      });
      socket.on('close', () => seen.push(`closed ${socket.bufferedAmount}`));
    },
  });
  const real: string[] = [];
  const simulated: string[] = [];
  await onRealSockets(told(real));
  await onSimulatedSockets(told(simulated));
  // Which of the two callbacks comes first is an accident of ws' queue.
  const [sent, late] = [real.indexOf('left 1'), real.indexOf('lost 2')];
  assert.ok(sent >= 0 && late >= 0);
  assert.deepEqual(simulated.toSorted(), real.toSorted());
  assert.deepEqual([simulated[0], simulated.at(-1)], [real[0], real.at(-1)]);
});

test('as ws does: nobody listens', async () => {
  const real: string[] = [];
  const unused = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(unused, 'listening');
  const { port } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, 'close');
  const dialed = new WebSocket(`ws://127.0.0.1:${port}`);
  write(real, dialed);
  await new Promise((done) => dialed.on('close', done));

  const simulated: string[] = [];
  const { network, life, run } = createStage();
  const caller = network.join('a', life('a'));
  write(simulated, caller.dial(new URL('ws://b/v1/peer'), { closeTimeoutMs: 1_000 }));
  await run(10);
  assert.deepEqual(simulated, real);
  assert.deepEqual(real, ['error ECONNREFUSED', 'close 1006 ']);
});
