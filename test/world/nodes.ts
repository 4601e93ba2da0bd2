/** The nodes of a world: their disks, which last, and their processes, which come and go. */
import assert from 'node:assert/strict';
import type { AnyActorRef, InspectionEvent } from 'xstate';
import { nodeId, type NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { Definition } from '../../machines/replica/replicated.ts';
import { leaveInGoodOrder } from '../../runtime/shutdown.ts';
import type { NodeService } from '../../runtime/service.ts';
import type { Storage } from '../../runtime/storage/port.ts';
import type { Chronicle } from './chronicle.ts';
import { NodeDisk, type Crash } from './disk.ts';
import { Life, type Pace } from './life.ts';
import { overhear } from './inspection.ts';
import type { Network } from './network.ts';
import type { Sockets } from './sockets-at-large.ts';
import { createProcess, type Process } from './process.ts';
import { chance } from './random.ts';
import type { Timeline } from './timeline.ts';
import type { Durables, Witness } from './witness.ts';

export type Machines = Readonly<Record<string, Definition>>;
export type MachinesOf = (node: NodeId, life: number) => Machines | undefined;

export type NodesOptions = Readonly<{
  seed: number;
  members: readonly NodeId[];
  hold: boolean;
  machines: Machines;
  /** What a node has instead in that life, its first being 1. */
  machinesOf?: MachinesOf | undefined;
  segmentBytes: number;
  /** How the clock of a node goes in its next life. */
  paceOf?: (node: NodeId) => Pace | undefined;
}>;

export type Surroundings = Readonly<{
  timeline: Timeline;
  chronicle: Chronicle;
  network: Network;
  /** Where clients come by sockets. */
  sockets: Sockets | null;
  witness: Witness;
  newId: () => string;
  report: (check: string, finding: string) => void;
  /** Sees each message as it leaves its node. */
  sent: (from: NodeId, to: NodeId, message: Message) => void;
  /** A process came up. */
  cameUp: (process: Process) => void;
  /** A process is gone, and whoever waited for it waits in vain; `cause`: it never came up. */
  wentDown: (node: NodeId, cause: unknown) => void;
}>;

export class Nodes {
  /** Why processes fell silent, or did not come up. */
  readonly faults: { node: NodeId; cause: unknown }[] = [];
  /** Of every node, in order. */
  readonly durables: Exclude<Durables, null>;

  readonly #options: NodesOptions;
  readonly #around: Surroundings;
  readonly #disks = new Map<NodeId, NodeDisk>();
  readonly #processes = new Map<NodeId, Process>();
  /** Of those who are reading their disk, and of everybody else's latest. */
  readonly #lives = new Map<NodeId, { life: Life; number: number }>();
  readonly #booting = new Set<NodeId>();
  readonly #touched = new Set<Process>();
  readonly #known = new Map<NodeId, { role: string; term: number }>();
  readonly #leaving = new WeakSet<Process>();
  /** How often each came up. */
  readonly #timesUp = new Map<NodeId, number>();
  #crashing: { node: NodeId; how: Crash }[] = [];
  #livesBegun = 0;

  constructor(options: NodesOptions, around: Surroundings) {
    this.#options = options;
    this.#around = around;
    for (const member of options.members) {
      this.#disks.set(member, new NodeDisk(options.segmentBytes, member, around.chronicle));
    }
    this.durables = [...this.#disks.values()].map(({ durable }) => durable);
  }

  get services(): readonly NodeService[] {
    return [...this.#processes.values()].map(({ service }) => service);
  }

  isUp(node: string): boolean {
    return this.#processes.has(nodeId(node));
  }
  /** Whether there is a process at all: it may still be reading its disk. */
  isRunning(node: string): boolean {
    return this.isUp(node) || this.#booting.has(nodeId(node));
  }

  disk(node: string): NodeDisk {
    const disk = this.#disks.get(nodeId(node));
    if (disk === undefined) throw new Error(`there is no node ${node}`);
    return disk;
  }

  find(node: string): Process | null {
    return this.#processes.get(nodeId(node)) ?? null;
  }

  process(node: string): Process {
    const process = this.find(node);
    if (process === null) throw new Error(`${node} is down`);
    return process;
  }

  /** A life that belongs to no process yet. */
  newLife(node: NodeId, name: string): Life {
    const { timeline, newId, chronicle } = this.#around;
    const touched = (): void => {
      const process = this.#processes.get(node);
      if (process !== undefined) this.#touched.add(process);
    };
    const rang = (): void => {
      chronicle.steps += 1;
      if (chronicle.isRead) chronicle.tell(node, 'wakes up to an alarm, or to go on');
    };
    const pace = this.#options.paceOf?.(node);
    return new Life(timeline, chance(this.#options.seed, name), newId, { touched, rang }, pace);
  }

  /** Up when this resolves, without any time having passed: reading the disk takes none. */
  async start(node: NodeId): Promise<void> {
    if (this.isRunning(node)) throw new Error(`${node} is up already`);
    const { life, number } = this.#beginLife(node);
    this.#comeUp(node, life, number, await this.disk(node).open(life));
  }

  /**
   * As `start`, but what is done to the disk takes its time and may fail, and the process may
   * crash before it has come up. Whether it does come up shows later.
   */
  boot(node: NodeId): void {
    if (this.isRunning(node)) return;
    const { life, number } = this.#beginLife(node);
    this.#booting.add(node);
    void this.#read(node, life, number);
  }

  /** Tells the process to stop, as SIGTERM does without a successor to hand over to. */
  stop(node: string): Promise<void> {
    const { core, storage } = this.process(node);
    return core.stop().then(() => storage.close());
  }

  /** As SIGTERM does. */
  terminate(node: string): void {
    const process = this.find(node);
    if (process === null || this.#leaving.has(process)) return;
    this.#leaving.add(process);
    const { core, life, storage, transport } = process;
    const closeAll = async (): Promise<void> => {
      await transport.close();
      await storage.close();
    };
    const leave = async (): Promise<void> => {
      await leaveInGoodOrder({ core, clock: life.clock, closeAll });
      if (!life.isDead) this.end(node, 'stops', 'process');
    };
    life.happen(() => void leave());
  }

  /** The process has come to its end, in good order or not. */
  end(node: string, end: string, crash: Crash): void {
    const name = nodeId(node);
    const process = this.#processes.get(name);
    const isBooting = this.#booting.delete(name);
    if (process === undefined && !isBooting) return;
    const { chronicle, network, sockets, wentDown } = this.#around;
    chronicle.note(node, end);
    this.#lives.get(name)?.life.end();
    if (process !== undefined) {
      const how = crash === 'process' ? 'process' : 'power';
      network.leave(name, how);
      if (sockets !== network) sockets?.leave(name, how);
    }
    this.#processes.delete(name);
    this.#known.delete(name);
    this.disk(node).crash(crash);
    wentDown(name, null);
  }

  /** As soon as the present event is over; for use from within one. */
  crashSoon(node: string, how: Crash): void {
    this.#crashing.push({ node: nodeId(node), how });
  }

  /** True if any process did crash. */
  crashNow(): boolean {
    if (this.#crashing.length === 0) return false;
    const crashing = this.#crashing;
    this.#crashing = [];
    for (const { node, how } of crashing) this.end(node, 'crashes', how);
    return true;
  }

  pause(node: string): void {
    const life = this.#lifeOf(node);
    if (life === null) return;
    this.#around.chronicle.note(node, 'pauses');
    life.pause();
  }

  wake(node: string): void {
    const life = this.#lifeOf(node);
    if (life === null || life.isRunning) return;
    this.#around.chronicle.note(node, 'wakes');
    life.wake();
  }

  jump(node: string, byMs: number): void {
    const life = this.#lifeOf(node);
    if (life === null) return;
    this.#around.chronicle.note(node, `finds its clock ${byMs} ms later`);
    life.jump(byMs);
  }

  /** Looks at every node to which something has happened since the last time. */
  glimpseTouched(): void {
    if (this.#touched.size === 0) return;
    for (const process of this.#touched) this.#glimpse(process);
    this.#touched.clear();
  }

  #beginLife(node: NodeId): { life: Life; number: number } {
    this.#livesBegun += 1;
    const number = this.#livesBegun;
    const begun = { life: this.newLife(node, `${node} ${number}`), number };
    this.#lives.set(node, begun);
    return begun;
  }

  async #read(node: NodeId, life: Life, number: number): Promise<void> {
    const isOver = (): boolean => life.isDead || !this.#booting.delete(node);
    try {
      const storage = await this.disk(node).open(life, 'takingTime');
      if (!isOver()) this.#comeUp(node, life, number, storage);
    } catch (cause) {
      if (isOver()) return;
      life.end();
      this.disk(node).crash('process');
      this.#around.chronicle.note(node, `does not come up: ${String(cause)}`);
      if (cause instanceof assert.AssertionError) {
        this.#around.report('recovery', `${node}: ${cause.message}`);
      } else this.faults.push({ node, cause });
      this.#around.wentDown(node, cause);
    }
  }

  #lifeOf(node: string): Life | null {
    return this.isRunning(node) ? (this.#lives.get(nodeId(node))?.life ?? null) : null;
  }

  #comeUp(node: NodeId, life: Life, number: number, storage: Storage): void {
    const { chronicle, network, sockets, witness, sent, cameUp } = this.#around;
    const { members, hold } = this.#options;
    sockets?.arrive(node, life);
    const process = createProcess({
      node,
      number,
      members,
      hold,
      machines: this.#machinesOf(node),
      life,
      storage,
      watching: (replica) => witness.watching(node, replica),
      connect: (listener, parent, fingerprints) =>
        network.join({
          node,
          life,
          listener,
          parent,
          fingerprints,
          sending: (to, message) => sent(node, to, message),
        }),
      fellSilent: (cause) => {
        this.faults.push({ node, cause });
        this.crashSoon(node, 'process');
      },
    });
    sockets?.serve(node, process.service);
    this.#processes.set(node, process);
    chronicle.note(node, `comes up, as process ${number}`);
    overhear(process.core.actor.system, (event) => this.#inspected(node, event));
    cameUp(process);
    process.core.start();
    this.#touched.add(process);
  }

  #machinesOf(node: NodeId): Machines {
    const { machines, machinesOf } = this.#options;
    const life = (this.#timesUp.get(node) ?? 0) + 1;
    this.#timesUp.set(node, life);
    return machinesOf?.(node, life) ?? machines;
  }

  /** What an actor of that node takes, where its chart goes, and what it asks for. */
  #inspected(node: NodeId, inspected: InspectionEvent): void {
    const { chronicle } = this.#around;
    switch (inspected.type) {
      case '@xstate.event':
        break;
      case '@xstate.microstep':
        if (inspected._transitions.length === 0) return;
        break;
      case '@xstate.action':
        if (inspected.action.type !== 'request') return;
        break;
      default:
        return;
    }
    chronicle.steps += 1;
    if (chronicle.isRead) chronicle.tell(node, told(node, inspected));
  }

  #glimpse({ node, life, number, core }: Process): void {
    if (life.isDead) return;
    const { value, context } = core.snapshot();
    const role = typeof value.role === 'string' ? value.role : (Object.keys(value.role)[0] ?? '');
    const { log, commitIndex, hardState } = context;
    const { term } = hardState;
    this.#around.witness.compared(node, core.divergence.quarantine());
    const known = this.#known.get(node);
    if (known === undefined || known.role !== role || known.term !== term) {
      this.#around.chronicle.note(node, `is ${role} in term ${term}`);
      this.#known.set(node, { role, term });
    }
    const { votedFor } = hardState;
    this.#around.witness.glimpsed(
      { node, life: number, role, term, votedFor, commitIndex, log },
      this.disk(node).durable,
    );
  }
}

function told(node: NodeId, inspected: InspectionEvent): string {
  const { id } = inspected.actorRef as AnyActorRef;
  const who = id === node ? '' : `${id.slice(node.length)} `;
  switch (inspected.type) {
    case '@xstate.event':
      return `${who}takes ${inspected.event.type}${through(inspected.event)}`;
    case '@xstate.action':
      return `${who}asks for ${(inspected.action.params as { type: string }).type}`;
    default:
      return `${who}is ${JSON.stringify((inspected as { snapshot?: { value?: unknown } }).snapshot?.value)}`;
  }
}

/** How far a node has applied the log: no-ops among it are told of nowhere else. */
const through = (event: Readonly<{ type: string; through?: unknown }>): string =>
  event.type === 'log.applied' && typeof event.through === 'number'
    ? ` through ${event.through}`
    : '';
