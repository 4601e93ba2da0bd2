/**
 * One subscription: one history, each event once, in order, no gap, never back.
 *
 * All of that hangs on the cursor, the index of the last event that was sent. It only grows, and
 * whatever is not beyond it is not sent. A subscription that its connection has no room for falls
 * behind: it lets live events pass and later reads on from its cursor in the node's history. Where
 * that no longer reaches back so far, it says so with a state that is marked `resync`.
 */
import { toIndex, type LogIndex } from '../../machines/protocol/ids.ts';
import type { NodeService } from '../service.ts';
import type { SubscribeMessage } from './client-schema.ts';
import {
  eventTail,
  presentTail,
  stateHead,
  type Follower,
  type SharedEvent,
} from './instance-feeds.ts';

/** The connection, as its subscriptions see it. */
export type Reader = Readonly<{
  hasRoom: () => boolean;
  send: (state: string) => void;
  /** To be called back (`catchUp`) when there is room again. */
  fellBehind: (subscription: Subscription) => void;
}>;

export class Subscription implements Follower {
  readonly #service: NodeService;
  readonly #reader: Reader;
  readonly #machine: string;
  readonly #key: string;
  readonly #head: string;
  /** Null as long as the present state is owed, with which a subscription without a past begins. */
  #cursor: LogIndex | null;
  #isBehind = false;

  constructor(
    service: NodeService,
    reader: Reader,
    { id, machine, key, afterIndex }: SubscribeMessage,
  ) {
    this.#service = service;
    this.#reader = reader;
    this.#machine = machine;
    this.#key = key;
    this.#head = stateHead(id);
    this.#cursor = afterIndex === undefined ? null : toIndex(afterIndex);
    this.catchUp();
  }

  /** A live event. */
  heard(event: SharedEvent): void {
    if (this.#isBehind || !this.#isNews(event.applied.index)) return;
    if (!this.#reader.hasRoom()) return this.#fallBehind();
    this.#cursor = event.applied.index;
    this.#reader.send(this.#head + event.tail);
  }

  /** Sends what came after the cursor, as far as there is room. */
  catchUp(): void {
    if (!this.#reader.hasRoom()) return this.#fallBehind();
    this.#isBehind = false;
    if (this.#cursor === null) return this.#sendPresent(false);
    const missed = this.#service.eventsAfter(this.#machine, this.#key, this.#cursor);
    if (!missed) return this.#sendPresent(true);
    for (const applied of missed) {
      if (!this.#reader.hasRoom()) return this.#fallBehind();
      if (!this.#isNews(applied.index)) continue;
      this.#cursor = applied.index;
      this.#reader.send(this.#head + eventTail(applied));
    }
  }

  #fallBehind(): void {
    this.#isBehind = true;
    this.#reader.fellBehind(this);
  }

  #sendPresent(resync: boolean): void {
    const present = this.#service.peek(this.#machine, this.#key);
    // Where nothing is beyond the cursor nothing was missed, and a node that lags must not go back.
    if (!present || !this.#isNews(present.index)) return;
    this.#cursor = present.index;
    this.#reader.send(this.#head + presentTail(this.#machine, this.#key, present, resync));
  }

  #isNews(index: LogIndex): boolean {
    return this.#cursor === null || index > this.#cursor;
  }
}
