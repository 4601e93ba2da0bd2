/**
 * What is to happen in one universe, drawn from its seed before anything happens. A plan is data:
 * it can be cut down to the few faults that matter, and run again.
 */
import { chance, type Chance } from '../world/random.ts';
import { drawErrands, type ErrandsPlan } from './errands/plan.ts';
import { drawFaults, type Fault } from './faults/fault.ts';
import { loadNames } from './workload/loads.ts';

export type ClientPlan = Readonly<{
  /**
   * `rough` asks several nodes at once and again after it was answered; `polite` is the client
   * library; `http` asks over HTTP.
   */
  manners: 'rough' | 'polite' | 'http';
  thinkMs: number;
  timeoutMs: number;
}>;

export type NodePlan = Readonly<{
  /** What its clock shows when a process starts, and how fast it runs. */
  originMs: number;
  rate: number;
  /** The longest that a flush takes in good times. */
  flushMs: number;
}>;

export type Plan = Readonly<{
  seed: number;
  nodes: readonly NodePlan[];
  /** Null: one that was left out. The others keep their places, and with them their chances. */
  clients: readonly (ClientPlan | null)[];
  /** How many more come when a fault strikes, with one question each. */
  crowd: number;
  loads: readonly string[];
  /** What nodes talk by: bare frames, or sockets with their handshakes and links. */
  carrier: 'frames and doors' | 'sockets';
  segmentBytes: number;
  stormMs: number;
  /** How long a node that went down stays down, at most. */
  restartMs: number;
  faults: readonly Fault[];
  /** Null: no machine waits or reaches out. */
  errands: ErrandsPlan | null;
}>;

const stormMsDefault = 4_000;

const drawNode = (dice: Chance, drift: number): NodePlan => ({
  originMs: dice.happens(0.5) ? 0 : dice.fraction() * 1e9,
  rate: 1 - drift / 2 + dice.fraction() * drift,
  flushMs: dice.pick([1, 1, 2, 5, 20]),
});

const drawClient = (dice: Chance): ClientPlan => ({
  manners: dice.pick(['rough', 'rough', 'polite', 'polite', 'http']),
  thinkMs: dice.pick([1, 5, 20, 100]),
  timeoutMs: dice.pick([200, 1_000, 2_000, 5_000]),
});

export function drawPlan(seed: number): Plan {
  const dice = chance(seed, 'plan');
  /** From the slowest clock to the fastest, at most. */
  const drift = dice.pick([0, 0, 0.01, 0.4, 1.4]);
  const count = dice.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 6, 7]);
  const nodes = Array.from({ length: count }, () => drawNode(dice, drift));
  const clients = Array.from({ length: dice.integer(2, 10) }, () => drawClient(dice));
  const loads = loadNames.filter(() => dice.happens(0.6));
  const stormMs = stormMsDefault * dice.pick([0.5, 1, 1, 2]);
  return {
    seed,
    nodes,
    clients,
    loads: loads.length > 0 ? loads : [dice.pick(loadNames)],
    carrier: dice.pick(['frames and doors', 'sockets']),
    segmentBytes: dice.pick([4, 16, 128]) * 1024,
    stormMs,
    restartMs: dice.pick([50, 300, 1_500]),
    crowd: dice.pick([0, 0, 4, 10]),
    faults: drawFaults(seed, count, stormMs),
    errands: drawErrands(seed, stormMs),
  };
}

/** Three nodes, fair weather, and clients enough to keep them busy: to see how fast simulation is. */
export function plainPlan(seed: number): Plan {
  const client = { manners: 'rough', thinkMs: 1, timeoutMs: 5_000 } as const;
  return {
    seed,
    nodes: Array.from({ length: 3 }, () => ({ originMs: 0, rate: 1, flushMs: 1 })),
    clients: Array.from({ length: 600 }, () => client),
    crowd: 0,
    loads: ['register'],
    carrier: 'frames and doors',
    segmentBytes: 1024 * 1024,
    stormMs: 600,
    restartMs: 50,
    faults: [],
    errands: null,
  };
}
