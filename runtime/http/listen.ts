/** Takes the address, or says in a sentence why it cannot be had and what to do. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QuorateError } from '../../machines/protocol/errors.ts';

export type Address = Readonly<{ host: string; port: number }>;

/** More than the usual 511 may knock at once while the event loop is busy. */
const backlog = 4_096;

/** Resolves to where it listens: port 0 has become a real one. */
export function listen(server: Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(asFault(error, { host, port }));
    server.once('error', failed);
    try {
      server.listen({ host, port, backlog }, () => {
        server.off('error', failed);
        resolve({ host, port: (server.address() as AddressInfo).port });
      });
    } catch (error) {
      // A port that is none is thrown, not emitted.
      failed(error as NodeJS.ErrnoException);
    }
  });
}

function asFault(error: NodeJS.ErrnoException, { host, port }: Address): QuorateError {
  const detail = { host, port };
  const options = { cause: error };
  if (error.code === 'EADDRINUSE') {
    return new QuorateError(
      'port-in-use',
      `port ${port} of ${host} is taken by another process; stop that one, or choose another port`,
      detail,
      options,
    );
  }
  return new QuorateError(
    'address-unavailable',
    `cannot listen on ${host}:${port} (${reasonOf(error)}); choose an address of this computer`,
    detail,
    options,
  );
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRNOTAVAIL':
      return 'this computer does not have that address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'nobody knows a host of that name';
    case 'EACCES':
      return 'this user may not use that port';
    default:
      return error.message;
  }
}
