/**
 * What goes out to one viewer. Nobody waits for it: while it reads too slowly, what can be left out
 * is left out and counted, and once it has caught up it is told how much that was. One that stays
 * behind, or has too much waiting of what cannot be left out, is sent away.
 */
import { limits } from '../../machines/protocol/limits.ts';
import type { Clock } from '../clock.ts';
import { closeCodes, type Corkable } from '../gateway/outbox.ts';
import type { MessageSocket } from '../message-socket.ts';

export type ViewerLimits = Readonly<
  Record<
    | 'viewersMax'
    | 'viewingPeersMax'
    | 'watchesPerViewerMax'
    | 'questionsPerViewerMax'
    | 'viewerBacklogBytesMax'
    | 'viewerBacklogBytesHardMax'
    | 'viewerBehindMsMax'
    | 'viewerFrameBytesMax'
    | 'badMessagesInARowMax'
    | 'handshakeTimeoutMs'
    | 'clientSilenceMsMax',
    number
  >
>;

export const viewerLimits: ViewerLimits = limits;

type Parts = Readonly<{
  webSocket: MessageSocket;
  socket: Corkable;
  clock: Clock;
  limits: ViewerLimits;
  /** It reads again, after so many messages were left out. */
  caughtUp: (dropped: number) => void;
}>;

export class ViewerOutbox {
  readonly #parts: Parts;
  #messages: string[] = [];
  #chars = 0;
  #dropped = 0;
  /** Since when something is left out; null while nothing is. */
  #behindSinceMs: number | null = null;
  #isOpen = true;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What is to be said whatever waits already. */
  push(message: string): void {
    if (!this.#isOpen) return;
    this.#add(message);
    if (this.#backlogBytes > this.#parts.limits.viewerBacklogBytesHardMax) this.#giveUp();
  }

  /** What a later message will make up for. */
  offer(message: () => string): void {
    if (!this.#isOpen) return;
    if (this.#behindSinceMs === null && this.#hasRoom()) return this.#add(message());
    const nowMs = this.#parts.clock.nowMs();
    this.#behindSinceMs ??= nowMs;
    this.#dropped += 1;
    if (nowMs - this.#behindSinceMs > this.#parts.limits.viewerBehindMsMax) this.#giveUp();
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.flush();
    this.#isOpen = false;
    this.#parts.webSocket.close(code, reason);
  }

  flush(): void {
    const { webSocket, socket } = this.#parts;
    const messages = this.#messages;
    this.#messages = [];
    this.#chars = 0;
    if (messages.length === 0 || webSocket.readyState !== webSocket.OPEN) return;
    socket.cork();
    const frame = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(',')}]`;
    webSocket.send(frame, () => this.#written());
    socket.uncork();
  }

  #add(message: string): void {
    if (this.#messages.length === 0) this.#parts.clock.soon(() => this.flush());
    this.#messages.push(message);
    this.#chars += message.length;
  }

  #written(): void {
    if (this.#behindSinceMs === null || !this.#isOpen) return;
    // All of it, so that it does not fall behind again at once.
    if (this.#backlogBytes > this.#parts.limits.viewerBacklogBytesMax / 4) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#behindSinceMs = null;
    this.#parts.caughtUp(dropped);
  }

  get #backlogBytes(): number {
    return this.#chars + this.#parts.webSocket.bufferedAmount;
  }

  #hasRoom = (): boolean => this.#backlogBytes <= this.#parts.limits.viewerBacklogBytesMax;

  #giveUp(): void {
    const unread = this.#dropped;
    this.#messages = [];
    this.#chars = 0;
    this.close(
      closeCodes.tryAgainLater,
      `the inspector is not being read fast enough: ${unread} messages were left out`,
    );
  }
}
