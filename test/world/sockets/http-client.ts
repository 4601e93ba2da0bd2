/** Somebody who asks nodes over HTTP: a request at a time, each on a connection of its own. */
import { socketAddress, type Host } from './network.ts';
import type { HttpAnswer, HttpRequest } from './http-door.ts';

export type HttpClient = Readonly<{
  /** Null: there was a connection, and no answer came; nobody knows what became of the request. */
  ask(
    node: string,
    request: HttpRequest,
    withinMs: number,
  ): Promise<HttpAnswer | 'unreached' | null>;
}>;

const closeTimeoutMs = 1_000;

export const createHttpClient = (host: Host): HttpClient => ({
  ask: (node, request, withinMs) =>
    new Promise((resolve) => {
      const { clock } = host.program;
      const socket = host.dial(new URL(`${socketAddress(node)}/`), {
        patienceMs: withinMs,
        closeTimeoutMs,
      });
      let isConnected = false;
      const alarm = clock.setTimeout(() => socket.terminate(), withinMs);
      socket.on('error', () => {});
      socket.once('open', () => {
        isConnected = true;
        socket.send(JSON.stringify(request));
      });
      socket.once('message', (data) => {
        resolve(JSON.parse((data as Buffer).toString()) as HttpAnswer);
        socket.terminate();
      });
      socket.once('close', () => {
        clock.clearTimeout(alarm);
        resolve(isConnected ? null : 'unreached');
      });
    }),
});
