/**
 * The live events of the instances that somebody subscribes to: one watch at the node for each
 * instance, however many follow it, and each event put into words once.
 */
import type { AppliedEvent, InstanceState, NodeService } from '../service.ts';
import { inJson } from './in-json.ts';

/** One of those who follow an instance. */
export interface Follower {
  heard(event: SharedEvent): void;
  /** Something may have changed without any event. */
  catchUp(): void;
}

type Feed = Readonly<{ followers: Set<Follower>; stop: () => void }>;

/** An applied event and, once somebody needs it, the part of its message that all share. */
export class SharedEvent {
  readonly applied: AppliedEvent;
  #tail: string | null = null;

  constructor(applied: AppliedEvent) {
    this.applied = applied;
  }

  get tail(): string {
    return (this.#tail ??= eventTail(this.applied));
  }
}

export class InstanceFeeds {
  readonly #service: NodeService;
  readonly #feeds = new Map<string, Feed>();

  constructor(service: NodeService) {
    this.#service = service;
  }

  /** Hears every event applied from now on, until the function returned is called. */
  follow(machine: string, key: string, follower: Follower): () => void {
    // A machine's name holds no slash, so this names one instance alone.
    const name = `${machine}/${key}`;
    const feed = this.#feeds.get(name) ?? this.#open(name, machine, key);
    feed.followers.add(follower);
    return () => {
      feed.followers.delete(follower);
      if (feed.followers.size > 0 || this.#feeds.get(name) !== feed) return;
      this.#feeds.delete(name);
      feed.stop();
    };
  }

  #open(name: string, machine: string, key: string): Feed {
    const followers = new Set<Follower>();
    const heard = (applied: AppliedEvent): void => {
      const shared = new SharedEvent(applied);
      for (const follower of followers) follower.heard(shared);
    };
    const upgraded = (): void => {
      for (const follower of followers) follower.catchUp();
    };
    const stop = this.#service.watch(machine, key, heard, upgraded);
    const feed = { followers, stop };
    this.#feeds.set(name, feed);
    return feed;
  }
}

/** A `state` message is its subscriber's own head and a tail that says what is the case. */
export const stateHead = (id: string | number): string =>
  `{"type":"state","id":${JSON.stringify(id)}`;

export function eventTail(applied: AppliedEvent): string {
  const { machine, key, index, view, event, accepted, emitted } = applied;
  const said = { machine, key, index, exists: true, snapshot: view, event, accepted, emitted };
  return `,${inJson(said).slice(1)}`;
}

/** `resync` where events before this state could not be given. */
export function presentTail(
  machine: string,
  key: string,
  { index, exists, view }: InstanceState,
  resync: boolean,
): string {
  const said = { machine, key, index, exists, snapshot: view, resync: resync || undefined };
  return `,${inJson(said).slice(1)}`;
}
