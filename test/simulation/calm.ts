/** What is asked of everybody once faults have stopped, and within which time. */
import { nodeId } from '../../machines/protocol/ids.ts';
import type { World } from '../world/world.ts';
import type { Book } from './book.ts';
import type { Keeper } from './keeper.ts';
import type { Load } from './workload/load.ts';

/** Once faults have stopped, a leader exists within this time … */
export const leaderWithinMs = 10_000;
/** … and within this, every proposal has its end, and every node knows everything. */
export const settledWithinMs = 30_000;
/** And in calm everybody is served within this. */
const servedWithinMs = 5_000;
/** A subscriber may have to find out first that its connection is dead. */
const shownWithinMs = 20_000;
const newsMax = 3;
/** A slow clock takes its time over the few seconds that a node takes to stop. */
const goodbyesMax = 40;
const goodbyeMs = 500;
const handOversMax = 5;
/** For so long an heir lies dead, whom a leader has named. */
const graveMs = 100;

/**
 * Somebody may have stopped the cluster; and whoever was told to stop a moment ago refuses
 * whatever is asked, and goes. Afterwards all run, and nobody goes any more.
 */
export async function seeOff(world: World, settle: () => Promise<void>): Promise<void> {
  for (let time = 0; time < goodbyesMax; time += 1) {
    if (!(await isSomebodyLeaving(world))) return;
    await world.run(goodbyeMs);
    await settle();
  }
  world.find('calm', 'somebody refuses everything because it is stopping, and does not stop');
}

async function isSomebodyLeaving(world: World): Promise<boolean> {
  const waiting = new Set<string>();
  let isLeaving = false;
  for (const node of upOnes(world)) {
    const name = `${node}'s answer to RUN`;
    waiting.add(name);
    world.propose(
      node,
      { type: 'RUN' },
      {
        machine: 'lifecycle',
        key: 'cluster',
        over({ outcome }) {
          waiting.delete(name);
          const isGoing = outcome?.end === 'refused' && outcome.code === 'shutting-down';
          isLeaving ||= outcome === null || isGoing;
        },
      },
    );
  }
  await served(world, waiting);
  return isLeaving;
}

/** The operator hands over to somebody who is there, and then to somebody who has just died. */
export async function handOver(world: World, keeper: Keeper): Promise<void> {
  if (upOnes(world).length < 2) return;
  const first = world.leader();
  const isAnother = (): boolean => ![null, first].includes(world.leader()) && world.isSettled();
  for (let times = 0; !isAnother(); times += 1) {
    if (times === handOversMax) {
      world.find('calm', `${first} has handed over ${times} times, and nobody leads instead`);
      return world.run(0);
    }
    // The heir may lose: not all are connected by now, and the old leader may be the quicker one.
    if (first !== null && world.leader() === first) world.transfer(first);
    await comesTrue(world, isAnother, leaderWithinMs / 2);
  }
  const leader = world.leader();
  const heir = upOnes(world).find((node) => node !== leader);
  if (leader === null || heir === undefined) return;
  const comesBack = keeper.holdDown(nodeId(heir));
  world.crash(heir, 'process');
  world.transfer(leader, heir);
  await world.run(graveMs);
  comesBack();
}

/** Every node that is up serves: whatever is asked of it is answered, and in time. */
export async function serveAll(world: World, book: Book, load: Load | undefined): Promise<void> {
  if (load === undefined) return;
  const waiting = new Set<string>();
  for (const [nth, node] of upOnes(world).entries()) {
    const key = 'calm';
    propose(world, book, { load, key, node, nth: 1_000_000 + nth, waiting });
    const reading = book.read(load, key, node);
    const name = `${node}'s answer to a read`;
    waiting.add(name);
    world.read(node, {
      machine: load.name,
      key,
      over: ({ answer }) => {
        waiting.delete(name);
        if (answer !== null && !('end' in answer)) reading.read(answer);
        else refusedIn(world, node, answer);
      },
    });
  }
  await served(world, waiting);
}

/** Whoever subscribes to an instance is shown what happens to it now, if it was not told to go. */
export async function showAll(world: World, book: Book): Promise<void> {
  const [node] = upOnes(world);
  if (node === undefined) return;
  const waiting = new Set<string>();
  // Some subscribe to what comes after a read of theirs, which may still be under way.
  for (let news = 0; news < newsMax; news += 1) {
    for (const [load, keys] of book.watched) {
      for (const key of keys) {
        propose(world, book, { load, key, node, nth: 2_000_000 + news, waiting });
      }
    }
    await served(world, waiting);
    const { witness } = world;
    if (await comesTrue(world, () => witness.silentSubscribers() === null, shownWithinMs)) return;
  }
  world.find('subscriptions', world.witness.silentSubscribers() ?? '');
  await world.run(0);
}

/** Every node that is up is in the same state, and everybody sees it. */
export function compareAll(world: World, book: Book): void {
  for (const { load, key } of book.pages) {
    for (const member of upOnes(world)) {
      const state = world.service(member).peek(load.name, key);
      if (state === null) continue;
      world.witness.saw(`${load.name}/${key}`, state.index, state.view);
      book.look(load, key, state.view);
    }
    convergence(world, load.name, key);
  }
}

type Proposing = Readonly<{
  load: Load;
  key: string;
  node: string;
  nth: number;
  waiting: Set<string>;
}>;

function propose(world: World, book: Book, { load, key, node, nth, waiting }: Proposing): void {
  const event = load.draw(world.chance, nth);
  const id = world.newId();
  const proposal = book.propose(load, key, node, event, id);
  const name = `${node}'s answer to proposal ${id}`;
  waiting.add(name);
  world.propose(node, event, {
    machine: load.name,
    key,
    id,
    over: ({ outcome }) => {
      waiting.delete(name);
      if (outcome?.end === 'committed') proposal.committed(outcome);
      else refusedIn(world, node, outcome);
    },
  });
}

const upOnes = (world: World): readonly string[] =>
  world.members.filter((member) => world.isUp(member));

const refusedIn = (world: World, node: string, answer: unknown): void =>
  world.find('calm', `${node} does not serve: ${JSON.stringify(answer)}`);

async function served(world: World, waiting: ReadonlySet<string>): Promise<void> {
  if (await comesTrue(world, () => waiting.size === 0, servedWithinMs)) return;
  world.find('calm', `not within ${servedWithinMs} ms: ${[...waiting].join(', ')}`);
  await world.run(0);
}

/** As `runUntil`, for those who have more to say of what did not come true. */
async function comesTrue(world: World, holds: () => boolean, withinMs: number): Promise<boolean> {
  let isTimeUp = false;
  world.after(withinMs, () => (isTimeUp = true));
  await world.runUntil(() => isTimeUp || holds(), withinMs);
  return holds();
}

function convergence(world: World, machine: string, key: string): void {
  const states = new Map<string, string>();
  for (const member of upOnes(world)) {
    const state = JSON.stringify(world.service(nodeId(member)).peek(machine, key));
    states.set(state, member);
  }
  if (states.size > 1) {
    const views = [...states].map(([state, member]) => `${member}: ${state}`).join('; ');
    world.find('convergence', `${machine}/${key} differs: ${views}`);
  }
}
