/** Puts machines that wait and reach out into a world, keeps them busy, and judges what they do. */
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { Process } from '../../world/process.ts';
import { chance, type Chance } from '../../world/random.ts';
import type { Machines } from '../../world/nodes.ts';
import type { World } from '../../world/world.ts';
import { courierErrand } from './courier.ts';
import type { Errand } from './errand.ts';
import { Follower } from './follower.ts';
import { kettleErrand } from './kettle.ts';
import { Place, Places, type Run } from './place.ts';
import type { ErrandsPlan } from './plan.ts';
import { orderErrand, stockErrand } from './shop.ts';

const timeoutsMs = [200, 1_000, 5_000] as const;
const everyMs = 100;
/** Rounds in which an effect may still run that nobody wants. */
const roundsMax = 3;
/** Once it is calm all delays are over, all effects at their end, and all events delivered within this. */
const overWithinMs = 60_000;
const upgradedWithinMs = 20_000;

export class Errands {
  readonly #plan: ErrandsPlan;
  readonly #errands: readonly Errand[];
  readonly #places: Places;
  readonly #dice: Chance;
  readonly #installed = new Set<NodeId>();
  /** Of processes that have yet to come up. */
  readonly #coming = new Map<NodeId, Place>();
  /** Those that came up before the next definition was installed on their node. */
  readonly #old = new Map<NodeId, Process>();
  readonly #unwanted = new Map<Run, number>();
  #world: World | null = null;
  #follower: Follower | null = null;
  #isOver = false;
  #events = 0;

  constructor(seed: number, plan: ErrandsPlan) {
    this.#plan = plan;
    this.#errands = [kettleErrand(plan.missedDeadlines), courierErrand, orderErrand, stockErrand];
    this.#dice = chance(seed, 'errands at large');
    this.#places = new Places(seed, {
      begins: (run) => this.#check('effect policy', this.#follower?.effects.begins(run) ?? null),
    });
  }

  /** For the next process of that node. */
  machinesFor(node: NodeId): Machines {
    const place = new Place(this.#places);
    this.#coming.set(node, place);
    const isInstalled = this.#installed.has(node);
    return Object.fromEntries(
      this.#errands.map((errand) => [
        errand.machine,
        isInstalled && errand.next ? errand.next(place) : errand.define(place),
      ]),
    );
  }

  /** Before anything happens in it. */
  join(world: World): void {
    this.#world = world;
    const find = (check: string, what: string): void => world.find(check, what);
    this.#follower = new Follower(this.#errands, world.members, find);
    const { onUp } = world;
    world.onUp = (process) => {
      onUp(process);
      const place = this.#coming.get(process.node);
      if (place !== undefined) place.process = process;
      if (this.#installed.has(process.node)) this.#old.delete(process.node);
      else this.#old.set(process.node, process);
    };
    world.onApplied = (node, entry, work, application, replica) =>
      this.#follower?.applied(node, entry, work, application, replica);
    world.after(everyMs, this.#goRound);
    world.after(1, this.#askAgain);
    const { upgradeAtMs, upgradeGapMs } = this.#plan;
    if (upgradeAtMs === null) return;
    for (const [n, node] of world.members.entries()) {
      world.after(upgradeAtMs + n * upgradeGapMs, () => this.#install(world, node));
    }
  }

  /** The storm is over: nobody asks any more, nothing fails, and whoever has not restarted does. */
  calm(world: World): void {
    this.#isOver = true;
    this.#places.calm();
    if (this.#plan.upgradeAtMs === null) return;
    for (const node of world.members) this.#install(world, node, 'at once');
  }

  /** `isWhole`: no node is gone for good. */
  async finish(world: World, isWhole: boolean): Promise<void> {
    const follower = this.#follower;
    if (follower === null) return;
    const isNothingLeft = (): boolean =>
      [...follower.left().values()].every((left) => left.length === 0);
    await waitFor(world, isNothingLeft, overWithinMs);
    for (const [check, [first]] of follower.left()) {
      this.#check(check, first === undefined ? null : `after ${overWithinMs} ms of calm ${first}`);
    }
    if (this.#plan.upgradeAtMs !== null && isWhole) {
      await waitFor(world, () => follower.migration.at !== null, upgradedWithinMs);
      if (follower.migration.at === null)
        this.#check('one migration', 'all nodes have it, and it is not in force');
    }
    await waitFor(world, () => world.isSettled(), overWithinMs);
    for (const node of world.members) {
      if (world.isUp(node)) follower.look(node, world.core(node).replica);
    }
    await world.run(0);
  }

  readonly #askAgain = (): void => {
    const world = this.#world;
    if (world === null || this.#isOver) return;
    const dice = this.#dice;
    world.after(dice.fraction() * 2 * this.#plan.paceMs, this.#askAgain);
    this.#events += 1;
    const { machine, draw } = dice.pick(this.#errands);
    const drawn = draw?.(dice, this.#events);
    const node = dice.pick(world.members);
    const timeoutMs = dice.pick(timeoutsMs);
    if (drawn === undefined || !world.isUp(node)) return;
    world.propose(node, drawn.event, { machine, key: drawn.key, timeoutMs });
  };

  /** An effect that its chart has left, or whose node no longer leads, is told to stop. */
  readonly #goRound = (): void => {
    const world = this.#world;
    const effects = this.#follower?.effects;
    if (world === null || effects === undefined) return;
    world.after(everyMs, this.#goRound);
    for (const run of this.#places.runs) {
      const { process, id, isOver, isStopped, term } = run;
      if (id === null || isOver || isStopped || !process.life.isRunning) continue;
      const { value, context } = process.core.snapshot();
      const isLeader = typeof value.role === 'object' && 'leader' in value.role;
      const isWanted = isLeader && context.hardState.term === term && !effects.isUnwanted(run);
      const rounds = isWanted ? 0 : (this.#unwanted.get(run) ?? 0) + 1;
      this.#unwanted.set(run, rounds);
      if (rounds <= roundsMax) continue;
      const why = isLeader ? 'nobody waits for it' : `${process.node} does not lead`;
      this.#check('effect policy', `${run.name} for event ${run.nth} runs on, and ${why}`);
    }
  };

  #install(world: World, node: NodeId, how?: 'at once'): void {
    this.#installed.add(node);
    const old = this.#old.get(node);
    if (old === undefined || old.life.isDead) return;
    if (how === undefined && this.#dice.happens(0.5)) world.terminate(node);
    else world.crash(node, 'process');
  }

  #check(name: string, finding: string | null): void {
    if (finding !== null) this.#world?.find(name, finding);
  }
}

async function waitFor(world: World, holds: () => boolean, withinMs: number): Promise<void> {
  let isTimeUp = false;
  world.after(withinMs, () => (isTimeUp = true));
  await world.runUntil(() => isTimeUp || holds(), withinMs);
}
