/**
 * A whole cluster in one process, in simulated time: the nodes are real (charts, host, journal,
 * replica, codec), their clock, disks and network are not. The same seed and the same verbs give
 * the same run, frame by frame.
 *
 * One thing happens at a time. After each, everything that it set off without asking for time has
 * come to rest, and the witness has looked.
 */
import type { Entry, HardState, MachineEvent } from '../../machines/protocol/entry.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { indexZero, nodeId, proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { encodeCommand } from '../../runtime/command-codec.ts';
import { keepNothing } from '../../runtime/storage/power-cut.ts';
import type { Asking, ProposeOptions, Reading, ReadOptions } from './clients.ts';
import type { Crash } from './disk.ts';
import { Looking } from './looking.ts';
import { fair } from './network.ts';
import { quiet } from './quiet.ts';

export type { WorldOptions } from './parts.ts';

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

const traceLinesShown = 40;
/** About 50 ms. */
const restsPerTurn = 1_024;

export class World extends Looking {
  #faultsSeen = 0;
  #rests = 0;

  // Processes.

  async start(...nodes: string[]): Promise<void> {
    for (const node of nodes.length > 0 ? nodes : this.members) {
      await this.nodes.start(nodeId(node));
      await this.#rest();
    }
  }

  /** Starts it, and lets what it does to its disk take its time and its risks. */
  boot(node: string): void {
    this.nodes.boot(nodeId(node));
  }

  /** In good order, as on SIGTERM without a successor to hand over to. */
  async stop(node: string): Promise<void> {
    let isStopped = false;
    const stopping = this.nodes.stop(node).then(() => (isStopped = true));
    await this.runUntil(() => isStopped, 10_000);
    await stopping;
    this.nodes.end(node, 'stops', 'process');
  }

  /** SIGTERM: hands over, finishes what it can, and goes. */
  terminate(node: string): void {
    this.nodes.terminate(node);
  }

  /** At once, without a word. By default the power fails and nothing unflushed survives. */
  crash(node: string, how: Crash = keepNothing): void {
    this.nodes.end(node, 'crashes', how);
  }

  /** As soon as the present event is over; for use from within one. */
  crashSoon(node: string, how: Crash = keepNothing): void {
    this.nodes.crashSoon(node, how);
  }

  async restart(node: string, how: Crash = keepNothing): Promise<void> {
    this.crash(node, how);
    await this.start(node);
  }

  /** As SIGSTOP does: what happens to it waits, time goes on. */
  pause(node: string): void {
    this.nodes.pause(node);
  }

  wake(node: string): void {
    this.nodes.wake(node);
  }

  /** Its clock jumps ahead, as on a machine that had been suspended. */
  jump(node: string, byMs: number): void {
    this.nodes.jump(node, byMs);
  }

  // Disks.

  /** A log, by the terms of its entries, on a disk that no process has used yet. */
  async write(node: string, terms: readonly number[], hardState: HardState): Promise<void> {
    const entries = terms.map((term, place) => this.entry(place + 1, term));
    const life = this.nodes.newLife(nodeId(node), 'writer');
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
    return this.clients.asked;
  }

  propose(
    node: string,
    event: MachineEvent = { type: 'ADD', by: 1 },
    options: ProposeOptions = {},
  ): Asking {
    return this.clients.propose(
      this.nodes.find(node),
      node,
      event,
      options.id ?? this.newId(),
      options,
    );
  }

  read(node: string, options: ReadOptions = {}): Reading {
    return this.clients.read(this.nodes.find(node), node, options);
  }

  transfer(node: string, to: string | null = null): void {
    const { life, core } = this.nodes.process(node);
    life.happen(() => core.transfer(to === null ? null : nodeId(to)));
  }

  // Time.

  /** From outside of all processes. */
  after(delayMs: number, run: () => void): void {
    this.timeline.add(run, delayMs);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  async run(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    while (await this.#step(untilMs));
    this.timeline.nowMs = untilMs;
  }

  async runUntil(holds: () => boolean, withinMs: number): Promise<void> {
    const untilMs = this.nowMs + withinMs;
    await this.#rest();
    while (!holds()) {
      if (await this.#step(untilMs)) continue;
      throw this.#error(
        'in time',
        `it did not come true within ${withinMs} ms: ${String(holds)}; ${this.standing()}`,
      );
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
    await this.runUntil(() => this.isSettled() && this.clients.isEveryoneAnswered(), withinMs);
    this.witness.compareAnswers();
    await this.#rest();
  }

  async #step(untilMs: number): Promise<boolean> {
    const moment = this.timeline.take(untilMs);
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
    while (this.nodes.crashNow()) await quiet();
    this.nodes.glimpseTouched();
    this.witness.eventOver();
    if (this.finding !== null) throw this.#error(this.finding.check, this.finding.what);
    const { faults } = this.nodes;
    if (faults.length === this.#faultsSeen) return;
    this.#faultsSeen = faults.length;
    // A node may give up for what its disk did to it, and for nothing else.
    const bug = faults.find(
      ({ node, cause }) =>
        !this.mayGiveUp(node, cause) &&
        (!(cause instanceof QuorateError) ||
          !cause.code.startsWith('storage-') ||
          !this.disk(node).isToBlame),
    );
    if (bug !== undefined)
      throw this.#error('no defect', `${bug.node} broke: ${String(bug.cause)}`);
  }

  #error(check: string, what: string): WorldError {
    const story = this.trace.slice(-traceLinesShown).join('\n');
    return new WorldError(check, what, `seed ${this.seed}, at ${this.nowMs} ms: ${what}\n${story}`);
  }
}
