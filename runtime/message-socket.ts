/**
 * What is used here of a WebSocket, and no more: those of `ws` are such, and so may be others,
 * on a network of their own.
 */
import type { RawData } from 'ws';

type Listeners = Readonly<{
  /** A frame of text comes with `isBinary` false, and as bytes all the same. */
  message: (data: RawData, isBinary: boolean) => void;
  /** 1006 where the other end took no leave. */
  close: (code: number, reason: Buffer) => void;
  /** 'close' follows. */
  error: (error: Error) => void;
  open: () => void;
  ping: () => void;
  pong: () => void;
}>;

export interface MessageSocket {
  readonly readyState: number;
  readonly OPEN: number;
  readonly CLOSED: number;
  /** What was sent and is still in this process. */
  readonly bufferedAmount: number;
  on<Event extends keyof Listeners>(event: Event, listener: Listeners[Event]): unknown;
  once<Event extends keyof Listeners>(event: Event, listener: Listeners[Event]): unknown;
  off<Event extends keyof Listeners>(event: Event, listener: Listeners[Event]): unknown;
  /** `left` is called when it has left this process, or never will. */
  send(data: string | Uint8Array, left?: (error?: Error | null) => void): void;
  ping(): void;
  close(code?: number, reason?: string): void;
  /** At once, without a word. */
  terminate(): void;
}
