/** Which wires a fault touches, and what becomes of them. */
import type { Flow, Wire } from '../../cluster/proxy.ts';
import type { Fault, Reach, wireFaults } from '../schedule.ts';

export type WireKind = (typeof wireFaults)[number];
type Ends = Readonly<{ from: string; to: string }>;

/** Null where the fault does not touch the wire. */
type Effect = (fault: Fault, hit: readonly string[], wire: Ends) => Wire | null;

/** What becomes of one wire. `hit` are all nodes, the worst hit first. */
export const wireUnder = (
  fault: Fault & Readonly<{ kind: WireKind }>,
  hit: readonly string[],
  wire: Ends,
): Wire | null => effects[fault.kind](fault, hit, wire);

const isClients = ({ from }: Ends): boolean => from.startsWith('c');

const reaches: Record<Reach, (fault: Fault, victim: string | undefined, wire: Ends) => boolean> = {
  peers: (_, victim, wire) => !isClients(wire) && (wire.from === victim || wire.to === victim),
  clients: (_, victim, wire) => isClients(wire) && wire.to === victim,
  node: (_, victim, { from, to }) => from === victim || to === victim,
  'some-clients': ({ towards }, _, wire) =>
    isClients(wire) && Number(wire.from.slice(1)) % 2 === (towards ? 0 : 1),
};
const reached = (fault: Fault, [victim]: readonly string[], wire: Ends): boolean =>
  reaches[fault.reach](fault, victim, wire);

const bothWays =
  (flowOf: (fault: Fault) => Flow): Effect =>
  (fault, hit, wire) => {
    const flow = flowOf(fault);
    return reached(fault, hit, wire) ? { there: flow, back: flow } : null;
  };

/** The one who was dialled hears nothing, or is not heard. */
const oneWay = (isDeaf: boolean): Wire =>
  isDeaf ? { there: 'silent', back: 'whole' } : { there: 'whole', back: 'silent' };

/** Whether a wire goes from the smaller side, which is never a majority, to the other one. */
function crosses({ count }: Fault, hit: readonly string[], wire: Ends): boolean {
  const few = new Set(hit.slice(0, Math.min(count, Math.floor((hit.length - 1) / 2))));
  return !isClients(wire) && few.has(wire.from) !== few.has(wire.to);
}

/** Two halves, and one node in the middle that alone hears both of them. */
function liesAcross([middle, ...others]: readonly string[], wire: Ends): boolean {
  if (isClients(wire) || wire.from === middle || wire.to === middle) return false;
  const half = new Set(others.slice(0, others.length / 2));
  return half.has(wire.from) !== half.has(wire.to);
}

const severed = ({ towards }: Fault): Wire => (towards ? 'cut' : 'silent');

const effects: Record<WireKind, Effect> = {
  cut: (fault, hit, wire) => (reached(fault, hit, wire) ? 'cut' : null),
  delay: bothWays(({ strength }) => ({ delayMs: 4 * strength })),
  throttle: bothWays(({ strength }) => ({ bytesPerSecond: 500 * strength })),
  hold: bothWays(() => 'held'),
  'half-open': bothWays(() => 'silent'),
  'one-way': (fault, hit, wire) =>
    reached(fault, hit, wire) ? oneWay((wire.to === hit[0]) === fault.towards) : null,
  partition: (fault, hit, wire) => (crosses(fault, hit, wire) ? severed(fault) : null),
  'one-way-partition': (fault, hit, wire) => {
    const towardsFew = hit.indexOf(wire.to) < hit.indexOf(wire.from);
    return crosses(fault, hit, wire) ? oneWay(towardsFew === fault.towards) : null;
  },
  bridge: (fault, hit, wire) => (liesAcross(hit, wire) ? severed(fault) : null),
};
