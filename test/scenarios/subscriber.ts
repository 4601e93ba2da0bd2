/** A client that watches one counter through the real subscription, and moves from node to node. */
import type { NodeService } from '../../runtime/service.ts';
import { InstanceFeeds } from '../../runtime/gateway/instance-feeds.ts';
import { Subscription } from '../../runtime/gateway/subscription.ts';

type Seen = Readonly<{
  index: number;
  snapshot: { context: { count: number } } | null;
  resync?: boolean;
}>;

const machine = 'counter';
const key = 'k';

export class Subscriber {
  /** Every state that it was sent, as it was sent. */
  readonly seen: Seen[] = [];
  #leave = (): void => {};
  #isSlow = false;
  #behind: Subscription | null = null;

  get lastIndex(): number {
    return this.seen.at(-1)?.index ?? 0;
  }

  /** Asks that node for all after the last that it has seen. */
  connect(service: NodeService): void {
    this.#leave();
    this.#behind = null;
    this.#isSlow = false;
    const reader = {
      hasRoom: () => !this.#isSlow,
      send: (state: string) => void this.seen.push(JSON.parse(state) as Seen),
      fellBehind: (subscription: Subscription) => (this.#behind = subscription),
    };
    const asked = { type: 'subscribe', id: 's', machine, key, afterIndex: this.lastIndex } as const;
    const subscription = new Subscription(service, reader, asked);
    this.#leave = new InstanceFeeds(service).follow(machine, key, subscription);
  }

  /** Its connection takes nothing more, until it reads again. */
  stopReading(): void {
    this.#isSlow = true;
  }
  readOn(): void {
    this.#isSlow = false;
    this.#behind?.catchUp();
    this.#behind = null;
  }
}
