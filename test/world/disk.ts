/**
 * A node's disk, which outlives its processes: the real journal on a simulated disk. The node can
 * be killed before any single operation, and each can fail; each but a write, which the page cache
 * takes, takes its time or waits to be released.
 */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import type { Entry, HardState } from '../../machines/protocol/entry.ts';
import { openJournal } from '../../runtime/storage/journal.ts';
import type { Recovered, Storage, StoreBatch } from '../../runtime/storage/port.ts';
import { keepNothing, type PowerCut } from '../../runtime/storage/power-cut.ts';
import { sequenceOf } from '../../runtime/storage/segment.ts';
import {
  diskError,
  SimulatedDisk,
  type DiskOperation,
} from '../../runtime/storage/simulated-disk.ts';
import type { Chronicle } from './chronicle.ts';
import type { Life } from './life.ts';
import type { Chance } from './random.ts';

const folder = '/node';

const needsRoom: ReadonlySet<DiskOperation['kind']> = new Set(['create', 'makeFolder', 'write']);

/** What is known to survive a power cut: everything whose append has resolved. */
export type Durable = { hardState: HardState | null; entries: Entry[] };

export type Crash = 'process' | PowerCut;

type Place = Readonly<{ path: string; offset: number }>;

export class NodeDisk {
  readonly durable: Durable = { hardState: null, entries: [] };
  /** How long the next flush takes, of a file or of its folder, in ms. */
  flushMs: () => number = () => 1;
  /** A flush takes at least as long, and all else, but a write, a tenth of it. */
  slowMs = 0;
  /** All but writes wait until `release`. */
  isHeld = false;
  /** With this every operation fails that can: ENOSPC is only for those that need room. */
  failsWith: string | null = null;
  /** The same for single operations. */
  failure: (operation: DiskOperation) => string | null = () => null;
  /** It has failed, been full, or changed what was on it. */
  isToBlame = false;
  /** So far, of all lives; without those of a start that takes no time. */
  operations = 0;
  /** Called before each. Answering true: it never happens. */
  intercept: (number: number, operation: DiskOperation) => boolean = () => false;
  /** Called when a flush is done, of a file or of its folder, and nobody knows it yet. */
  flushed: (operation: number) => void = () => {};

  #disk = new SimulatedDisk();
  #isNew = true;
  #underWay: StoreBatch | null = null;
  #freeBytes = Infinity;
  /** To a segment; and the last that was flushed. */
  #lastWrite: Place | null = null;
  #lastFlushed: Place | null = null;
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
    if (this.#isNew) {
      await disk.makeFolder(folder);
      await disk.flushFolder('/');
      this.#isNew = false;
    }
    if (takingTime) disk.before = (operation) => this.#before(operation, life);
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
   * Changes one bit of what was flushed, and is not the last that was: that could not be told from
   * a write that the power cut tore. False if there is nothing to change now.
   */
  rot(dice: Chance): boolean {
    const disk = this.#disk;
    const segments = segmentsOn(disk);
    const current = segments.at(-1);
    // A segment whose name may yet be lost vouches for nothing before it.
    if (segmentsOn(disk.afterPowerCut(keepNothing)).at(-1) !== current) return false;
    const last = this.#lastFlushed;
    const endOf = (path: string): number => {
      if (path === current) return path === last?.path ? last.offset : 0;
      const bytes = disk.contents(path);
      // Most of it may never have been written to; that may rot, too, but matters to nobody.
      return dice.happens(0.2) ? bytes.length : bytes.findLastIndex((byte) => byte !== 0) + 1;
    };
    const places = segments
      .map((path) => ({ path, end: endOf(path) }))
      .filter(({ end }) => end > 0);
    if (places.length === 0) return false;
    const { path, end } = dice.pick(places);
    const bit = 1 << dice.integer(0, 7);
    const at = dice.integer(0, end - 1);
    disk.corrupt(path, at, (byte) => byte ^ bit);
    this.isToBlame = true;
    this.#chronicle.note(this.#node, `disk: byte ${at} of ${path} rots`);
    return true;
  }

  release(): void {
    this.isHeld = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
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

  #before(operation: DiskOperation, life: Life): void | Promise<void> {
    const { kind, path, offset = 0 } = operation;
    this.#chronicle.steps += 1;
    if (this.#chronicle.isRead) this.#chronicle.tell(this.#node, `disk: ${kind} ${path}`);
    this.operations += 1;
    const number = this.operations;
    if (this.intercept(number, operation)) return new Promise(() => {});
    const failed = this.#failureOf(operation);
    if (failed !== null) throw failed;
    if (kind === 'write') {
      if (sequenceOf(basename(path)) !== null) this.#lastWrite = { path, offset };
      return;
    }
    const isFlush = kind === 'flush' || kind === 'flushFolder';
    if (!isFlush && !this.isHeld && this.slowMs === 0) return;
    const covered = this.#lastWrite;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        const failedLate = this.#failureOf(operation);
        if (failedLate !== null) return reject(failedLate);
        resolve();
        if (kind === 'flush' && covered?.path === path) this.#lastFlushed = covered;
        if (isFlush) this.flushed(number);
      };
      const go = (): void =>
        life.happen(done, isFlush ? Math.max(this.flushMs(), this.slowMs) : this.slowMs / 10);
      if (this.isHeld) this.#waiting.push(go);
      else go();
    });
  }

  #failureOf(operation: DiskOperation): Error | null {
    const applies = (code: string | null): boolean =>
      code !== null && (code !== 'ENOSPC' || needsRoom.has(operation.kind));
    const code = [this.failsWith, this.failure(operation)].find(applies);
    if (code === undefined || code === null) return null;
    this.isToBlame = true;
    return diskError(code);
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

/** In order. */
const segmentsOn = (disk: SimulatedDisk): readonly string[] =>
  disk
    .paths()
    .filter((path) => sequenceOf(basename(path)) !== null)
    .toSorted();

/** An entry at or below the last index replaces that entry and all after it. */
function place(log: Entry[], entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.index <= log.length) log.length = entry.index - 1;
    log.push(entry);
  }
}
