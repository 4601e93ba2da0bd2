/**
 * Everything that goes wrong, on two schedules at once: one for processes and disks, one for
 * wires. Faults of different schedules overlap; those of one follow each other.
 */
import type { Cluster, NodeProcess } from '../cluster/cluster.ts';
import type { Chance } from '../world/random.ts';
import { processStrikes, type Wait } from './faults/process-faults.ts';
import type { SmallDisk } from './faults/small-disk.ts';
import { wireUnder, type WireKind } from './faults/wire-faults.ts';
import { type Fault, type FaultKind, scheduleOf } from './schedule.ts';
import type { Tally } from './tally.ts';

export type StormOptions = Readonly<{
  cluster: Cluster;
  tally: Tally;
  leader: () => NodeProcess | null;
  smallDisk: SmallDisk | null;
  /** By schedule: the kinds that this machine allows. */
  kinds: readonly (readonly FaultKind[])[];
  dice: (number: number) => Chance;
  /** It lasts no less, and until each kind has hit something. */
  lastsMs: number;
  wait: Wait;
  isInterrupted: () => boolean;
  note: (text: string) => void;
}>;

/** A kind that has not managed to hit anything by then will not. */
const overtimeMs = 120_000;

export async function storm(options: StormOptions): Promise<void> {
  const { cluster, tally, kinds, dice, lastsMs, wait, isInterrupted } = options;
  const beganMs = performance.now();
  const isOver = (): boolean => {
    const elapsedMs = performance.now() - beganMs;
    const wanted = kinds.flat().filter((kind) => !tally.faults.has(kind));
    return isInterrupted() || elapsedMs > lastsMs + (wanted.length > 0 ? overtimeMs : 0);
  };
  const follow = async (schedule: Iterable<Fault>): Promise<void> => {
    for (const fault of schedule) {
      if (isOver()) return;
      tally.gaps.faultBegins();
      const hit = await strike(options, fault);
      tally.gaps.faultEnds();
      if (hit) tally.struck(fault.kind);
      await wait(fault.restMs);
    }
  };
  const schedules = kinds
    .filter((some) => some.length > 0)
    .map((some, nth) => follow(scheduleOf(dice(nth), some, cluster.nodes.length)));
  // Where one breaks, the other must not go on behind our back.
  for (const end of await Promise.allSettled(schedules)) {
    if (end.status === 'rejected') throw end.reason;
  }
}

async function strike(options: StormOptions, fault: Fault): Promise<boolean> {
  const { cluster, leader, note, wait, isInterrupted, smallDisk } = options;
  const inOrder = fault.order.map((nth) => cluster.nodes[nth] as NodeProcess);
  const first = fault.leaderFirst ? leader() : null;
  const nodes = first === null ? inOrder : [first, ...inOrder.filter((node) => node !== first)];
  note(`${fault.kind} ${nodes.map(({ id }) => id).join(' ')} ${JSON.stringify(fault)}`);
  if (isOfProcesses(fault)) {
    return processStrikes[fault.kind]({ cluster, nodes, fault, wait, isInterrupted, smallDisk });
  }
  const hit = nodes.map(({ id }) => id);
  const touched = cluster.wires.flatMap(({ from, to, proxy }) => {
    const wire = wireUnder(fault as Fault & { kind: WireKind }, hit, { from, to });
    return wire === null ? [] : [{ proxy, wire }];
  });
  for (const { proxy, wire } of touched) proxy.wire = wire;
  await wait(fault.holdMs);
  for (const { proxy } of touched) proxy.wire = 'whole';
  return touched.length > 0;
}

const isOfProcesses = (fault: Fault): fault is Fault & { kind: keyof typeof processStrikes } =>
  fault.kind in processStrikes;
