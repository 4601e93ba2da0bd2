/**
 * A whole cluster in one process, in simulated time: the nodes are real (charts, host, journal,
 * replica, codec), their clock, disks and network are not. The same seed and the same verbs give
 * the same run, frame by frame.
 *
 * One thing happens at a time. After each, everything that it set off without asking for time has
 * come to rest, and the witness has looked.
 */
import type { AnyStateMachine } from 'xstate';
import type { Entry, HardState, MachineEvent } from '../../machines/protocol/entry.ts';
import {
  indexZero,
  nodeId,
  proposalId,
  toIndex,
  toTerm,
  type NodeId,
} from '../../machines/protocol/ids.ts';
import type { Message, MessageKind, MessageOf } from '../../machines/protocol/messages.ts';
import { encodeCommand } from '../../runtime/command-codec.ts';
import type { Core } from '../../runtime/node-core.ts';
import type { NodeService, NodeStatus } from '../../runtime/service.ts';
import { keepNothing } from '../../runtime/storage/power-cut.ts';
import {
  Clients,
  type Asking,
  type ProposeOptions,
  type Reading,
  type ReadOptions,
} from './clients.ts';
import { counterMachine } from './counter.ts';
import { NodeDisk, type Crash } from './disk.ts';
import { Life } from './life.ts';
import { createProcess, type Process } from './process.ts';
import { chance, type Chance } from './random.ts';
import { Timeline } from './timeline.ts';
import { fair, Wires, type Gate, type Puppet, type Weather } from './wires.ts';
import { createWitness, type Witness } from './witness.ts';

export type WorldOptions = Readonly<{
  seed?: number;
  /** How many nodes: `a`, `b`, `c`, … */
  nodes?: number;
  hold?: boolean;
  machines?: Readonly<Record<string, AnyStateMachine>>;
  segmentBytes?: number;
}>;

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;
const traceLinesShown = 40;

export class World {
  readonly seed: number;
  readonly members: readonly NodeId[];
  readonly chance: Chance;
  readonly witness: Witness;
  /** Sees each message as it leaves its node. */
  onSent: (from: string, to: string, message: Message) => void = () => {};
  /** What happened, one line each. */
  readonly trace: string[] = [];
  /** Why nodes fell silent. */
  readonly faults: { node: string; cause: unknown }[] = [];

  readonly #options: WorldOptions;
  readonly #timeline = new Timeline();
  readonly #wires: Wires;
  readonly #clients: Clients;
  readonly #disks = new Map<NodeId, NodeDisk>();
  readonly #processes = new Map<NodeId, Process>();
  readonly #lives = new Map<NodeId, number>();
  readonly #roles = new Map<NodeId, string>();
  readonly #touched = new Set<Process>();
  #ids = 0;
  #crashing: { node: NodeId; how: Crash }[] = [];
  #finding: string | null = null;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.seed = options.seed ?? 1;
    this.members = names.slice(0, options.nodes ?? 3).map(nodeId);
    this.chance = chance(this.seed, 'scenario');
    this.witness = createWitness((finding) => (this.#finding ??= finding));
    this.#wires = new Wires(this.#timeline, chance(this.seed, 'weather'));
    this.#clients = new Clients(this.witness, () => this.nowMs);
    for (const member of this.members) {
      this.#disks.set(member, new NodeDisk(options.segmentBytes ?? 128 * 1024));
    }
  }

  get nowMs(): number {
    return this.#timeline.nowMs;
  }
  /** Of every frame that was sent, and when: equal for equal runs. */
  get digest(): string {
    return `${this.#wires.digest.toString(16)} ${this.trace.length} ${this.#wires.messagesSent}`;
  }

  // Processes.

  async start(...nodes: string[]): Promise<void> {
    for (const node of nodes.length > 0 ? nodes : this.members) await this.#start(nodeId(node));
  }

  /** In good order, as on SIGTERM without a successor to hand over to. */
  async stop(node: string): Promise<void> {
    const process = this.#process(node);
    let isStopped = false;
    const stopping = process.core
      .stop()
      .then(() => process.storage.close())
      .then(() => (isStopped = true));
    await this.runUntil(() => isStopped, 10_000);
    await stopping;
    this.#end(process, 'stops');
    this.disk(node).crash('process');
  }

  /** At once, without a word. By default the power fails and nothing unflushed survives. */
  crash(node: string, how: Crash = keepNothing): void {
    const process = this.#processes.get(nodeId(node));
    if (process === undefined) return;
    this.#end(process, 'crashes');
    this.disk(node).crash(how);
  }

  /** As soon as the present event is over; for use from within one. */
  crashSoon(node: string, how: Crash = keepNothing): void {
    this.#crashing.push({ node: nodeId(node), how });
  }

  async restart(node: string, how: Crash = keepNothing): Promise<void> {
    this.crash(node, how);
    await this.start(node);
  }

  /** As SIGSTOP does: what happens to it waits, time goes on. */
  pause(node: string): void {
    this.#note(node, 'pauses');
    this.#process(node).life.pause();
  }

  wake(node: string): void {
    const process = this.#processes.get(nodeId(node));
    if (process === undefined || process.life.isRunning) return;
    this.#note(node, 'wakes');
    process.life.wake();
  }

  isUp(node: string): boolean {
    return this.#processes.has(nodeId(node));
  }

  // The network.

  set weather(weather: Weather) {
    this.#wires.weather = weather;
  }
  set gate(gate: Gate) {
    this.#wires.gate = gate;
  }

  /** Nothing gets from one to the other; `both` ways unless told otherwise. */
  cut(from: string, to: string, ways: 'both' | 'one' = 'both'): void {
    this.#note(from, `is cut off from ${to}${ways === 'one' ? ', one way' : ''}`);
    this.#wires.cut(nodeId(from), nodeId(to));
    if (ways === 'both') this.#wires.cut(nodeId(to), nodeId(from));
  }

  isolate(node: string): void {
    for (const other of this.members) if (other !== node) this.cut(node, other);
  }

  /** Every link. */
  heal(): void {
    this.#note('all', 'heal');
    for (const from of this.members) {
      for (const to of this.members) if (from !== to) this.#wires.heal(from, to);
    }
  }

  /** From now on what one says to the other waits, in order, until `letGo`. */
  holdBack(from: string, to: string): void {
    this.#wires.holdBack(from, to);
  }
  letGo(from: string, to: string): void {
    this.#wires.letGo(from, to);
  }

  /** Joins the network in place of a node. Let a little time pass before it speaks. */
  puppet(name: string): Puppet {
    return this.#wires.puppet(name);
  }

  /** What one node has said to another; kept for the kinds that tests repeat. */
  sentOf<Kind extends MessageKind>(
    from: string,
    to: string,
    kind: Kind,
  ): readonly MessageOf<Kind>[] {
    return this.#wires.sentOf(from, to, kind);
  }

  /** The network delivers it once more, now. */
  repeat(from: string, to: string, message: Message): void {
    const { life, listener } = this.#process(to);
    life.happen(() => listener.heard(nodeId(from), [message]));
  }

  // Disks.

  disk(node: string): NodeDisk {
    const disk = this.#disks.get(nodeId(node));
    if (disk === undefined) throw new Error(`there is no node ${node}`);
    return disk;
  }

  /** A log, by the terms of its entries, on a disk that no process has used yet. */
  async write(node: string, terms: readonly number[], hardState: HardState): Promise<void> {
    const entries = terms.map((term, place) => this.entry(place + 1, term));
    await this.disk(node).write(this.#newLife('writer'), { hardState, entries });
  }

  /** One and the same for the same index and term: an event of a counter of its own. */
  entry(index: number, term: number): Entry {
    const payload = encodeCommand({
      proposalId: proposalId(`written-${term}-${index}`),
      machine: 'counter',
      key: 'written',
      event: { type: 'ADD', by: 1 },
      since: indexZero,
    });
    return {
      index: toIndex(index),
      term: toTerm(term),
      kind: 'command',
      timeMs: 0,
      seed: index,
      payload: new Uint8Array(payload),
    };
  }

  // Clients.

  get asked(): readonly Asking[] {
    return this.#clients.asked;
  }

  propose(
    node: string,
    event: MachineEvent = { type: 'ADD', by: 1 },
    options: ProposeOptions = {},
  ): Asking {
    const process = this.#processes.get(nodeId(node)) ?? null;
    return this.#clients.propose(process, node, event, options.id ?? this.newId(), options);
  }

  read(node: string, options: ReadOptions = {}): Reading {
    return this.#clients.read(this.#processes.get(nodeId(node)) ?? null, node, options);
  }

  newId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  transfer(node: string, to: string | null = null): void {
    const { life, core } = this.#process(node);
    life.happen(() => core.transfer(to === null ? null : nodeId(to)));
  }

  // Looking.

  service(node: string): NodeService {
    return this.#process(node).service;
  }

  core(node: string): Core {
    return this.#process(node).core;
  }

  statusOf(node: string): NodeStatus {
    return this.service(node).status();
  }

  termsOf(node: string): readonly number[] {
    const { log } = this.core(node).snapshot().context;
    return log.shared.slice(0, log.length).map(({ term }) => term);
  }

  /** The one that leads in the highest term, if some majority is up and says so too. */
  leader(): string | null {
    const all = this.#statuses();
    const term = Math.max(0, ...all.map((status) => status.term));
    const now = all.filter((status) => status.term === term);
    const leading = now.find(({ role }) => role === 'leader');
    const agreeing = now.filter(({ leader }) => leader === leading?.node);
    return agreeing.length * 2 > this.members.length ? (leading?.node ?? null) : null;
  }

  // Time.

  async run(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    while (await this.#step(untilMs));
    this.#timeline.nowMs = untilMs;
  }

  async runUntil(holds: () => boolean, withinMs: number): Promise<void> {
    const untilMs = this.nowMs + withinMs;
    await this.#rest();
    while (!holds()) {
      if (await this.#step(untilMs)) continue;
      throw this.#error(`it did not come true within ${withinMs} ms: ${String(holds)}`);
    }
  }

  async elect(withinMs = 10_000): Promise<string> {
    await this.runUntil(() => this.leader() !== null, withinMs);
    return this.leader() ?? '';
  }

  /** Until a leader serves, and all who are up know everything. */
  async settle(withinMs = 20_000): Promise<string> {
    await this.runUntil(() => this.isSettled(), withinMs);
    return this.leader() ?? '';
  }

  isSettled(): boolean {
    const leader = this.leader();
    if (leader === null || this.service(leader).notReadyBecause() !== null) return false;
    const all = this.#statuses();
    const last = Math.max(...all.map(({ lastIndex }) => lastIndex));
    return all.every(
      (status) =>
        status.leader === leader && status.appliedIndex === last && status.lifecycle !== 'Init',
    );
  }

  /** The storm is over: everybody up, awake and connected. Then what was told must be true. */
  async calmDown(withinMs = 30_000): Promise<void> {
    this.weather = fair;
    this.gate = () => true;
    this.heal();
    for (const member of this.members) {
      for (const other of this.members) this.letGo(other, member);
      const disk = this.disk(member);
      disk.failsWith = null;
      disk.flushMs = () => 1;
      disk.release();
      this.wake(member);
      if (!this.isUp(member)) await this.start(member);
    }
    await this.runUntil(() => this.isSettled() && this.#clients.isEveryoneAnswered(), withinMs);
    this.witness.compareAnswers();
    await this.#rest();
  }

  async #start(node: NodeId): Promise<void> {
    if (this.#processes.has(node)) throw new Error(`${node} is up already`);
    const number = (this.#lives.get(node) ?? 0) + 1;
    this.#lives.set(node, number);
    const life = this.#newLife(`${node} ${number}`, () => {
      const touched = this.#processes.get(node);
      if (touched !== undefined) this.#touched.add(touched);
    });
    const disk = this.disk(node);
    const process = createProcess({
      node,
      number,
      members: this.members,
      hold: this.#options.hold ?? false,
      machines: this.#options.machines ?? { counter: counterMachine },
      life,
      storage: await disk.open(life),
      watching: (replica) => this.witness.watching(node, replica),
      connect: (listener) =>
        this.#wires.join(node, life, listener, (to, message) => {
          this.onSent(node, to, message);
          this.witness.sent(node, to, message, disk.durable);
        }),
      fellSilent: (cause) => {
        this.faults.push({ node, cause });
        this.crashSoon(node, 'process');
      },
    });
    this.#processes.set(node, process);
    this.#note(node, `starts for the ${number}. time`);
    process.core.start();
    this.#touched.add(process);
    await this.#rest();
  }

  #newLife(name: string, touched: () => void = () => {}): Life {
    return new Life(this.#timeline, chance(this.seed, name), () => this.newId(), touched);
  }

  #end(process: Process, how: string): void {
    if (process.life.isDead) return;
    this.#note(process.node, how);
    process.life.end();
    void process.transport.close();
    this.#processes.delete(process.node);
    this.#roles.delete(process.node);
    this.#clients.lose(process.node);
  }

  #process(node: string): Process {
    const process = this.#processes.get(nodeId(node));
    if (process === undefined) throw new Error(`${node} is down`);
    return process;
  }

  #statuses(): readonly NodeStatus[] {
    return [...this.#processes.values()].map(({ service }) => service.status());
  }

  async #step(untilMs: number): Promise<boolean> {
    const moment = this.#timeline.take(untilMs);
    if (moment === null) return false;
    moment.run();
    await this.#rest();
    return true;
  }

  /** Until nothing goes on without asking for time; then the witness looks. */
  async #rest(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#crashing.length > 0) {
      const crashing = this.#crashing;
      this.#crashing = [];
      for (const { node, how } of crashing) this.crash(node, how);
      await new Promise(setImmediate);
    }
    for (const process of this.#touched) this.#glimpse(process);
    this.#touched.clear();
    if (this.#finding !== null) throw this.#error(this.#finding);
    const bug = this.faults.find(({ cause }) => !(cause instanceof Error && 'code' in cause));
    if (bug !== undefined) throw this.#error(`${bug.node} broke: ${String(bug.cause)}`);
  }

  #glimpse({ node, life, number, core }: Process): void {
    if (life.isDead) return;
    const { value, context } = core.snapshot();
    const role = typeof value.role === 'string' ? value.role : (Object.keys(value.role)[0] ?? '');
    const { log, commitIndex, hardState } = context;
    const known = `${role} t${hardState.term}`;
    if (this.#roles.get(node) !== known) this.#note(node, known);
    this.#roles.set(node, known);
    this.witness.glimpsed(
      { node, life: number, role, term: hardState.term, commitIndex, log },
      // What puppets have on disk is anybody's guess.
      this.#wires.hasPuppets ? null : [...this.#disks.values()].map((disk) => disk.durable),
    );
  }

  #note(node: string, what: string): void {
    this.trace.push(`${this.nowMs.toFixed(1).padStart(9)}ms  ${node}  ${what}`);
  }

  #error(what: string): Error {
    const story = this.trace.slice(-traceLinesShown).join('\n');
    return new Error(`seed ${this.seed}, at ${this.nowMs} ms: ${what}\n${story}`);
  }
}
