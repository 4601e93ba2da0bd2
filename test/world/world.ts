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
import { QuorateError } from '../../machines/protocol/errors.ts';
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
import { Chronicle } from './chronicle.ts';
import {
  Clients,
  type Asking,
  type ProposeOptions,
  type Reading,
  type ReadOptions,
} from './clients.ts';
import { counterMachine } from './counter.ts';
import type { NodeDisk, Crash } from './disk.ts';
import type { Pace } from './life.ts';
import { Nodes } from './nodes.ts';
import type { Process } from './process.ts';
import { quiet } from './quiet.ts';
import { chance, type Chance } from './random.ts';
import { Timeline } from './timeline.ts';
import { fair, type Network, type Weather } from './network.ts';
import { Sockets } from './sockets-at-large.ts';
import type { SimulatedClient } from './sockets/client.ts';
import { Wires, type Gate, type Puppet } from './wires.ts';
import { createWitness, type Witness } from './witness.ts';

export type WorldOptions = Readonly<{
  seed?: number;
  /** How many nodes: `a`, `b`, `c`, … */
  nodes?: number;
  hold?: boolean;
  machines?: Readonly<Record<string, AnyStateMachine>>;
  segmentBytes?: number;
  /** How the clock of a node goes in its next life. */
  paceOf?: (node: NodeId) => Pace | undefined;
  /** Frames between nodes; or these, and sockets for clients; or sockets for both. */
  carrier?: 'frames' | 'frames and doors' | 'sockets';
}>;

type Finding = Readonly<{ check: string; what: string }>;

/** Something is wrong; `check` names the property that does not hold. */
export class WorldError extends Error {
  override readonly name = 'WorldError';
  readonly check: string;
  readonly what: string;

  constructor(check: string, what: string, message: string) {
    super(message);
    this.check = check;
    this.what = what;
  }
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;
const traceLinesShown = 40;
/** About 50 ms. */
const restsPerTurn = 1_024;

export class World {
  readonly seed: number;
  readonly members: readonly NodeId[];
  readonly chance: Chance;
  readonly chronicle: Chronicle;
  readonly witness: Witness;
  /** Sees each message as it leaves its node. */
  onSent: (from: string, to: string, message: Message) => void = () => {};
  /** Sees each process when it has come up. */
  onUp: (process: Process) => void = () => {};
  /** Sees each node whose process is gone; `cause` where it would not come up at all. */
  onDown: (node: NodeId, cause: unknown) => void = () => {};

  readonly #timeline = new Timeline();
  readonly #wires: Wires;
  readonly #sockets: Sockets | null;
  readonly #network: Network;
  readonly #clients: Clients;
  readonly #nodes: Nodes;
  #ids = 0;
  #finding: Finding | null = null;
  #faultsSeen = 0;
  #rests = 0;

  constructor({
    seed = 1,
    nodes = 3,
    hold = false,
    machines = { counter: counterMachine },
    segmentBytes = 128 * 1024,
    paceOf,
    carrier = 'frames',
  }: WorldOptions = {}) {
    this.seed = seed;
    this.members = names.slice(0, nodes).map(nodeId);
    this.chance = chance(seed, 'scenario');
    this.chronicle = new Chronicle(() => this.nowMs);
    const report = (check: string, what: string): void => this.find(check, what);
    this.witness = createWitness({
      members: nodes,
      report,
      // What puppets have on disk is anybody's guess.
      durables: () => (this.#wires.hasPuppets ? null : this.#nodes.durables),
      applied: (node, { index, term }, application) => {
        this.chronicle.steps += 1;
        if (!this.chronicle.isRead) return;
        this.chronicle.tell(node, `applies ${index} (t${term}): ${JSON.stringify(application)}`);
      },
    });
    this.#wires = new Wires(this.#timeline, chance(seed, 'weather'), this.chronicle);
    this.#sockets =
      carrier === 'frames'
        ? null
        : new Sockets(this.#timeline, chance(seed, 'sockets'), this.chronicle, this.members);
    this.#network = carrier === 'sockets' && this.#sockets ? this.#sockets : this.#wires;
    this.#clients = new Clients(this.witness, this.chronicle, () => this.nowMs);
    this.#nodes = new Nodes(
      { seed, members: this.members, hold, machines, segmentBytes, ...(paceOf && { paceOf }) },
      {
        timeline: this.#timeline,
        chronicle: this.chronicle,
        network: this.#network,
        sockets: this.#sockets,
        witness: this.witness,
        newId: () => this.newId(),
        report,
        sent: (from, to, message) => {
          this.onSent(from, to, message);
          this.witness.sent(from, to, message, this.disk(from).durable);
        },
        cameUp: (process) => this.onUp(process),
        wentDown: (node, cause) => {
          this.#clients.lose(node);
          this.onDown(node, cause);
        },
      },
    );
  }

  get nowMs(): number {
    return this.#timeline.nowMs;
  }
  /** What happened, one line each. */
  get trace(): readonly string[] {
    return this.chronicle.lines;
  }
  /** Why nodes fell silent, or did not come up. */
  get faults(): readonly { node: NodeId; cause: unknown }[] {
    return this.#nodes.faults;
  }
  /** Of every frame that was sent, and when: equal for equal runs. */
  get digest(): string {
    const frames = (this.#wires.digest ^ (this.#sockets?.digest ?? 0)) >>> 0;
    return `${frames.toString(16)} ${this.chronicle.steps} ${this.#wires.messagesSent}`;
  }

  // Processes.

  async start(...nodes: string[]): Promise<void> {
    for (const node of nodes.length > 0 ? nodes : this.members) {
      await this.#nodes.start(nodeId(node));
      await this.#rest();
    }
  }

  /** Starts it, and lets what it does to its disk take its time and its risks. */
  boot(node: string): void {
    this.#nodes.boot(nodeId(node));
  }

  /** In good order, as on SIGTERM without a successor to hand over to. */
  async stop(node: string): Promise<void> {
    let isStopped = false;
    const stopping = this.#nodes.stop(node).then(() => (isStopped = true));
    await this.runUntil(() => isStopped, 10_000);
    await stopping;
    this.#nodes.end(node, 'stops', 'process');
  }

  /** SIGTERM: hands over, finishes what it can, and goes. */
  terminate(node: string): void {
    this.#nodes.terminate(node);
  }

  /** At once, without a word. By default the power fails and nothing unflushed survives. */
  crash(node: string, how: Crash = keepNothing): void {
    this.#nodes.end(node, 'crashes', how);
  }

  /** As soon as the present event is over; for use from within one. */
  crashSoon(node: string, how: Crash = keepNothing): void {
    this.#nodes.crashSoon(node, how);
  }

  async restart(node: string, how: Crash = keepNothing): Promise<void> {
    this.crash(node, how);
    await this.start(node);
  }

  /** As SIGSTOP does: what happens to it waits, time goes on. */
  pause(node: string): void {
    this.#nodes.pause(node);
  }

  wake(node: string): void {
    this.#nodes.wake(node);
  }

  /** Its clock jumps ahead, as on a machine that had been suspended. */
  jump(node: string, byMs: number): void {
    this.#nodes.jump(node, byMs);
  }

  isUp(node: string): boolean {
    return this.#nodes.isUp(node);
  }
  /** Whether there is a process: it may still be reading its disk. */
  isRunning(node: string): boolean {
    return this.#nodes.isRunning(node);
  }

  // The network.

  get weather(): Weather {
    return this.#network.weather;
  }
  set weather(weather: Weather) {
    this.#network.weather = weather;
  }
  /** What one says to the other has weather of its own; null: as everywhere. */
  weatherBetween(from: string, to: string, weather: Weather | null): void {
    this.#network.weatherBetween(nodeId(from), nodeId(to), weather);
  }
  set gate(gate: Gate) {
    this.#wires.gate = gate;
  }

  /** Nothing gets from one to the other; `both` ways unless told otherwise. */
  cut(from: string, to: string, ways: 'both' | 'one' = 'both'): void {
    this.chronicle.note(from, `is cut off from ${to}${ways === 'one' ? ', one way' : ''}`);
    this.#network.cut(nodeId(from), nodeId(to));
    if (ways === 'both') this.#network.cut(nodeId(to), nodeId(from));
  }

  /** What one says to the other arrives again. */
  mend(from: string, to: string): void {
    this.chronicle.note(from, `reaches ${to} again`);
    this.#network.heal(nodeId(from), nodeId(to));
  }

  isolate(node: string): void {
    for (const other of this.members) if (other !== node) this.cut(node, other);
  }

  /** Every link. */
  heal(): void {
    this.chronicle.note('all', 'heal');
    for (const from of this.members) {
      for (const to of this.members) if (from !== to) this.#network.heal(from, to);
    }
  }

  /** From now on what one says to the other waits, in order, until `letGo`. */
  holdBack(from: string, to: string): void {
    this.#network.holdBack(nodeId(from), nodeId(to));
  }
  letGo(from: string, to: string): void {
    this.#network.letGo(nodeId(from), nodeId(to));
  }

  /** What goes on between clients and nodes, where clients come by sockets. */
  get sockets(): Sockets {
    if (this.#sockets === null) throw new Error('in this world clients do not come by sockets');
    return this.#sockets;
  }

  /** The client library that is shipped, in a process of its own. */
  client(name: string, nodes: readonly string[]): SimulatedClient {
    return this.sockets.client(name, this.#nodes.newLife(nodeId(name), name), nodes);
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
    const { life, listener } = this.#nodes.process(to);
    life.happen(() => listener.heard(nodeId(from), [message]));
  }

  // Disks.

  disk(node: string): NodeDisk {
    return this.#nodes.disk(node);
  }

  /** A log, by the terms of its entries, on a disk that no process has used yet. */
  async write(node: string, terms: readonly number[], hardState: HardState): Promise<void> {
    const entries = terms.map((term, place) => this.entry(place + 1, term));
    const life = this.#nodes.newLife(nodeId(node), 'writer');
    await this.disk(node).write(life, { hardState, entries });
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
    return this.#clients.propose(
      this.#nodes.find(node),
      node,
      event,
      options.id ?? this.newId(),
      options,
    );
  }

  read(node: string, options: ReadOptions = {}): Reading {
    return this.#clients.read(this.#nodes.find(node), node, options);
  }

  newId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  transfer(node: string, to: string | null = null): void {
    const { life, core } = this.#nodes.process(node);
    life.happen(() => core.transfer(to === null ? null : nodeId(to)));
  }

  // Looking.

  service(node: string): NodeService {
    return this.#nodes.process(node).service;
  }

  core(node: string): Core {
    return this.#nodes.process(node).core;
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

  /** Something is wrong: the run ends with it as soon as the present event is over. */
  find(check: string, what: string): void {
    this.#finding ??= { check, what };
  }

  // Time.

  /** From outside of all processes. */
  after(delayMs: number, run: () => void): void {
    this.#timeline.add(run, delayMs);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

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
      throw this.#error('in time', `it did not come true within ${withinMs} ms: ${String(holds)}`);
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

  #statuses(): readonly NodeStatus[] {
    return this.#nodes.services.map((service) => service.status());
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
    await quiet();
    this.#rests += 1;
    // So that whoever runs this hears Ctrl-C, and a farm that is gone.
    if (this.#rests % restsPerTurn === 0) await new Promise(setImmediate);
    while (this.#nodes.crashNow()) await quiet();
    this.#nodes.glimpseTouched();
    this.witness.eventOver();
    if (this.#finding !== null) throw this.#error(this.#finding.check, this.#finding.what);
    const { faults } = this.#nodes;
    if (faults.length === this.#faultsSeen) return;
    this.#faultsSeen = faults.length;
    // A node may give up for what its disk did to it, and for nothing else.
    const bug = faults.find(
      ({ node, cause }) =>
        !(cause instanceof QuorateError) ||
        !cause.code.startsWith('storage-') ||
        !this.disk(node).isToBlame,
    );
    if (bug !== undefined)
      throw this.#error('no defect', `${bug.node} broke: ${String(bug.cause)}`);
  }

  #error(check: string, what: string): WorldError {
    const story = this.trace.slice(-traceLinesShown).join('\n');
    return new WorldError(check, what, `seed ${this.seed}, at ${this.nowMs} ms: ${what}\n${story}`);
  }
}
