/**
 * A network of simulated WebSockets, on a scheduler and with chance of its own: the same seed and
 * the same calls give the same run, frame by frame.
 *
 * A computer goes by the name of what runs on it, and `ws://NAME/v1/peer` is its address.
 */
import { invariant } from '../../../machines/protocol/invariant.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import type { Chance } from '../random.ts';
import { Connection, type OnFrame } from './connection.ts';
import { fairSockets, Route, type Plane, type SocketWeather } from './route.ts';
import type { SimulatedSocket } from './simulated-socket.ts';
import type { Program, Scheduler } from './way.ts';

export type SocketNetworkOptions = Readonly<{
  scheduler: Scheduler;
  chance: Chance;
  weather?: SocketWeather;
  /** What the systems of both sides take of a connection before bytes wait in the sender's process. */
  systemBytesMax?: number;
  onFrame?: OnFrame;
}>;

/** Who takes the calls of one plane. */
export type SocketDoor = Readonly<{
  accept: (socket: SimulatedSocket) => void;
  /** False: there are too many already. */
  hasRoom?: () => boolean;
}>;

export type DialOptions = Readonly<{
  /** How long the other side may take to answer; for ever, if left out. */
  patienceMs?: number;
  closeTimeoutMs: number;
}>;

/** One life of one program on its computer. */
export interface Host {
  readonly name: string;
  readonly program: Program;
  listen(plane: Plane, door: SocketDoor): void;
  dial(address: URL, options: DialOptions): SimulatedSocket;
  /**
   * Call it when the program's life has ended. Of a mere 'process' the system closes the
   * connections; with the 'power' they go without a word, and who comes later on them gets a
   * reset as soon as the computer is up again.
   */
  exit(how: 'process' | 'power'): void;
}

export type Where = Readonly<{
  /** Both, if left out. */
  plane?: Plane;
}>;

export interface SocketNetwork {
  weather: SocketWeather;
  /** Directions of connections that are not over yet, at both ends. */
  readonly waysInUse: number;
  /** After an exit, the same name may join again. */
  join(name: string, program: Program): Host;
  /** One way. 'silent' tells nobody; 'reset' ends the connections of that pair, and refuses new ones. */
  cut(from: string, to: string, how?: 'silent' | 'reset', where?: Where): void;
  /** From now on what one sends the other waits, in order, until `heal`. */
  holdBack(from: string, to: string, where?: Where): void;
  /** Ends whatever was wrong that way, but for its weather. */
  heal(from: string, to: string, where?: Where): void;
  /** Breaks what connections there are between the two; new ones may be dialed. */
  reset(one: string, other: string, where?: Where): void;
  /** From now on what one dials to the other is never answered, until `heal`. */
  ignoreDials(from: string, to: string, where?: Where): void;
  /** Weather of its own for one way; null: as everywhere. */
  setWeather(from: string, to: string, weather: SocketWeather | null, where?: Where): void;
}

export const socketAddress = (name: string): string => `ws://${name}`;

const paths: Readonly<Record<string, Plane>> = {
  '/v1/peer': 'peer',
  '/v1/client': 'client',
  '/': 'http',
};
const planes: readonly Plane[] = ['peer', 'client', 'http'];

type Computer = {
  program: Program;
  state: 'up' | 'stopped' | 'off';
  readonly doors: Map<Plane, SocketDoor>;
  readonly ends: Map<SimulatedSocket, Connection>;
  /** Cut off by the power, in earlier lives. */
  readonly lost: Map<SimulatedSocket, Connection>;
};

export function createSocketNetwork(options: SocketNetworkOptions): SocketNetwork {
  const { scheduler, chance, systemBytesMax = 512 * 1024, onFrame = () => {} } = options;
  const climate = { weather: options.weather ?? fairSockets, chance };
  const computers = new Map<string, Computer>();
  const routes = new Map<string, Route>();

  function routeOf(from: string, to: string, plane: Plane): Route {
    const name = `${plane} ${from} ${to}`;
    const route = routes.get(name) ?? new Route(climate);
    routes.set(name, route);
    return route;
  }
  const along = (from: string, to: string, { plane }: Where = {}): readonly Route[] =>
    (plane === undefined ? planes : [plane]).map((each) => routeOf(from, to, each));

  function dial(computer: Computer, from: string, address: URL, how: DialOptions): SimulatedSocket {
    const to = address.hostname;
    const plane = paths[address.pathname];
    invariant(plane !== undefined, 'a node serves peers and clients, each on its path');
    const route = routeOf(from, to, plane);
    const { program } = computer;
    const connection = new Connection({
      from,
      to,
      plane,
      route,
      routeBack: routeOf(to, from, plane),
      scheduler,
      systemBytesMax,
      onFrame,
      program,
      closeTimeoutMs: how.closeTimeoutMs,
      finished: (_, end) => {
        computer.ends.delete(end);
        computers.get(to)?.ends.delete(end);
        computers.get(to)?.lost.delete(end);
      },
    });
    computer.ends.set(connection.dialer, connection);
    if (how.patienceMs !== undefined) connection.dialer.beImpatient(how.patienceMs);

    const knock = (): void => {
      if (!connection.isWanted) return;
      if (route.state === 'refusing') return connection.answer('refused');
      if (route.isWhole) return knockAt(computers.get(to), connection, route, plane);
      route.knocks.push(() => scheduler.add(knock, route.isWhole ? route.retryMs() : 0));
    };
    scheduler.add(knock, route.delayMs());
    return connection.dialer;
  }

  function knockAt(
    computer: Computer | undefined,
    connection: Connection,
    route: Route,
    plane: Plane,
  ): void {
    // Nobody answers for a computer that is off, nor through a firewall that swallows calls.
    if (computer?.state === 'off' || route.ignoresDials) return;
    const door = computer?.doors.get(plane);
    if (computer === undefined || door === undefined) return connection.answer('refused');

    const { program, ends } = computer;
    const acceptor = connection.arrive({ program, closeTimeoutMs: limits.handshakeTimeoutMs });
    ends.set(acceptor, connection);
    program.happen(() => {
      const hasRoom = door.hasRoom?.() ?? true;
      acceptor.open();
      connection.answer(hasRoom ? 'upgraded' : 'full');
      if (hasRoom) door.accept(acceptor);
      else acceptor.terminate();
    });
  }

  function exit(computer: Computer, how: 'process' | 'power'): void {
    if (computer.state !== 'up') return;
    invariant(computer.program.isDead, 'a life has ended before its connections do');
    computer.state = how === 'power' ? 'off' : 'stopped';
    computer.doors.clear();
    for (const [end, connection] of computer.ends) {
      connection.orphan(end, how);
      if (how === 'power') computer.lost.set(end, connection);
    }
    computer.ends.clear();
  }

  function join(name: string, program: Program): Host {
    invariant(new URL(socketAddress(name)).hostname === name, 'a name is good for an address');
    const earlier = computers.get(name);
    invariant(earlier?.state !== 'up', 'a name joins again only after its exit');
    const computer: Computer = {
      program,
      state: 'up',
      doors: new Map(),
      ends: new Map(),
      lost: new Map(),
    };
    computers.set(name, computer);
    for (const [end, connection] of earlier?.lost ?? []) connection.estrange(end);
    return {
      name,
      program,
      listen: (plane, door) => void computer.doors.set(plane, door),
      dial: (address, how) => dial(computer, name, address, how),
      exit: (how) => exit(computer, how),
    };
  }

  return {
    get weather() {
      return climate.weather;
    },
    set weather(weather) {
      climate.weather = weather;
    },
    get waysInUse() {
      return [...routes.values()].reduce((sum, { ways }) => sum + ways.size, 0);
    },
    join,
    cut(from, to, how = 'silent', where = {}) {
      for (const route of along(from, to, where)) {
        route.cut(how === 'silent' ? 'silent' : 'refusing');
      }
    },
    holdBack(from, to, where) {
      for (const route of along(from, to, where)) route.cut('held');
    },
    heal(from, to, where) {
      for (const route of along(from, to, where)) route.heal();
    },
    reset(one, other, where) {
      for (const route of [...along(one, other, where), ...along(other, one, where)]) {
        for (const way of route.ways) way.brokenBy();
      }
    },
    ignoreDials(from, to, where) {
      for (const route of along(from, to, where)) route.ignoresDials = true;
    },
    setWeather(from, to, weather, where) {
      for (const route of along(from, to, where)) route.own = weather;
    },
  };
}
