/** The subscriptions of one connection, by the id that the client gave each. */
import { refused, type Refused } from '../../machines/protocol/outcome.ts';
import type { NodeService } from '../service.ts';
import type { RequestId, SubscribeMessage } from './client-schema.ts';
import type { InstanceFeeds } from './instance-feeds.ts';
import { Subscription, type Reader } from './subscription.ts';

/** The connection's way out. */
type Exit = Omit<Reader, 'fellBehind'>;

type Running = Readonly<{ subscription: Subscription; leave: () => void }>;

export class ClientSubscriptions {
  readonly #service: NodeService;
  readonly #feeds: InstanceFeeds;
  readonly #reader: Reader;
  readonly #countMax: number;
  readonly #running = new Map<RequestId, Running>();
  /** In a line: the first has waited longest. */
  readonly #behind = new Set<Subscription>();

  constructor(service: NodeService, feeds: InstanceFeeds, exit: Exit, countMax: number) {
    this.#service = service;
    this.#feeds = feeds;
    this.#reader = { ...exit, fellBehind: (subscription) => this.#behind.add(subscription) };
    this.#countMax = countMax;
  }

  /** Null when it has begun, its first state being on its way. */
  begin(message: SubscribeMessage): Refused | null {
    const { id, machine, key } = message;
    if (this.#running.has(id)) {
      return refused(
        'bad-request',
        `a subscription with the id ${JSON.stringify(id)} is running; unsubscribe it, or send another "id"`,
      );
    }
    if (this.#running.size >= this.#countMax) {
      return refused(
        'overloaded',
        `this connection has ${this.#countMax} subscriptions, which is all it may; unsubscribe some`,
      );
    }
    const refusal = this.#service.refusesBecause();
    if (refusal) return refusal;
    if (!this.#service.peek(machine, key)) return unknownMachine(machine);
    const subscription = new Subscription(this.#service, this.#reader, message);
    const leave = this.#feeds.follow(machine, key, subscription);
    this.#running.set(id, { subscription, leave });
    return null;
  }

  end(id: RequestId): Refused | null {
    const running = this.#running.get(id);
    if (!running) {
      return refused(
        'bad-request',
        `no subscription with the id ${JSON.stringify(id)} is running; send the "id" of one that is`,
      );
    }
    running.leave();
    this.#behind.delete(running.subscription);
    this.#running.delete(id);
    return null;
  }

  /** The ids of those that were running. */
  endAll(): readonly RequestId[] {
    const ids = [...this.#running.keys()];
    for (const { leave } of this.#running.values()) leave();
    this.#running.clear();
    this.#behind.clear();
    return ids;
  }

  /** There may be room again. Who does not get to the end goes to the back of the line. */
  catchUp(): void {
    for (const subscription of this.#behind) {
      if (!this.#reader.hasRoom()) return;
      this.#behind.delete(subscription);
      subscription.catchUp();
    }
  }
}

const unknownMachine = (machine: string): Refused =>
  refused(
    'unknown-machine',
    `no machine here is called "${machine}"; \`status\` lists those that are`,
  );
