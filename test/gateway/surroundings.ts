/** Doors and clients for a test, all on ports the system chooses; undone when the test is over. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { realClock } from '../../runtime/clock.ts';
import { createDoor, type Door, type DoorOptions } from '../../runtime/http/server.ts';
import { FakeService } from './fake-service.ts';

export type Message = Record<string, unknown>;

export type Opened = Readonly<{ door: Door; service: FakeService; port: number; http: string }>;

const silence = { debug: () => {}, info: () => {}, warn: () => {} };

export async function openDoor(options: Partial<DoorOptions> = {}): Promise<Opened> {
  const service = new FakeService();
  const door = await createDoor({
    listen: { host: '127.0.0.1', port: 0 },
    service,
    clock: realClock,
    logger: silence,
    onPeer: () => {},
    ...options,
    limits: { doorShutdownMs: 200, ...options.limits },
  });
  onTestFinished(() => door.close());
  const { port } = door.address;
  return { door, service, port, http: `http://127.0.0.1:${port}` };
}

/** A client that takes its frames one by one, as they come. */
export class TestClient {
  readonly webSocket: WebSocket;
  readonly #frames: string[] = [];
  readonly #takers: ((frame: string) => void)[] = [];

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on('message', (data: Buffer) => {
      const taker = this.#takers.shift();
      if (taker) taker(data.toString());
      else this.#frames.push(data.toString());
    });
    webSocket.on('error', () => {});
  }

  send(frame: object): void {
    this.webSocket.send(JSON.stringify(frame));
  }

  sendText(frame: string): void {
    this.webSocket.send(frame);
  }

  frame(): Promise<string> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  async next(): Promise<Message> {
    return JSON.parse(await this.frame()) as Message;
  }

  async ask(message: object): Promise<Message> {
    this.send(message);
    return this.next();
  }

  async closeCode(): Promise<number> {
    const [code] = (await once(this.webSocket, 'close')) as [number];
    return code;
  }
}

export async function connectClient(port: number, path = '/v1/client'): Promise<TestClient> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  const client = new TestClient(webSocket);
  onTestFinished(() => webSocket.terminate());
  await once(webSocket, 'open');
  return client;
}

/** The HTTP answer to an upgrade that was not granted. */
export function refusedUpgrade(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  onTestFinished(() => webSocket.terminate());
  return new Promise((resolve, reject) => {
    webSocket.on('error', () => {});
    webSocket.on('open', () => reject(new Error('the upgrade was granted')));
    webSocket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
  });
}

/** A bare connection that says only what a test makes it say. */
export async function connectBare(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** However it ends: a reset is an end like any other. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

/** Everything the other side says until it hangs up. */
export async function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await closed(socket);
  return Buffer.concat(chunks).toString();
}
