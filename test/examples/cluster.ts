/**
 * An example on three simulated nodes. Each process makes the machine anew, as a process does
 * when it loads a module, and what effects do happens by its clock and ends with it.
 */
import type { AnyStateMachine } from 'xstate';
import type { Entry, MachineEvent } from '../../machines/protocol/entry.ts';
import { replicated } from '../../machines/replica/replicated.ts';
import { effectInfo } from '../../runtime/duties/effect-run.ts';
import type { AppliedEvent } from '../../runtime/service.ts';
import type { Process } from '../world/process.ts';
import { type Act, doorsBefore, type Run } from './doors.ts';
import type { Example, User } from './example.ts';
import { PatientWorld } from './patient-world.ts';
import { plain, type Seen, seenOf } from './seen.ts';

const machineName = 'example';
const key = 'one';

/** What one node saw of one entry, as it applied it. */
export type Step = Readonly<{
  index: number;
  event: MachineEvent;
  accepted: boolean;
  seen: Seen;
  view: AppliedEvent['view'];
  emitted: unknown;
  deadlines: number;
  /** Everything invoked that is not over, in the order of its beginning. */
  invoked: readonly Invoked[];
}>;

export type Invoked = Readonly<{ effect: string; name: string; actorId: string; isOnce: boolean }>;

/** One process, from start to end, and what it applied. */
export type Life = Readonly<{ node: string; number: number; steps: Step[] }>;

export type ClusterRun = Run & Readonly<{ effect: string; node: string }>;
export type ClusterAct = Act & Readonly<{ node: string }>;

export type ExampleCluster = Readonly<{
  world: PatientWorld;
  lives: readonly Life[];
  runs: readonly ClusterRun[];
  acts: readonly ClusterAct[];
  /** When the first node had applied the entry of that index. */
  appliedMs: ReadonlyMap<number, number>;
  user: User;
  /** Everything is done that can be done without anybody. */
  finish(): Promise<void>;
  /** As the leader has it. */
  log(): readonly Entry[];
}>;

/** Called by name as soon as a process is made, while nobody knows yet which. */
type Unborn = { process: Process | null };

export function clusterOf(example: Example, seed = 1): ExampleCluster {
  const { behaviours = {}, replication = {} } = example;
  const lives: Life[] = [];
  const runs: ClusterRun[] = [];
  const acts: ClusterAct[] = [];
  const appliedMs = new Map<number, number>();
  const hearing = new WeakMap<Run, (event: MachineEvent) => void>();
  let unborn: Unborn = { process: null };

  function machineOf(of: Unborn): AnyStateMachine {
    const nodeOf = (): string => of.process?.node ?? 'nobody';
    const doors = doorsBefore({
      began(run) {
        const behave = behaviours[run.name];
        if (behave === undefined) throw new Error(`"${run.name}" does nothing in this example`);
        const effect = effectInfo(run.self)?.id ?? 'none';
        runs.push(Object.assign(run, { effect, node: nodeOf() }));
        const hear = behave(run as never, (delayMs, then) =>
          of.process?.life.happen(then, delayMs),
        );
        if (hear !== undefined) hearing.set(run, hear);
      },
      heard: (run, event) => hearing.get(run)?.(event),
      acted: (act) => void acts.push({ ...act, node: nodeOf() }),
    });
    return example.machine(doors);
  }

  const machines = Object.defineProperty({}, machineName, {
    enumerable: true,
    get: () => replicated(machineOf(unborn), replication),
  }) as Record<string, AnyStateMachine>;
  const world = new PatientWorld({ seed, nodes: 3, machines });

  world.onUp = (process) => {
    unborn.process = process;
    unborn = { process: null };
    const { node, number, service, core } = process;
    const life: Life = { node, number, steps: [] };
    lives.push(life);
    const { agenda } = core.replica;
    service.watch(machineName, key, ({ index, event, accepted, view, emitted }) => {
      if (!appliedMs.has(index)) appliedMs.set(index, world.nowMs);
      const invoked = [...agenda.effects.values()].flatMap(({ effect: { id, wish, isOnce } }) =>
        wish.kind === 'invocation'
          ? [{ effect: id, name: wish.name, actorId: wish.actorId, isOnce }]
          : [],
      );
      life.steps.push({
        index,
        event,
        accepted,
        seen: seenOf(view),
        view,
        emitted: plain(emitted),
        deadlines: agenda.deadlines,
        invoked,
      });
    });
  };

  const address = { machine: machineName, key, input: example.input };
  const user: User = {
    send: (event) => world.insist(event, address),
    until: (holds) => world.until(address, holds),
    wait: (ms) => world.run(ms),
  };

  const leader = () => world.core(world.leader() ?? '');

  return {
    world,
    lives,
    runs,
    acts,
    appliedMs,
    user,
    async finish() {
      await world.calmDown();
      const owed = (): boolean =>
        [...leader().replica.agenda.effects.values()].some(
          ({ effect }) => effect.wish.kind !== 'invocation',
        );
      await world.runUntil(() => world.isSettled() && !owed(), 30_000);
    },
    log: () => {
      const { log } = leader().snapshot().context;
      return log.shared.slice(0, log.length);
    },
  };
}
