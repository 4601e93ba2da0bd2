/** What can be done to the network of a world, and to what is said on it. */
import { nodeId } from '../../machines/protocol/ids.ts';
import type { Message, MessageKind, MessageOf } from '../../machines/protocol/messages.ts';
import type { Weather } from './network.ts';
import { Parts } from './parts.ts';
import type { SimulatedClient } from './sockets/client.ts';
import type { HttpClient } from './sockets/http-client.ts';
import type { Gate, Puppet } from './wires.ts';

export abstract class NetworkVerbs extends Parts {
  get weather(): Weather {
    return this.network.weather;
  }
  set weather(weather: Weather) {
    this.network.weather = weather;
  }
  /** What one says to the other has weather of its own; null: as everywhere. */
  weatherBetween(from: string, to: string, weather: Weather | null): void {
    this.network.weatherBetween(nodeId(from), nodeId(to), weather);
  }
  set gate(gate: Gate) {
    this.wires.gate = gate;
  }

  /** Nothing gets from one to the other; `both` ways unless told otherwise. */
  cut(from: string, to: string, ways: 'both' | 'one' = 'both'): void {
    this.chronicle.note(from, `is cut off from ${to}${ways === 'one' ? ', one way' : ''}`);
    this.network.cut(nodeId(from), nodeId(to));
    if (ways === 'both') this.network.cut(nodeId(to), nodeId(from));
  }

  /** What one says to the other arrives again. */
  mend(from: string, to: string): void {
    this.chronicle.note(from, `reaches ${to} again`);
    this.network.heal(nodeId(from), nodeId(to));
  }

  isolate(node: string): void {
    for (const other of this.members) if (other !== node) this.cut(node, other);
  }

  /** Every link. */
  heal(): void {
    this.chronicle.note('all', 'heal');
    for (const from of this.members) {
      for (const to of this.members) if (from !== to) this.network.heal(from, to);
    }
  }

  /** From now on what one says to the other waits, in order, until `letGo`. */
  holdBack(from: string, to: string): void {
    this.network.holdBack(nodeId(from), nodeId(to));
  }
  letGo(from: string, to: string): void {
    this.network.letGo(nodeId(from), nodeId(to));
  }

  /** The client library that is shipped, in a process of its own. */
  client(name: string, nodes: readonly string[]): SimulatedClient {
    return this.sockets.client(name, this.nodes.newLife(nodeId(name), name), nodes);
  }

  /** Somebody who speaks HTTP, a request at a time, each on a connection of its own. */
  httpClient(name: string): HttpClient {
    return this.sockets.httpClient(name, this.nodes.newLife(nodeId(name), name));
  }

  /** Joins the network in place of a node. Let a little time pass before it speaks. */
  puppet(name: string): Puppet {
    return this.wires.puppet(name);
  }

  /** What one node has said to another; kept for the kinds that tests repeat. */
  sentOf<Kind extends MessageKind>(
    from: string,
    to: string,
    kind: Kind,
  ): readonly MessageOf<Kind>[] {
    return this.wires.sentOf(from, to, kind);
  }

  /** The network delivers it once more, now. */
  repeat(from: string, to: string, message: Message): void {
    const { life, listener } = this.nodes.process(to);
    life.happen(() => listener.heard(nodeId(from), [message]));
  }
}
