/** The wires of the other tests, which must do to the bytes what they are told to, and nothing else. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'vitest';
import { eventually } from './cluster.ts';
import { Proxy } from './proxy.ts';

let server: Server;
let proxy: Proxy;
/** The two ends of one connection through the proxy. */
let dialler: Socket;
let dialled: Socket;

/** All that has arrived at a socket so far, and how it ended. */
const heard = new WeakMap<Socket, { text: string; end: string | null }>();
function listenTo(socket: Socket): Socket {
  const so: { text: string; end: string | null } = { text: '', end: null };
  heard.set(socket, so);
  socket.on('data', (bytes) => (so.text += bytes.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (so.end = error.code ?? 'error'));
  socket.on('close', () => (so.end ??= 'closed'));
  return socket;
}
const hears = (socket: Socket, text: string): Promise<unknown> =>
  eventually(`"${text}"`, async () => heard.get(socket)?.text === text, 5_000);
const ends = (socket: Socket): Promise<string> =>
  eventually('the end', async () => heard.get(socket)?.end, 5_000);

async function dial(): Promise<void> {
  const taken = once(server, 'connection') as Promise<[Socket]>;
  dialler = listenTo(connect(proxy.port, '127.0.0.1'));
  [dialled] = await taken;
  listenTo(dialled);
}

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await Proxy.to((server.address() as { port: number }).port);
  await dial();
});
afterEach(() => {
  proxy.close();
  dialler.destroy();
  dialled.destroy();
  server.close();
});

test('a whole wire carries both ways, and the end', async () => {
  dialler.write('ping');
  await hears(dialled, 'ping');
  dialled.write('pong');
  await hears(dialler, 'pong');
  dialler.end();
  assert.equal(await ends(dialled), 'closed');
});

test('a wire that is cut resets what it carried, and takes nothing until it is whole', async () => {
  dialler.write('ping');
  await hears(dialled, 'ping');
  proxy.wire = 'cut';
  assert.equal(await ends(dialler), 'ECONNRESET');
  assert.equal(await ends(dialled), 'ECONNRESET');
  const refused = listenTo(connect(proxy.port, '127.0.0.1'));
  await ends(refused);
  proxy.wire = 'whole';
  await dial();
  dialler.write('again');
  await hears(dialled, 'again');
});

test('what is held back stops in the middle, and comes whole and in order afterwards', async () => {
  proxy.wire = { there: 'held', back: 'whole' };
  dialler.write('abcdef');
  await hears(dialled, 'abc');
  dialler.write('ghi');
  dialled.write('meanwhile');
  await hears(dialler, 'meanwhile');
  assert.equal(heard.get(dialled)?.text, 'abc');
  proxy.wire = 'whole';
  await hears(dialled, 'abcdefghi');
});

test('silence in one direction lets the other through, hides the end, and costs the connection', async () => {
  proxy.wire = { there: 'silent', back: 'whole' };
  dialler.write('lost');
  dialled.write('heard');
  await hears(dialler, 'heard');
  dialler.destroy();
  dialled.write('to nobody');
  // A second connection has come and gone: the first would have been told by now.
  const other = listenTo(connect(proxy.port, '127.0.0.1'));
  await once(server, 'connection');
  other.destroy();
  assert.deepEqual(heard.get(dialled), { text: '', end: null });
  proxy.wire = 'whole';
  await ends(dialled);
  assert.equal(heard.get(dialled)?.text, '');
});

test('what is delayed, or dripped, comes whole, in order, and not before its time', async () => {
  const text = 'x'.repeat(500);
  for (const flow of [{ delayMs: 100 }, { bytesPerSecond: 5_000 }]) {
    proxy.wire = { there: flow, back: 'whole' };
    const before = heard.get(dialled)?.text ?? '';
    const beganMs = performance.now();
    dialler.write(`${text}.`);
    await hears(dialled, `${before}${text}.`);
    assert.ok(performance.now() - beganMs >= 90, JSON.stringify(flow));
  }
});
