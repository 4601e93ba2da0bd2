import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as listenForTcp, type AddressInfo, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { nodeId, type NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { realClock, type Clock } from '../../runtime/clock.ts';
import { greeting } from '../../runtime/transport/handshake.ts';
import type { TransportListener } from '../../runtime/transport/port.ts';
import {
  createWebSocketTransport,
  peerPath,
  peerSocketOptions,
  type Identity,
  type WebSocketTransport,
} from '../../runtime/transport/websocket.ts';

export const alpha = nodeId('alpha');
export const bravo = nodeId('bravo');
export const charlie = nodeId('charlie');

export const identity = (node: NodeId, changes: Partial<Identity> = {}): Identity => ({
  cluster: 'test',
  node,
  machines: { order: 'f00', lifecycle: 'ba7' },
  version: '0.0.0',
  ...changes,
});

/** Undone after the test, the last first. */
const toDispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const dispose of toDispose.splice(0).toReversed()) await dispose();
});
export const disposeLater = (dispose: () => unknown): void => {
  toDispose.push(dispose);
};

export type Doorway = Readonly<{ url: string; close: () => Promise<void> }>;

/** A server on a port of its own that hands on what is upgraded at the peers' path. */
export async function doorway(
  accept: (socket: WebSocket) => void,
  options: Readonly<{ autoPong?: boolean }> = {},
): Promise<Doorway> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: peerPath, ...peerSocketOptions, ...options });
  sockets.on('connection', accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  disposeLater(close);
  return { url: `ws://127.0.0.1:${port}`, close };
}

/** Waits for a condition, looking again after each turn of the event loop. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((turn) => setImmediate(turn));
}

export type Line = Readonly<{ level: 'info' | 'warn'; code: unknown; message: string }>;

export type Station = Readonly<{
  transport: WebSocketTransport;
  url: string;
  heard: readonly Message[];
  /** `opened bravo`, `lost bravo`. */
  links: readonly string[];
  log: readonly Line[];
  warnings: () => unknown[];
}>;

type StationOptions = Readonly<{
  peers: ReadonlyMap<NodeId, string>;
  clock?: Clock;
  identity?: Partial<Identity>;
  listener?: Partial<TransportListener>;
}>;

/** A node with a door of its own, reduced to its transport, that remembers all it is told. */
export async function station(node: NodeId, options: StationOptions): Promise<Station> {
  const heard: Message[] = [];
  const links: string[] = [];
  const log: Line[] = [];
  const write = (level: Line['level']) => (detail: object, message: string) => {
    log.push({ level, code: 'code' in detail ? detail.code : null, message });
  };
  const transport = createWebSocketTransport({
    self: identity(node, options.identity),
    peers: options.peers,
    clock: options.clock ?? realClock,
    seed: 1,
    logger: { info: write('info'), warn: write('warn') },
    listener: {
      heard: (_, messages) => heard.push(...messages),
      linkOpened: (peer) => links.push(`opened ${peer}`),
      linkLost: (peer) => links.push(`lost ${peer}`),
      ...options.listener,
    },
  });
  const door = await doorway((socket) => transport.accept(socket));
  disposeLater(() => transport.close());
  const warnings = () => log.filter(({ level }) => level === 'warn').map(({ code }) => code);
  return { transport, url: door.url, heard, links, log, warnings };
}

export type Caller = Readonly<{
  socket: WebSocket;
  said: readonly string[];
  /** Close code, once it is closed. */
  closed: Promise<number>;
}>;

/** A connection by hand, which has said `hello` if there is one. */
export async function caller(url: string, hello: string | Uint8Array | null): Promise<Caller> {
  const socket = new WebSocket(url + peerPath);
  const said: string[] = [];
  socket.on('error', () => {});
  socket.on('message', (data: Buffer) => said.push(data.toString()));
  const closed = new Promise<number>((done) => socket.once('close', done));
  disposeLater(() => socket.terminate());
  await once(socket, 'open');
  if (hello !== null) socket.send(hello);
  return { socket, said, closed };
}

/** One that greeted as that node and was welcomed by `to`. */
export async function welcomed(url: string, from: NodeId, to: NodeId): Promise<Caller> {
  const called = await caller(url, greeting('hello', identity(from), to));
  await eventually(() => called.said.length > 0);
  return called;
}

/** Takes every call and never says a word. */
export async function tarpit(): Promise<Readonly<{ url: string; calls: Socket[] }>> {
  const calls: Socket[] = [];
  const server = listenForTcp((socket) => {
    calls.push(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  disposeLater(() => {
    for (const call of calls) call.destroy();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}
