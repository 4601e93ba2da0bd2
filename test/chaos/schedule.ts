/**
 * What goes wrong, in which order and for how long. Drawn from the seed alone: whom it hits is
 * said as "the leader, if there is one" or by number, for who leads is up to the run.
 */
import type { Chance } from '../world/random.ts';

export const processFaults = [
  'kill',
  'power-cut',
  'pause',
  'restart',
  'slow-disk',
  'failed-flush',
  'full-disk',
] as const;
export const wireFaults = [
  'cut',
  'delay',
  'throttle',
  'hold',
  'half-open',
  'one-way',
  'partition',
  'one-way-partition',
  'bridge',
] as const;
export type FaultKind = (typeof processFaults)[number] | (typeof wireFaults)[number];

/** What a wire fault hits: a node's wires to its peers, to its clients, to all; or those of some clients. */
export type Reach = 'peers' | 'clients' | 'node' | 'some-clients';

export type Fault = Readonly<{
  kind: FaultKind;
  /** All nodes by number; those that are hit stand first. */
  order: readonly number[];
  /** The leader of that moment comes before all of them. */
  leaderFirst: boolean;
  /** How many nodes it hits, of those kinds that can hit several. */
  count: number;
  reach: Reach;
  /** How bad, in percent. */
  strength: number;
  towards: boolean;
  holdMs: number;
  /** How long the next one of this schedule waits. */
  restMs: number;
}>;

/** A full disk takes megabytes of log to bring about, and nothing is compacted yet. */
const roundsBetween: Partial<Record<FaultKind, number>> = { 'full-disk': 5 };

/** Rounds without end. Each deals every kind once, in an order of its own. */
export function* scheduleOf(
  dice: Chance,
  kinds: readonly FaultKind[],
  nodes: number,
): Generator<Fault, never> {
  const numbers = Array.from({ length: nodes }, (_, nth) => nth);
  for (let round = 0; ; round += 1) {
    // The first round is brisk, so that a short run has seen everything.
    const [holdMsMax, restMsMax] =
      round === 0 ? [1_200, 600] : [dice.pick([1_500, 3_000, 7_000]), 3_000];
    for (const kind of dice.shuffled(kinds)) {
      const isDue = round % (roundsBetween[kind] ?? 1) === 0;
      const fault: Fault = {
        kind,
        order: dice.shuffled(numbers),
        leaderFirst: dice.happens(0.6),
        count: dice.happens(0.7) ? 1 : dice.integer(1, nodes),
        reach: dice.pick(['peers', 'peers', 'clients', 'node', 'some-clients'] as const),
        strength: dice.integer(1, 100),
        towards: dice.happens(0.5),
        holdMs: dice.integer(300, holdMsMax),
        restMs: dice.integer(100, restMsMax),
      };
      if (isDue) yield fault;
    }
  }
}
