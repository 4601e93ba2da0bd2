/**
 * The sockets of a world: clients come by them, and where it is asked for, nodes talk over them
 * too, with their handshakes, links and sizes. A connection keeps order and loses nothing but
 * itself, so of a weather only the delay is felt, and loss as breaking connections.
 */
import { limits } from '../../machines/protocol/limits.ts';
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { NodeService } from '../../runtime/service.ts';
import type { Transport } from '../../runtime/transport/port.ts';
import type { Chronicle } from './chronicle.ts';
import type { Life } from './life.ts';
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
import { clientDoor } from './sockets/client-door.ts';
import { createSimulatedClient, type SimulatedClient } from './sockets/client.ts';
import { createHttpClient, type HttpClient } from './sockets/http-client.ts';
import { httpDoor } from './sockets/http-door.ts';
import { createSocketNetwork, type Host, type SocketNetwork } from './sockets/network.ts';
import { socketTransport } from './sockets/peers.ts';
import { fairSockets, type SocketWeather } from './sockets/route.ts';
import type { Timeline } from './timeline.ts';

const toPeers = { plane: 'peer' } as const;
const forClients = [{ plane: 'client' }, { plane: 'http' }] as const;

export class Sockets implements Network {
  /** Of every frame, and when it was sent. */
  digest = 0x811c9dc5;
  readonly #network: SocketNetwork;
  readonly #chronicle: Chronicle;
  readonly #members: readonly NodeId[];
  readonly #hosts = new Map<NodeId, Host>();
  readonly #clients = new Set<string>();
  readonly #cut = new Set<string>();
  readonly #held = new Set<string>();
  #weather = fair;

  constructor(
    timeline: Timeline,
    chance: Chance,
    chronicle: Chronicle,
    members: readonly NodeId[],
  ) {
    this.#chronicle = chronicle;
    this.#members = members;
    this.#network = createSocketNetwork({
      scheduler: timeline,
      chance,
      onFrame: (from, to, plane, kind, bytes) => {
        chronicle.steps += 1;
        this.digest = mix(this.digest, `${from}${to}${plane}${kind}${timeline.nowMs}`, bytes);
        if (!chronicle.isRead) return;
        const text =
          kind === 'text' ? `: ${Buffer.from(bytes).toString()}` : `, ${bytes.length} bytes`;
        chronicle.tell(from, `sends ${to} ${kind} (${plane})${text}`);
      },
    });
  }

  /** A process is there; it has yet to open its doors. */
  arrive(node: NodeId, life: Life): void {
    this.#hosts.set(node, this.#network.join(node, life));
  }

  join({ node, listener, parent, fingerprints, sending }: Joining): Transport {
    const transport = socketTransport({
      host: this.#host(node),
      self: { cluster: 'world', node, machines: sameAnywhere(fingerprints), version: '0' },
      peers: this.#members.filter((member) => member !== node),
      listener: chronicled(node, listener, this.#chronicle),
      parent,
    });
    return watched(transport, sending);
  }

  /** Opens the doors for clients. */
  serve(node: NodeId, service: NodeService): void {
    clientDoor({ host: this.#host(node), service });
    httpDoor(this.#host(node), service);
  }

  leave(node: NodeId, how: 'process' | 'power'): void {
    this.#hosts.get(node)?.exit(how);
    this.#hosts.delete(node);
  }

  client(name: string, life: Life, nodes: readonly string[]): SimulatedClient {
    this.#clients.add(name);
    return createSimulatedClient({ name, life, network: this.#network, nodes });
  }
  httpClient(name: string, life: Life): HttpClient {
    this.#clients.add(name);
    return createHttpClient(this.#network.join(name, life));
  }

  get weather(): Weather {
    return this.#weather;
  }
  set weather(weather: Weather) {
    this.#weather = weather;
    this.#network.weather = forSockets(weather);
  }
  weatherBetween(from: NodeId, to: NodeId, weather: Weather | null): void {
    const own = weather === null ? null : forSockets(weather);
    this.#network.setWeather(from, to, own, toPeers);
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from} ${to}`);
    this.#settle(from, to);
  }
  heal(from: NodeId, to: NodeId): void {
    this.#cut.delete(`${from} ${to}`);
    this.#settle(from, to);
  }
  holdBack(from: NodeId, to: NodeId): void {
    this.#held.add(`${from} ${to}`);
    this.#settle(from, to);
  }
  letGo(from: NodeId, to: NodeId): void {
    this.#held.delete(`${from} ${to}`);
    this.#settle(from, to);
  }
  /** Breaks what connections there are between two nodes, or between a node and all clients. */
  reset(one: NodeId, other: NodeId | 'clients'): void {
    if (other !== 'clients') return this.#network.reset(one, other, toPeers);
    this.#eachWay((client, where) => this.#network.reset(client, one, where));
  }

  /** No client reaches that node: half-open where it had been connected, no answer where not. */
  hideFromClients(node: NodeId): void {
    this.#eachWay((client, where) => {
      this.#network.cut(client, node, 'silent', where);
      this.#network.cut(node, client, 'silent', where);
    });
  }
  showToClients(node: NodeId): void {
    this.#eachWay((client, where) => {
      this.#network.heal(client, node, where);
      this.#network.heal(node, client, where);
    });
  }

  #eachWay(act: (client: string, where: (typeof forClients)[number]) => void): void {
    for (const client of this.#clients) for (const where of forClients) act(client, where);
  }

  /** A way that is both cut and held back is cut, and then still held back. */
  #settle(from: NodeId, to: NodeId): void {
    const way = `${from} ${to}`;
    if (this.#cut.has(way)) this.#network.cut(from, to, 'silent', toPeers);
    else if (this.#held.has(way)) this.#network.holdBack(from, to, toPeers);
    else this.#network.heal(from, to, toPeers);
  }

  #host(node: NodeId): Host {
    const host = this.#hosts.get(node);
    if (host === undefined) throw new Error(`${node} has not arrived`);
    return host;
  }
}

/** Fingerprints are made of source text, and a trace must not tell how the sources were compiled. */
const sameAnywhere = (fingerprints: Joining['fingerprints']): Joining['fingerprints'] =>
  Object.fromEntries(Object.keys(fingerprints).map((name) => [name, name]));

/** Where frames are lost, connections are slow to recover, or break. */
const forSockets = (weather: Weather): SocketWeather =>
  weather === fair
    ? fairSockets
    : {
        delayMs: weather.delayMs,
        bytesPerMs: Infinity,
        retryMs: [0, limits.electionTimeoutMsMin * weather.lost],
        resetAfterSilence: Math.min(1, weather.lost + weather.doubled),
      };
