/** Runs one plan: a storm, then calm, then the verdict. */
import { nodeId } from '../../machines/protocol/ids.ts';
import { chance } from '../world/random.ts';
import { fair } from '../world/network.ts';
import { World, WorldError } from '../world/world.ts';
import { Book, type Ends } from './book.ts';
import { keepAsking, Tasks } from './clients/client.ts';
import { politeClient } from './clients/polite.ts';
import { roughClient } from './clients/rough.ts';
import { createField, strike, type FaultKind } from './faults/fault.ts';
import { Keeper } from './keeper.ts';
import type { Plan } from './plan.ts';
import type { Load } from './workload/load.ts';
import { loadsByName } from './workload/loads.ts';

export type Failure = Readonly<{ check: string; what: string; atMs: number; step: number }>;

export type Ending = Readonly<{
  /** Null: all is well. */
  failure: Failure | null;
  steps: number;
  virtualMs: number;
  ends: Ends;
  faults: Partial<Record<FaultKind, number>>;
  /** Histories for which the search for an order was given up. */
  undecided: number;
  /** Equal for equal runs. */
  digest: string;
}>;

export type Onlooker = Readonly<{
  /** Gets every step as a line. */
  reader?: (line: string) => void;
  /** Sees the world before anything happens in it. */
  made?: (world: World) => void;
}>;

/** Once faults have stopped, a leader exists within this time … */
const leaderWithinMs = 10_000;
/** … and within this, every proposal has its end, and every node knows everything. */
const settledWithinMs = 30_000;
/** And in calm everybody is served within this. */
const servedWithinMs = 5_000;
const searchStepsMax = 2_000_000;

export async function runPlan(plan: Plan, { reader, made }: Onlooker = {}): Promise<Ending> {
  const loads = plan.loads.map(loadsByName);
  const world = new World({
    seed: plan.seed,
    nodes: plan.nodes.length,
    segmentBytes: plan.segmentBytes,
    machines: Object.fromEntries(loads.map(({ name, machine }) => [name, machine])),
    carrier: plan.carrier,
    paceOf: (node) => plan.nodes[world.members.indexOf(node)],
  });
  world.chronicle.reader = reader ?? null;
  made?.(world);
  const book = new Book((check, what) => world.find(check, what));
  const keeper = new Keeper(world, chance(plan.seed, 'keeper'), plan.restartMs);
  const field = createField(world, keeper);
  const faults: Partial<Record<FaultKind, number>> = {};
  const tasks = new Tasks();
  let undecided = 0;

  for (const [n, { flushMs }] of plan.nodes.entries()) {
    const dice = chance(plan.seed, `disk ${n}`);
    world.disk(world.members[n] ?? '').flushMs = () => dice.fraction() * flushMs;
  }
  const stillOn = new Set<() => void>();
  for (const fault of plan.faults) {
    world.after(fault.atMs, () => {
      faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
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

  let asking = 0;
  for (const [n, habits] of plan.clients.entries()) {
    if (habits === null) continue;
    asking += 1;
    const { manners, thinkMs, timeoutMs } = habits;
    const dice = chance(plan.seed, `client ${n}`);
    const make = manners === 'rough' ? roughClient : politeClient;
    const client = make(`client-${n}`, world, book, dice, timeoutMs);
    void keepAsking(client, { thinkMs, loads }, tasks, world, dice).then(
      () => (asking -= 1),
      (error: unknown) => world.find('no defect', `client ${n} broke: ${String(error)}`),
    );
  }

  const isSettled = (): boolean =>
    asking === 0 &&
    world.members.every((member) => world.isUp(member) || keeper.damaged.has(member)) &&
    world.isSettled();

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
    await world.runUntil(() => world.leader() !== null, leaderWithinMs);
    await world.runUntil(isSettled, settledWithinMs);
    await serveAll(world, book, loads[0]);
    await world.runUntil(isSettled, settledWithinMs);
  };

  const judge = async (): Promise<void> => {
    world.witness.compareAnswers();
    for (const [load, keys] of book.keys) {
      for (const key of keys) {
        for (const member of world.members) {
          if (!world.isUp(member)) continue;
          const state = world.service(member).peek(load.name, key);
          if (state === null) continue;
          world.witness.saw(`${load.name}/${key}`, state.index, state.view);
          book.look(load, key, state.view);
        }
        convergence(world, load.name, key);
      }
    }
    ({ undecided } = book.judge(searchStepsMax));
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
  return { failure, steps, virtualMs, ends: book.ends, faults, undecided, digest };
}

/** In calm every node that is up serves: whatever is asked of it is answered, and in time. */
async function serveAll(world: World, book: Book, load: Load | undefined): Promise<void> {
  const up = world.members.filter((member) => world.isUp(member));
  const [first] = up;
  if (first === undefined || load === undefined) return;
  let waiting = 1;
  // Somebody may have stopped the cluster.
  const cluster = { machine: 'lifecycle', key: 'cluster', over: () => (waiting -= 1) };
  world.propose(first, { type: 'RUN' }, cluster);
  await world.runUntil(() => waiting === 0, servedWithinMs);
  for (const [nth, node] of up.entries()) {
    const key = 'calm';
    const event = load.draw(world.chance, 1_000_000 + nth);
    const proposal = book.propose(load, key, node, event);
    const reading = book.read(load, key, node);
    const wrong = (answer: unknown): void =>
      world.find('calm', `${node} does not serve: ${JSON.stringify(answer)}`);
    waiting += 2;
    world.propose(node, event, {
      machine: load.name,
      key,
      over: ({ outcome }) => {
        waiting -= 1;
        if (outcome?.end === 'committed') proposal.committed(outcome.accepted, outcome.view);
        else wrong(outcome);
      },
    });
    world.read(node, {
      machine: load.name,
      key,
      over: ({ answer }) => {
        waiting -= 1;
        if (answer !== null && !('end' in answer)) reading.read(answer.view);
        else wrong(answer);
      },
    });
  }
  await world.runUntil(() => waiting === 0, servedWithinMs);
}

/** Every node that is up is in the same state. */
function convergence(world: World, machine: string, key: string): void {
  const states = new Map<string, string>();
  for (const member of world.members) {
    if (!world.isUp(member)) continue;
    const state = JSON.stringify(world.service(nodeId(member)).peek(machine, key));
    states.set(state, member);
  }
  if (states.size > 1) {
    const views = [...states].map(([state, member]) => `${member}: ${state}`).join('; ');
    world.find('convergence', `${machine}/${key} differs: ${views}`);
  }
}
