/** Runs one plan: a storm, then calm, then the verdict. */
import { chance } from '../world/random.ts';
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Machines } from '../world/nodes.ts';
import { fair } from '../world/network.ts';
import { World, WorldError } from '../world/world.ts';
import { Book, type Ends } from './book.ts';
import {
  compareAll,
  handOver,
  leaderWithinMs,
  seeOff,
  serveAll,
  settledWithinMs,
  showAll,
} from './calm.ts';
import { bringCrowd } from './clients/crowd.ts';
import { keepAsking, Tasks, type Client } from './clients/client.ts';
import { httpClient } from './clients/http.ts';
import { politeClient } from './clients/polite.ts';
import { roughClient } from './clients/rough.ts';
import { Errands } from './errands/errands.ts';
import { createField, strike, type FaultKind } from './faults/fault.ts';
import { Keeper } from './keeper.ts';
import { watchMatches } from './matches.ts';
import type { Plan } from './plan.ts';
import { Rounds } from './rounds.ts';
import { loadsByName } from './workload/loads.ts';

const clientOf = { rough: roughClient, polite: politeClient, http: httpClient };

export type Failure = Readonly<{ check: string; what: string; atMs: number; step: number }>;

export type Ending = Readonly<{
  /** Null: all is well. */
  failure: Failure | null;
  steps: number;
  virtualMs: number;
  ends: Ends;
  faults: Partial<Record<FaultKind, number>>;
  /** Equal for equal runs. */
  digest: string;
}>;

export type Onlooker = Readonly<{
  /** Gets every step as a line. */
  reader?: (line: string) => void;
  /** Sees the world before anything happens in it. */
  made?: (world: World) => void;
}>;

export async function runPlan(plan: Plan, { reader, made }: Onlooker = {}): Promise<Ending> {
  const loads = plan.loads.map(loadsByName);
  const machines: Machines = Object.fromEntries(loads.map(({ name, machine }) => [name, machine]));
  const errands = plan.errands === null ? null : new Errands(plan.seed, plan.errands);
  const world = new World({
    seed: plan.seed,
    nodes: plan.nodes.length,
    segmentBytes: plan.segmentBytes,
    machines,
    ...(errands && {
      machinesOf: (node: NodeId) => ({ ...machines, ...errands.machinesFor(node) }),
    }),
    carrier: plan.carrier,
    paceOf: (node) => plan.nodes[world.members.indexOf(node)],
  });
  world.chronicle.reader = reader ?? null;
  watchMatches(world);
  errands?.join(world);
  made?.(world);
  const book = new Book((check, what) => world.find(check, what));
  const keeper = new Keeper(world, chance(plan.seed, 'keeper'), plan.restartMs);
  const field = createField(world, keeper, plan.carrier !== 'sockets');
  const faults: Partial<Record<FaultKind, number>> = {};
  let struck = 0;
  const rounds = new Rounds(world, {
    rateOf: (node) => plan.nodes[world.members.findIndex((member) => member === node)]?.rate ?? 1,
    leaps: () => struck,
  });
  const tasks = new Tasks();

  for (const [n, { flushMs }] of plan.nodes.entries()) {
    const dice = chance(plan.seed, `disk ${n}`);
    world.disk(world.members[n] ?? '').flushMs = () => dice.fraction() * flushMs;
  }
  const stillOn = new Set<() => void>();
  for (const fault of plan.faults) {
    bringCrowd({ world, book, rounds, loads }, plan.crowd, fault);
    world.after(fault.atMs, () => {
      faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
      struck += 1;
      const relief = strike(field, fault);
      if (relief === null) return;
      stillOn.add(relief);
      world.after(fault.forMs, () => {
        if (!stillOn.delete(relief)) return;
        world.chronicle.note('☼', `fault ${fault.id} is over: ${fault.kind}`);
        relief();
      });
    });
  }

  const clients: Client[] = [];
  let asking = 0;
  for (const [n, habits] of plan.clients.entries()) {
    if (habits === null) continue;
    asking += 1;
    const { manners, thinkMs, timeoutMs } = habits;
    const dice = chance(plan.seed, `client ${n}`);
    const client = clientOf[manners]({ name: `client-${n}`, world, book, rounds, dice, timeoutMs });
    clients.push(client);
    void keepAsking(client, { thinkMs, loads }, tasks, world, dice).then(
      () => (asking -= 1),
      (error: unknown) => world.find('no defect', `client ${n} broke: ${String(error)}`),
    );
  }

  const isSettled = (): boolean =>
    asking === 0 &&
    world.members.every((member) => world.isUp(member) || keeper.damaged.has(member)) &&
    world.isSettled();

  const settle = (): Promise<void> => world.runUntil(isSettled, settledWithinMs);

  const weather = async (): Promise<void> => {
    for (const member of world.members) world.boot(member);
    await world.run(plan.stormMs);

    world.chronicle.note('☼', 'the storm is over');
    tasks.isOver = true;
    for (const relief of stillOn) relief();
    stillOn.clear();
    world.weather = fair;
    for (const member of world.members) {
      const disk = world.disk(member);
      disk.flushMs = () => 1;
      disk.intercept = () => false;
      disk.flushed = () => {};
      world.wake(member);
    }
    keeper.calm();
    errands?.calm(world);
    await world.runUntil(() => world.leader() !== null, leaderWithinMs);
    await settle();
    await seeOff(world, settle);
    await handOver(world, keeper);
    await settle();
    await serveAll(world, book, loads[0]);
    for (const client of clients) client.unwatch(0.4);
    await showAll(world, book);
    await settle();
    await errands?.finish(world, keeper.damaged.size === 0);
    for (const client of clients) client.close();
  };

  const judge = async (): Promise<void> => {
    world.witness.compareAnswers();
    compareAll(world, book);
    book.judge((proposal) => {
      const { index, application } = world.witness.applied.get(proposal) ?? {};
      return index !== undefined && application?.outcome.end === 'committed' ? index : null;
    });
    await world.run(0);
  };

  let failure: Failure | null = null;
  try {
    await weather();
    await judge();
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    const { check, what } = error;
    failure = { check, what, atMs: world.nowMs, step: world.chronicle.steps };
    world.chronicle.note('✗', `${check}: ${what}`);
  }
  const { steps } = world.chronicle;
  const { nowMs: virtualMs, digest } = world;
  return { failure, steps, virtualMs, ends: book.ends, faults, digest };
}
