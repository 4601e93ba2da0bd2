/**
 * The network of a world: the memory transport in any weather, with gates that lose or change
 * single messages, ways that hold everything back for a while, and puppets in place of nodes.
 */
import { nodeId, type NodeId } from '../../machines/protocol/ids.ts';
import type { Message, MessageKind, MessageOf } from '../../machines/protocol/messages.ts';
import { createMemoryNetwork, type MemoryNetwork } from '../../runtime/transport/memory.ts';
import type { Transport } from '../../runtime/transport/port.ts';
import type { Chronicle } from './chronicle.ts';
import {
  chronicled,
  fair,
  mix,
  watched,
  type Joining,
  type Network,
  type Weather,
} from './network.ts';
import type { Chance } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What a message arrives as; false: not at all. Asked when it arrives. */
export type Gate = (from: string, to: string, message: Message) => Message | boolean;

/** Stands in for a node: hears what it is sent, says what the test wants. */
export type Puppet = Readonly<{
  heard: { from: string; message: Message }[];
  say(to: string, message: Message): void;
}>;

type Sent = Readonly<{ from: string; to: string; message: Message }>;

/** Kinds that tests repeat later. */
const remembered: ReadonlySet<MessageKind> = new Set([
  'forward',
  'forwardRefused',
  'readIndexRequest',
  'readIndexGranted',
]);

export class Wires implements Network {
  weather: Weather = fair;
  gate: Gate = () => true;
  messagesSent = 0;
  hasPuppets = false;
  /** Of every frame, and when it was sent. */
  digest = 0x811c9dc5;

  readonly #weathers = new Map<string, Weather>();
  readonly #chance: Chance;
  readonly #chronicle: Chronicle;
  readonly #network: MemoryNetwork;
  readonly #transports = new Map<NodeId, Transport>();
  readonly #held = new Map<string, (() => void)[]>();
  readonly #sent: Sent[] = [];

  constructor(timeline: Timeline, chance: Chance, chronicle: Chronicle) {
    this.#chance = chance;
    this.#chronicle = chronicle;
    this.#network = createMemoryNetwork({
      clock: {
        soon: (run) => void timeline.add(run, 0),
        setTimeout: (run, delayMs) => timeline.add(run, delayMs),
      },
      fate: ({ from, to, frame }) => {
        this.digest = mix(this.digest, `${from}${to}${timeline.nowMs}`, frame);
        return this.#fate(
          this.#weathers.size === 0 ? undefined : this.#weathers.get(`${from} ${to}`),
        );
      },
    });
  }

  join({ node, life, listener, sending }: Joining): Transport {
    const ears = chronicled(node, listener, this.#chronicle);
    const transport = this.#network.join(node, {
      heard: (from, messages) => {
        const passed = messages.flatMap((message) => {
          const arriving = this.gate(from, node, message);
          if (typeof arriving === 'boolean') return arriving ? [message] : [];
          return [arriving];
        });
        if (passed.length === 0) return;
        const arrive = (): void => life.happen(() => ears.heard(from, passed));
        const held = this.#held.get(`${from} ${node}`);
        if (held === undefined) arrive();
        else held.push(arrive);
      },
      linkOpened: (peer) => life.happen(() => ears.linkOpened(peer)),
      linkLost: (peer) => life.happen(() => ears.linkLost(peer)),
    });
    this.#transports.set(node, transport);
    return watched(transport, (to, message) => {
      this.messagesSent += 1;
      if (remembered.has(message.kind)) this.#sent.push({ from: node, to, message });
      sending(to, message);
    });
  }

  leave(node: NodeId): void {
    void this.#transports.get(node)?.close();
    this.#transports.delete(node);
  }

  puppet(name: string): Puppet {
    this.hasPuppets = true;
    const heard: Puppet['heard'] = [];
    const transport = this.#network.join(nodeId(name), {
      heard: (from, messages) => void heard.push(...messages.map((message) => ({ from, message }))),
      linkOpened() {},
      linkLost() {},
    });
    return { heard, say: (to, message) => transport.send(nodeId(to), [message]) };
  }

  cut(from: NodeId, to: NodeId): void {
    this.#network.cut(from, to);
  }
  heal(from: NodeId, to: NodeId): void {
    this.#network.heal(from, to);
  }

  holdBack(from: string, to: string): void {
    const way = `${from} ${to}`;
    if (!this.#held.has(way)) this.#held.set(way, []);
  }
  letGo(from: string, to: string): void {
    const held = this.#held.get(`${from} ${to}`) ?? [];
    this.#held.delete(`${from} ${to}`);
    for (const arrive of held) arrive();
  }

  sentOf<Kind extends MessageKind>(
    from: string,
    to: string,
    kind: Kind,
  ): readonly MessageOf<Kind>[] {
    return this.#sent
      .filter((sent) => sent.from === from && sent.to === to && sent.message.kind === kind)
      .map(({ message }) => message as MessageOf<Kind>);
  }

  weatherBetween(from: string, to: string, weather: Weather | null): void {
    if (weather === null) this.#weathers.delete(`${from} ${to}`);
    else this.#weathers.set(`${from} ${to}`, weather);
  }

  #fate(weather = this.weather): readonly number[] {
    const { delayMs, lost, doubled } = weather;
    const [low, high] = delayMs;
    if (weather === fair) return [low];
    const { fraction } = this.#chance;
    if (fraction() < lost) return [];
    const delay = (): number => low + fraction() * (high - low);
    return fraction() < doubled ? [delay(), delay()] : [delay()];
  }
}
