/**
 * The sockets that have yet to say what they want: new ones until their request is complete, and
 * idle ones between two requests. There is room for so many, each for so long. When it is full
 * the one that waited longest has to go, so that a newcomer with an honest request gets in,
 * however many others hoard sockets and say nothing.
 */
import type { Socket } from 'node:net';
import type { Alarm, Clock } from '../clock.ts';
import type { DoorLimits } from '../gateway/door-limits.ts';

export class WaitingRoom {
  readonly #clock: Clock;
  readonly #limits: DoorLimits;
  /** In the order in which they came in: the first has waited longest. */
  readonly #waiting = new Map<Socket, Alarm>();
  /** Requests under way, for a socket may send the next before the first was answered. */
  readonly #underWay = new WeakMap<Socket, number>();

  #isClosed = false;

  constructor(clock: Clock, limits: DoorLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whoever waits has to go, and whoever would have to wait from now on. */
  close(): void {
    this.#isClosed = true;
    for (const socket of this.#waiting.keys()) this.#drop(socket);
  }

  /** A socket that was just accepted. */
  enter(socket: Socket): void {
    socket.once('close', () => this.leave(socket));
    this.#wait(socket);
  }

  /** Its headers are here and a body is to come, which gets as much time again. */
  renew(socket: Socket): void {
    if (this.#waiting.has(socket)) this.#wait(socket);
  }

  /** Its request is complete, and being carried out. */
  beginRequest(socket: Socket): void {
    this.#underWay.set(socket, (this.#underWay.get(socket) ?? 0) + 1);
    this.leave(socket);
  }

  /** Its request was answered. */
  endRequest(socket: Socket): void {
    const underWay = (this.#underWay.get(socket) ?? 1) - 1;
    this.#underWay.set(socket, underWay);
    if (underWay === 0 && !socket.destroyed) this.#wait(socket);
  }

  /** It is a WebSocket now, or gone. */
  leave(socket: Socket): void {
    const alarm = this.#waiting.get(socket);
    if (!this.#waiting.delete(socket)) return;
    this.#clock.clearTimeout(alarm);
  }

  #wait(socket: Socket): void {
    this.leave(socket);
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    const alarm = this.#clock.setTimeout(() => this.#drop(socket), this.#limits.handshakeTimeoutMs);
    this.#waiting.set(socket, alarm);
    if (this.#waiting.size <= this.#limits.handshakesPendingMax) return;
    const [longest] = this.#waiting.keys();
    if (longest) this.#drop(longest);
  }

  #drop(socket: Socket): void {
    this.leave(socket);
    socket.destroy();
  }
}
