/** Links that are cut, slow, lossy, or that keep what they carry for later. */
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { Weather } from '../../world/network.ts';
import type { World } from '../../world/world.ts';
import type { Relief, Strike } from './fault.ts';
import { anyOf, latestOf, Layers, together, type OnOff } from './layers.ts';
import { ofEach } from './of-each.ts';

type Way = Readonly<{
  cuts: OnOff;
  holds: OnOff;
  weathers: Layers<Weather, Weather | null>;
}>;

/** Faults overlap: a way is whole, and a sky clear, when the last one that troubled it is over. */
export class Ways {
  /** Everywhere. */
  readonly weathers: Layers<Weather, Weather | null>;
  readonly #hidden: (node: NodeId) => OnOff;
  readonly #way: (from: NodeId) => (to: NodeId) => Way;

  constructor(world: World) {
    const usual = world.weather;
    this.weathers = new Layers<Weather, Weather | null>(latestOf, (weather) => {
      world.weather = weather ?? usual;
    });
    this.#hidden = ofEach((node) => {
      return new Layers(anyOf, (isHidden) => {
        if (isHidden) world.sockets.hideFromClients(node);
        else world.sockets.showToClients(node);
      });
    });
    this.#way = ofEach((from) =>
      ofEach((to) => ({
        cuts: new Layers(anyOf, (isCut) => {
          if (isCut) world.cut(from, to, 'one');
          else world.mend(from, to);
        }),
        holds: new Layers(anyOf, (isHeld) => {
          if (isHeld) world.holdBack(from, to);
          else world.letGo(from, to);
        }),
        weathers: new Layers<Weather, Weather | null>(latestOf, (weather) =>
          world.weatherBetween(from, to, weather),
        ),
      })),
    );
  }

  /** Cuts each of these ways; what is returned mends them. */
  cut(ways: Ends): Relief {
    return this.#each(ways, ({ cuts }) => cuts.lay(true));
  }

  /** What is said on these ways waits; what is returned lets it go. */
  hold(ways: Ends): Relief {
    return this.#each(ways, ({ holds }) => holds.lay(true));
  }

  /** Weather of their own for these ways. */
  cloud(ways: Ends, weather: Weather): Relief {
    return this.#each(ways, ({ weathers }) => weathers.lay(weather));
  }

  hide(node: NodeId): Relief {
    return this.#hidden(node).lay(true);
  }

  #each(ways: Ends, trouble: (way: Way) => Relief): Relief {
    return together(
      ways.filter(([from, to]) => from !== to).map(([from, to]) => trouble(this.#way(from)(to))),
    );
  }
}

type Ends = readonly (readonly [from: NodeId, to: NodeId])[];

const bothWays = (a: NodeId, b: NodeId): (readonly [NodeId, NodeId])[] => [
  [a, b],
  [b, a],
];

export const networkFaults = {
  'cut one way': ({ ways }, { node, other }) => ways.cut([[node, other]]),
  'cut link': ({ ways }, { node, other }) => ways.cut(bothWays(node, other)),
  isolate: ({ world, ways }, { node }) =>
    ways.cut(world.members.flatMap((member) => bothWays(node, member))),
  /** It hears everybody and nobody hears it, or the other way round. */
  'deaf or dumb': ({ world, ways }, { node, fault }) =>
    ways.cut(world.members.map((member) => (fault.size < 0.5 ? [node, member] : [member, node]))),
  partition({ world, ways }, { dice }) {
    const isHere = new Map(world.members.map((member) => [member, dice.happens(0.5)]));
    return ways.cut(
      world.members.flatMap((from) =>
        world.members
          .filter((to) => isHere.get(from) !== isHere.get(to))
          .map((to) => [from, to] as const),
      ),
    );
  },
  /** Two sides that only one node can talk to. */
  bridge({ world, ways }, { node, dice }) {
    const isHere = new Map(world.members.map((member) => [member, dice.happens(0.5)]));
    return ways.cut(
      world.members.flatMap((from) =>
        world.members
          .filter((to) => from !== node && to !== node && isHere.get(from) !== isHere.get(to))
          .map((to) => [from, to] as const),
      ),
    );
  },
  /** Everybody talks to two neighbours alone. */
  ring({ world, ways }) {
    const { members } = world;
    const isNeighbour = (a: number, b: number): boolean =>
      (a + 1) % members.length === b || (b + 1) % members.length === a;
    return ways.cut(
      members.flatMap((from, a) =>
        members.filter((_, b) => !isNeighbour(a, b)).map((to) => [from, to] as const),
      ),
    );
  },
  'slow link'({ ways }, { node, other, fault }) {
    const delayMs = [fault.size * 100, fault.size * 700] as const;
    return ways.cloud([[node, other]], { delayMs, lost: 0, doubled: 0 });
  },
  'bad link': ({ ways }, { node, other, fault }) =>
    ways.cloud([[node, other]], {
      delayMs: [0.1, 50],
      lost: fault.size,
      doubled: fault.size / 2,
    }),
  /** Loss, repetition and overtaking, everywhere. */
  'bad weather': ({ ways }, { fault, dice }) =>
    ways.weathers.lay({
      delayMs: [0.1, dice.pick([2, 10, 50, 300])],
      lost: dice.pick([0, 0.02, 0.2, 0.5]) * fault.size,
      doubled: dice.pick([0, 0.1, 0.5]) * fault.size,
    }),
  /** Everything that is said on it arrives later, all at once. */
  'hold back': ({ ways }, { node, other }) => ways.hold([[node, other]]),
  /** All that it says arrives late, as long as it takes to elect somebody else. */
  'slow speaker': ({ world, ways }, { node, fault }) =>
    ways.cloud(
      world.members.map((member) => [node, member]),
      { delayMs: [100, 150 + fault.size * 400], lost: 0, doubled: 0 },
    ),
  /** The leader is alone, and so are the others, whose clocks have gone on. */
  'leader left behind'({ world, ways }) {
    const left = world.members.find(
      (member) => world.isUp(member) && world.statusOf(member).role === 'leader',
    );
    if (left === undefined) return null;
    const others = world.members.filter((member) => member !== left);
    for (const other of others) world.jump(other, 1_000);
    return ways.cut(others.flatMap((other) => bothWays(left, other)));
  },
  /**
   * What is said to the leader comes late, and meanwhile it is cut off and another one elected:
   * answers to what it asked long ago arrive when it asks anew.
   */
  'late answers'({ world, ways }) {
    const left = world.members.find(
      (member) => world.isUp(member) && world.statusOf(member).role === 'leader',
    );
    if (left === undefined) return null;
    const others = world.members.filter((member) => member !== left);
    const letGo = ways.hold(others.map((other) => [other, left]));
    let mend = (): void => {};
    let isOver = false;
    world.after(60, () => {
      if (isOver) return;
      for (const other of others) world.jump(other, 1_000);
      mend = ways.cut(others.map((other) => [left, other]));
    });
    world.after(300, letGo);
    return () => {
      isOver = true;
      mend();
      letGo();
    };
  },
  /** Connections break, and may be made again at once. */
  'broken connection'({ world }, { node, other, fault }) {
    world.sockets.reset(node, fault.size < 0.5 ? other : 'clients');
    return null;
  },
  /** Half-open for those who were connected, no answer for those who call. */
  'hidden from clients': ({ ways }, { node }) => ways.hide(node),
} satisfies Record<string, Strike>;
