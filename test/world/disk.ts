/**
 * A node's disk, which outlives its processes: the real journal on a simulated disk. Every flush
 * takes its time or waits to be released, and the node can be killed before any single operation.
 */
import assert from 'node:assert/strict';
import type { Entry, HardState } from '../../machines/protocol/entry.ts';
import { openJournal } from '../../runtime/storage/journal.ts';
import type { Recovered, Storage, StoreBatch } from '../../runtime/storage/port.ts';
import type { PowerCut } from '../../runtime/storage/power-cut.ts';
import {
  diskError,
  SimulatedDisk,
  type DiskOperation,
} from '../../runtime/storage/simulated-disk.ts';
import type { Chronicle } from './chronicle.ts';
import type { Life } from './life.ts';
import type { Chance } from './random.ts';

const folder = '/node';

/** What is known to survive a power cut: everything whose append has resolved. */
export type Durable = { hardState: HardState | null; entries: Entry[] };

export type Crash = 'process' | PowerCut;

export class NodeDisk {
  readonly durable: Durable = { hardState: null, entries: [] };
  /** How long the next flush takes, in ms. */
  flushMs: () => number = () => 1;
  /** Flushes wait until `release`. */
  isHeld = false;
  /** Thrown by every write and flush, as a disk that fails or is full would. */
  failsWith: string | null = null;
  /** It has failed, been full, or changed what was on it. */
  isToBlame = false;
  /** Writes and flushes so far, of all lives. */
  operations = 0;
  /** Called before each write and flush, with its number. Answering true: it never happens. */
  intercept: (operation: number) => boolean = () => false;
  /** Called when a flush is done and nobody knows it yet. */
  flushed: (operation: number) => void = () => {};

  #disk = new SimulatedDisk();
  #isNew = true;
  #underWay: StoreBatch | null = null;
  #freeBytes = Infinity;
  #lastWrite: { path: string; offset: number } | null = null;
  #waiting: (() => void)[] = [];
  readonly #segmentBytes: number;
  readonly #node: string;
  readonly #chronicle: Chronicle;

  constructor(segmentBytes: number, node: string, chronicle: Chronicle) {
    this.#segmentBytes = segmentBytes;
    this.#node = node;
    this.#chronicle = chronicle;
  }

  /** Reading what is there takes no time and never fails, unless it is to take time. */
  async open(life: Life, takingTime?: 'takingTime'): Promise<Storage> {
    const disk = this.#disk;
    if (takingTime) disk.before = (operation) => this.#before(operation, life);
    if (this.#isNew) {
      await disk.makeFolder(folder);
      await disk.flushFolder('/');
      this.#isNew = false;
    }
    const storage = await openJournal({
      files: disk,
      folder,
      clock: life.clock,
      segmentBytes: this.#segmentBytes,
    });
    this.#compare(storage.recovered);
    disk.before = (operation) => this.#before(operation, life);
    return {
      recovered: storage.recovered,
      append: async (batch) => {
        this.#underWay = batch;
        await storage.append(batch);
        if (life.isDead) return;
        this.#underWay = null;
        this.#remember(batch);
      },
      close: () => storage.close(),
    };
  }

  /** Writes what an earlier life would have left. Before the first start only. */
  async write(life: Life, batch: StoreBatch): Promise<void> {
    const storage = await this.open(life);
    this.#disk.before = () => {};
    await storage.append(batch);
    await storage.close();
    this.#disk = this.#disk.afterProcessCrash();
  }

  /** This many more bytes fit, and then it is full. */
  leave(bytes: number): void {
    this.isToBlame ||= bytes !== Infinity;
    this.#freeBytes = bytes;
    this.#fill();
  }

  /**
   * Changes one bit of what was flushed, and is not the last that was written: that could not be
   * told from a write that the power cut tore. False if there is nothing to change now.
   */
  rot(dice: Chance): boolean {
    const disk = this.#disk;
    const last = this.#lastWrite;
    if (disk.unflushedBytes() > 0 || last === null) return false;
    const bytesOf = (path: string): number =>
      path === last.path ? last.offset : disk.contents(path).length;
    const paths = disk.paths().filter((path) => bytesOf(path) > 0);
    if (paths.length === 0) return false;
    const path = dice.pick(paths);
    const bit = 1 << dice.integer(0, 7);
    const at = dice.integer(0, bytesOf(path) - 1);
    disk.corrupt(path, at, (byte) => byte ^ bit);
    this.isToBlame = true;
    this.#chronicle.note(this.#node, `disk: byte ${at} of ${path} rots`);
    return true;
  }

  release(): void {
    this.isHeld = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flush of waiting) flush();
  }

  /** The process that had it open is gone; what follows belongs to the next one. */
  crash(how: Crash): void {
    this.#waiting = [];
    const before = this.#disk;
    before.before = () => new Promise(() => {});
    this.#disk = how === 'process' ? before.afterProcessCrash() : before.afterPowerCut(how);
    this.#disk.before = () => {};
    this.#fill();
  }

  #fill(): void {
    if (this.#freeBytes === Infinity) {
      this.#disk.capacityBytes = Infinity;
      return;
    }
    const disk = this.#disk;
    const used = disk.paths().reduce((sum, path) => sum + disk.contents(path).length, 0);
    disk.capacityBytes = used + this.#freeBytes;
  }

  #before({ kind, path, offset = 0 }: DiskOperation, life: Life): void | Promise<void> {
    this.#chronicle.steps += 1;
    if (this.#chronicle.isRead) this.#chronicle.tell(this.#node, `disk: ${kind} ${path}`);
    if (kind !== 'write' && kind !== 'flush') return;
    this.operations += 1;
    if (this.intercept(this.operations)) return new Promise(() => {});
    if (this.failsWith !== null) {
      this.isToBlame = true;
      throw diskError(this.failsWith);
    }
    if (kind === 'write') {
      this.#lastWrite = { path, offset };
      return;
    }
    const operation = this.operations;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        if (this.failsWith !== null) {
          this.isToBlame = true;
          return reject(diskError(this.failsWith));
        }
        resolve();
        this.flushed(operation);
      };
      const flush = (): void => life.happen(done, this.flushMs());
      if (this.isHeld) this.#waiting.push(flush);
      else flush();
    });
  }

  #remember({ hardState, entries }: StoreBatch): void {
    this.durable.hardState = hardState ?? this.durable.hardState;
    place(this.durable.entries, entries);
    this.#chronicle.steps += entries.length;
    if (!this.#chronicle.isRead) return;
    for (const { index, term } of entries) {
      this.#chronicle.tell(this.#node, `disk: ${index} (t${term}) is safe`);
    }
  }

  /** After a crash: all that was durable, and of the batch that was under way no more than a prefix. */
  #compare({ hardState, entries }: Recovered): void {
    const { durable } = this;
    const batch = this.#underWay;
    this.#underWay = null;
    const states = [durable.hardState, batch?.hardState ?? durable.hardState];
    const isKnown = states.some(
      (known) => known?.term === hardState?.term && known?.votedFor === hardState?.votedFor,
    );
    assert.ok(isKnown, 'recovered: the hard state that was flushed, or the one being written');
    const log = [...durable.entries];
    const isRecovered = (): boolean =>
      log.length === entries.length && log.at(-1)?.term === entries.at(-1)?.term;
    let isPrefix = isRecovered();
    for (const entry of batch?.entries ?? []) {
      place(log, [entry]);
      isPrefix ||= isRecovered();
    }
    assert.ok(
      isPrefix,
      'recovered: the log that was flushed, and a prefix of what was being written',
    );
    durable.hardState = hardState;
    durable.entries = [...entries];
  }
}

/** An entry at or below the last index replaces that entry and all after it. */
function place(log: Entry[], entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.index <= log.length) log.length = entry.index - 1;
    log.push(entry);
  }
}
