/** A wire between two nodes that a test can cut, or make swallow everything in silence. */
import { createServer, connect, type Server, type Socket } from 'node:net';

export type Wire = 'whole' | 'cut' | 'silent';

export class Proxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #wire: Wire = 'whole';
  port = 0;

  private constructor(target: number) {
    this.#server = createServer((incoming) => {
      if (this.#wire === 'cut') {
        incoming.destroy();
        return;
      }
      const outgoing = connect(target, '127.0.0.1');
      this.#pipe(incoming, outgoing);
      this.#pipe(outgoing, incoming);
    });
  }

  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    await new Promise<void>((listening) => proxy.#server.listen(0, '127.0.0.1', listening));
    proxy.port = (proxy.#server.address() as { port: number }).port;
    return proxy;
  }

  set wire(wire: Wire) {
    this.#wire = wire;
    if (wire === 'cut') for (const socket of this.#sockets) socket.destroy();
    // What stalled in silence cannot be trusted to be a whole stream any more.
    if (wire === 'whole')
      for (const socket of this.#sockets) if (socket.isPaused()) socket.destroy();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #pipe(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => {
      if (this.#wire === 'whole') to.write(bytes);
      else from.pause();
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
