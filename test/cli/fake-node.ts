import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

export type Heard = Readonly<Record<string, unknown> & { id: string; type: string }>;

export type FakeNode = Readonly<{
  url: string;
  /** All that it was sent, in order. */
  heard: readonly Heard[];
  connections: () => number;
  close: () => Promise<void>;
}>;

/** What a node answers: messages, which get the request's id, or a way to treat the connection. */
export type Behaviour = (
  message: Heard,
  socket: WebSocket,
) => object | readonly object[] | 'silence' | 'hang up';

/** The client door of a node, as far as a client sees it. */
export async function fakeNode(behave: Behaviour): Promise<FakeNode> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const heard: Heard[] = [];
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Heard;
      heard.push(message);
      const answer = behave(message, socket);
      if (answer === 'hang up') socket.terminate();
      else if (answer !== 'silence') {
        for (const each of [answer].flat()) {
          socket.send(JSON.stringify({ id: message.id, ...each }));
        }
      }
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of server.clients) socket.terminate();
    await new Promise<void>((closed) => {
      server.close(() => closed());
    });
  };
  toClose.push(close);
  return { url: `ws://127.0.0.1:${port}/v1/client`, heard, connections: () => connections, close };
}

/** An address where nobody listens (any more). */
export async function nobody(): Promise<string> {
  const { url, close } = await fakeNode(() => 'silence');
  await close();
  return url;
}
