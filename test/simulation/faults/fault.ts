/** One thing that goes wrong, when, where and how badly; and what can go wrong at all. */
import type { NodeId } from '../../../machines/protocol/ids.ts';
import { chance, type Chance } from '../../world/random.ts';
import type { World } from '../../world/world.ts';
import type { Keeper } from '../keeper.ts';
import { clockFaults } from './clock.ts';
import { diskFaults, DiskTroubles } from './disk.ts';
import { anyOf, Layers, type OnOff } from './layers.ts';
import { networkFaults, Ways } from './network.ts';
import { ofEach } from './of-each.ts';
import { officeFaults } from './office.ts';
import { Pauses, processFaults } from './process.ts';
import { Echoes, staleFaults } from './stale.ts';

export type Fault = Readonly<{
  /** Its place in the plan that was drawn; a plan that was cut down keeps these. */
  id: number;
  kind: FaultKind;
  atMs: number;
  forMs: number;
  /** Places in the list of members; whether it concerns the second one depends on the kind. */
  node: number;
  other: number;
  /** In [0, 1). */
  size: number;
}>;

/** What faults are done to, and what of them is in force. */
export type Field = Readonly<{
  world: World;
  keeper: Keeper;
  ways: Ways;
  pauses: Pauses;
  /** Somebody wants the cluster to be stopped. */
  stops: OnOff;
  troublesOf: (node: NodeId) => DiskTroubles;
  echoes: Echoes;
}>;

/** `keepsCopies`: the network may deliver again, and late, what it has carried. */
export const createField = (world: World, keeper: Keeper, keepsCopies = false): Field => ({
  world,
  keeper,
  ways: new Ways(world),
  pauses: new Pauses(world),
  stops: new Layers(anyOf, () => {}),
  troublesOf: ofEach((node) => new DiskTroubles(world.disk(node))),
  echoes: new Echoes(world, keepsCopies),
});

export type Stroke = Readonly<{
  fault: Fault;
  node: NodeId;
  /** Another one, unless there is but one. */
  other: NodeId;
  dice: Chance;
}>;

/** What is done when a fault is over. */
export type Relief = () => void;

/** What is done when it strikes. Null: there is nothing to undo. */
export type Strike = (field: Field, stroke: Stroke) => Relief | null;

const strikes = {
  ...processFaults,
  ...networkFaults,
  ...diskFaults,
  ...clockFaults,
  ...officeFaults,
  ...staleFaults,
} satisfies Record<string, Strike>;

export type FaultKind = keyof typeof strikes;
export const faultKinds = Object.keys(strikes) as readonly FaultKind[];

export function strike(field: Field, fault: Fault): Relief | null {
  const { members, seed, chronicle } = field.world;
  const node = members[fault.node] ?? members[0];
  const other = members[fault.other] ?? members[0];
  if (node === undefined || other === undefined) throw new Error('a world has a member');
  chronicle.note('☇', `fault ${fault.id}: ${fault.kind}`);
  const dice = chance(seed, `fault ${fault.id}`);
  return strikes[fault.kind](field, { fault, node, other, dice });
}

const durationsMs = [30, 200, 800, 2_500] as const;
/** Of one kind, a second. */
const rates = [0, 0, 0.05, 0.15, 0.4] as const;
/** A storm has a temper: these come thick and fast in it, and few others come at all. */
const tempers: readonly (readonly FaultKind[])[] = [
  ['all clocks jump', 'crash after voting', 'slow speaker', 'leader left behind', 'hand over'],
  ['crash while writing', 'crash after a flush', 'power cut', 'slow disks', 'crash', 'stuck disk'],
  ['hold back', 'late answers', 'cut one way', 'partition', 'leader left behind', 'isolate'],
  ['leader among echoes', 'leader again among echoes', 'leader was asleep', 'hand over in vain'],
  ['back in office', 'echo', 'hand over'],
];
const thick = 1.2;
const thin = 0.4;
/**
 * Everybody loses power, or a bit rots: rare, or nothing else would ever happen. Some come to
 * something in few worlds, and are tried the more often.
 */
const weights: Partial<Record<FaultKind, number>> = {
  'power cut': 0.2,
  'rotten bit': 2,
  echo: 2,
  'leader among echoes': 2,
  'leader again among echoes': 3,
  'back in office': 2,
};

/** Each kind has its own chance, so that the others stay as they are when one comes or goes. */
export function drawFaults(seed: number, nodes: number, stormMs: number): readonly Fault[] {
  const temperament = chance(seed, 'temper');
  const wildness = temperament.pick([0.2, 0.5, 1, 1, 2]);
  const temper = temperament.happens(0.5) ? temperament.pick(tempers) : null;
  /** Rot takes a node away for good, so no more than a minority ever rots: those drawn first. */
  const rotten = new Set<number>();
  const rottenMax = Math.floor((nodes - 1) / 2);
  const drawn: Omit<Fault, 'id'>[] = [];
  for (const kind of faultKinds) {
    const dice = chance(seed, `plan of ${kind}`);
    const usual = dice.pick(rates) * wildness * (weights[kind] ?? 1);
    const perMs = (temper?.includes(kind) ? thick : usual * (temper ? thin : 1)) / 1_000;
    if (perMs === 0 || (kind === 'rotten bit' && rottenMax === 0)) continue;
    for (let atMs = between(dice, perMs); atMs < stormMs; atMs += between(dice, perMs)) {
      const drawnNode = dice.integer(0, nodes - 1);
      const node = kind === 'rotten bit' ? amongFirst(rotten, rottenMax, drawnNode) : drawnNode;
      drawn.push({
        kind,
        atMs,
        forMs: dice.pick(durationsMs) * (0.5 + dice.fraction()),
        node,
        other: (node + dice.integer(1, Math.max(1, nodes - 1))) % nodes,
        size: dice.fraction(),
      });
    }
  }
  return drawn.toSorted((a, b) => a.atMs - b.atMs).map((fault, id) => ({ id, ...fault }));
}

/** `drawn`, which becomes one of them while they are fewer than `max`; or else one of them. */
function amongFirst(chosen: Set<number>, max: number, drawn: number): number {
  if (chosen.size < max) chosen.add(drawn);
  if (chosen.has(drawn)) return drawn;
  return [...chosen][drawn % chosen.size] ?? drawn;
}

/**
 * Until the next one, where so many come in a ms on average. Drawn without a logarithm, whose
 * last digit is not the same on every machine: uniform between nothing and twice the mean.
 */
const between = (dice: Chance, perMs: number): number => (2 * dice.fraction()) / perMs;
