/** Dials with the WebSocket that browsers have, and Deno, Bun and the newer Node. */
import { realClock } from '../clock.ts';
import type { ClientSocket, Dial } from './client-socket.ts';

/** As far as it is used here. */
type PlatformSocket = {
  readonly readyState: number;
  addEventListener(event: 'open' | 'error', heard: () => void): void;
  addEventListener(
    event: 'close',
    heard: (closed: Readonly<{ code: number; reason: string }>) => void,
  ): void;
  addEventListener(event: 'message', heard: (message: Readonly<{ data: unknown }>) => void): void;
  send(text: string): void;
  close(): void;
};
type Platform = { WebSocket?: new (url: string) => PlatformSocket };

const connecting = 0;
const open = 1;

/** Its answer is of no interest but that it comes; pages cannot send a ping. */
const areYouThere = '{"type":"status","id":"sign-of-life"}';

export const dialBrowserSocket: Dial = (url, patienceMs) => {
  const { WebSocket } = globalThis as Platform;
  if (WebSocket === undefined) throw new Error('this platform has no WebSocket');
  const socket = new WebSocket(url);

  const listeners: Partial<Record<string, ((heard?: unknown) => void)[]>> = {};
  let isOver = false;
  const tell = (event: string, heard?: unknown): void => {
    if (!isOver) listeners[event]?.forEach((listener) => listener(heard));
  };
  /** The page is told why by the number alone, and often not even that. */
  const end = (why: string): void => {
    realClock.clearTimeout(impatient);
    tell('error', new Error(why));
    tell('close');
    isOver = true;
    // A handshake cannot be called off otherwise; what comes of it is not heard any more.
    socket.close();
  };
  const impatient = realClock.setTimeout(
    () => end(`no connection within ${patienceMs} ms`),
    patienceMs,
  );

  socket.addEventListener('open', () => {
    realClock.clearTimeout(impatient);
    tell('open');
  });
  // Nodes speak text. What is something else is no JSON either.
  socket.addEventListener('message', ({ data }) => tell('message', data));
  // Says nothing of what it was, and 'close' follows; but some take it amiss if nobody listens.
  socket.addEventListener('error', () => {});
  socket.addEventListener('close', ({ code, reason }) => {
    end(reason || `the connection was closed (${code})`);
  });

  return {
    on(event: string, listener: (heard: never) => void) {
      (listeners[event] ??= []).push(listener as (heard?: unknown) => void);
    },
    send(text) {
      if (socket.readyState === open) socket.send(text);
    },
    ping() {
      if (socket.readyState === open) socket.send(areYouThere);
    },
    terminate() {
      realClock.clearTimeout(impatient);
      isOver = true;
      if (socket.readyState === connecting || socket.readyState === open) socket.close();
    },
  } satisfies ClientSocket;
};
