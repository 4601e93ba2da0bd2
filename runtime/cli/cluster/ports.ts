/** Ports of this machine, tried out before anything else is done, so that the error can name one. */
import { createServer, type Server } from 'node:net';
import { QuorateError } from '../../../machines/protocol/errors.ts';

export const loopback = '127.0.0.1';

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: loopback, port, exclusive: true }, () => resolve(server));
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
  });

/** Rejects with the first of them that cannot be had. */
export async function checkPorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    try {
      await close(await listen(port));
    } catch (error) {
      throw notToBeHad(port, error as NodeJS.ErrnoException);
    }
  }
}

function notToBeHad(port: number, error: NodeJS.ErrnoException): QuorateError {
  const address = `${loopback}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new QuorateError(
      'port-in-use',
      `${address} is taken, perhaps by another cluster; stop that one, or choose with --port.`,
      { port },
    );
  }
  return new QuorateError(
    'address-unavailable',
    `cannot listen on ${address} (${error.message}); choose other ports with --port.`,
    { port },
  );
}

/** Held all at once, so that no two are the same. Somebody else may still be quicker. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map(close));
  return ports;
}
