/**
 * What the client library uses of a WebSocket. Those of `ws` are such as they are; the browser's
 * are made such in dial-browser.ts, and simulated ones are such, too.
 */
export interface ClientSocket {
  on(event: 'open' | 'close' | 'pong', listener: () => void): unknown;
  /** 'close' follows. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Text, or its bytes in something whose `toString` reads them as UTF-8. */
  on(event: 'message', listener: (data: unknown) => void): unknown;
  send(text: string): void;
  /** Asks for a sign of life: a 'pong', or any message. */
  ping(): void;
  /** At once, without a word. */
  terminate(): void;
}

/** Begins to connect. The socket says how that ends: with an error, if not within `patienceMs`. */
export type Dial = (url: string, patienceMs: number) => ClientSocket;
