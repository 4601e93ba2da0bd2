/** Links that are cut, slow, lossy, or that keep what they carry for later. */
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { World } from '../../world/world.ts';
import type { Strike } from './fault.ts';

/** Faults overlap: a way is whole again when the last one that cut it is over. */
export class Ways {
  readonly #world: World;
  readonly #cuts = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Cuts each of these ways; the way back mends them. */
  cut(ways: readonly (readonly [from: NodeId, to: NodeId])[]): () => void {
    const cut = ways.filter(([from, to]) => from !== to);
    for (const [from, to] of cut) {
      this.#count(from, to, 1);
      this.#world.cut(from, to, 'one');
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      for (const [from, to] of cut) {
        if (this.#count(from, to, -1) === 0) this.#world.mend(from, to);
      }
    };
  }

  #count(from: NodeId, to: NodeId, change: number): number {
    const count = (this.#cuts.get(`${from} ${to}`) ?? 0) + change;
    this.#cuts.set(`${from} ${to}`, count);
    return count;
  }
}

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
  'slow link'({ world }, { node, other, fault }) {
    const delayMs = [fault.size * 100, fault.size * 700] as const;
    world.weatherBetween(node, other, { delayMs, lost: 0, doubled: 0 });
    return () => world.weatherBetween(node, other, null);
  },
  'bad link'({ world }, { node, other, fault }) {
    const weather = { delayMs: [0.1, 50], lost: fault.size, doubled: fault.size / 2 } as const;
    world.weatherBetween(node, other, weather);
    return () => world.weatherBetween(node, other, null);
  },
  /** Loss, repetition and overtaking, everywhere. */
  'bad weather'({ world }, { fault, dice }) {
    const { weather } = world;
    world.weather = {
      delayMs: [0.1, dice.pick([2, 10, 50, 300])],
      lost: dice.pick([0, 0.02, 0.2, 0.5]) * fault.size,
      doubled: dice.pick([0, 0.1, 0.5]) * fault.size,
    };
    return () => {
      world.weather = weather;
    };
  },
  /** Everything that is said on it arrives later, all at once. */
  'hold back'({ world }, { node, other }) {
    if (node === other) return null;
    world.holdBack(node, other);
    return () => world.letGo(node, other);
  },
  /** All that it says arrives late, as long as it takes to elect somebody else. */
  'slow speaker'({ world }, { node, fault }) {
    const weather = { delayMs: [100, 150 + fault.size * 400], lost: 0, doubled: 0 } as const;
    const others = world.members.filter((member) => member !== node);
    for (const other of others) world.weatherBetween(node, other, weather);
    return () => {
      for (const other of others) world.weatherBetween(node, other, null);
    };
  },
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
    for (const other of others) world.holdBack(other, left);
    let mend = (): void => {};
    let isOver = false;
    world.after(60, () => {
      if (isOver) return;
      for (const other of others) world.jump(other, 1_000);
      mend = ways.cut(others.map((other) => [left, other]));
    });
    world.after(300, () => {
      for (const other of others) world.letGo(other, left);
    });
    return () => {
      isOver = true;
      mend();
      for (const other of others) world.letGo(other, left);
    };
  },
  /** Connections break, and may be made again at once. */
  'broken connection'({ world }, { node, other, fault }) {
    world.sockets.reset(node, fault.size < 0.5 ? other : 'clients');
    return null;
  },
  /** Half-open for those who were connected, no answer for those who call. */
  'hidden from clients'({ world }, { node }) {
    world.sockets.hideFromClients(node);
    return () => world.sockets.showToClients(node);
  },
} satisfies Record<string, Strike>;
