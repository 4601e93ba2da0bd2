/**
 * The journal: a Storage that only ever writes forward.
 *
 *   append   one contiguous write and one flush, into a segment made ahead of need
 *   rotate   a batch that does not fit goes whole into the next segment
 *   seal     when idle, a mark that what stands before it had been flushed (see scan.ts)
 *   release  segments that a snapshot has made superfluous are used again
 *
 * After a failed write or flush nobody knows what is on the disk, and asking again may get a
 * wrong yes. So the journal then refuses everything, until it is opened anew and reads for itself.
 */
import { join } from 'node:path';
import type { HardState } from '../../machines/protocol/entry.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { LogIndex } from '../../machines/protocol/ids.ts';
import { invariant } from '../../machines/protocol/invariant.ts';
import type { Clock } from '../clock.ts';
import {
  BatchWriter,
  encodeSeal,
  sealBytes,
  type EncodedBatch,
  type JournalBatch,
} from './batch-writer.ts';
import {
  beforeTheFirst,
  beginSegment,
  isUnused,
  resumeSegment,
  type CurrentSegment,
} from './current-segment.ts';
import { storageFault } from './faults.ts';
import type { Files } from './files.ts';
import { idleAlarm, type IdleAlarm } from './idle-alarm.ts';
import { removeLeftovers } from './leftovers.ts';
import type { Recovered, Storage, StoreBatch } from './port.ts';
import { indexesOf } from './log-order.ts';
import { hardStateBytesMax, type RecordPlace } from './record.ts';
import { recoverJournal, type KnownSegment, type RecoveredJournal } from './recovery.ts';
import { segmentHeaderBytes, segmentName } from './segment.ts';
import { Spares } from './spares.ts';

export type JournalOptions = Readonly<{
  files: Files;
  folder: string;
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout' | 'seed'>;
  segmentBytes?: number | undefined;
  /** How long nothing is appended before a seal is written. */
  sealAfterMs?: number | undefined;
}>;

export interface Journal extends Storage {
  /**
   * Entries up to `through` will not be asked for again. Whole segments of them are recycled;
   * the others may still be there after reopening. Not to be called while `append` is under way.
   */
  releaseThrough(through: LogIndex): Promise<void>;
}

const segmentBytesDefault = 16 * 1024 * 1024;
const sealAfterMsDefault = 50;

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { files, folder, clock, segmentBytes = segmentBytesDefault } = options;
  const spares = new Spares(files, folder, segmentBytes);
  try {
    let found = await recoverJournal(files, folder);
    // What is gone the next time must not be shown this time.
    if (await removeLeftovers(files, folder, found)) found = await recoverJournal(files, folder);
    const current = found
      ? await resumeSegment(files, folder, found)
      : await beginSegment(files, folder, await spares.take(segmentBytes), {
          ...beforeTheFirst,
          salt: clock.seed(),
        });
    return new SegmentedJournal(options, spares, current, found);
  } catch (cause) {
    throw storageFault(cause, 'open the journal in', folder);
  }
}

class SegmentedJournal implements Journal {
  readonly recovered: Recovered;
  readonly #files: Files;
  readonly #folder: string;
  readonly #seed: () => number;
  readonly #writer = new BatchWriter();
  readonly #spares: Spares;
  readonly #idle: IdleAlarm;

  #current: CurrentSegment;
  /** Those before the current one, in order. */
  #older: readonly KnownSegment[];
  #oldestSegment: number;
  /** Counts completed batches. */
  #batch: number;
  #lastIndex: number;
  /** The latest. It is restated at the head of each segment, since older ones may go. */
  #hardState: HardState | null;

  #underWay: Promise<void> | null = null;
  #sealing: Promise<void> | null = null;
  #isSealed: boolean;
  #refusal: QuorateError | null = null;
  #closing: Promise<void> | null = null;
  #isBusy = false;

  constructor(
    { files, folder, clock, sealAfterMs = sealAfterMsDefault }: JournalOptions,
    spares: Spares,
    current: CurrentSegment,
    found: RecoveredJournal | null,
  ) {
    this.#files = files;
    this.#folder = folder;
    this.#seed = () => clock.seed();
    this.#spares = spares;
    this.#idle = idleAlarm(clock, sealAfterMs, () => this.#sealWhenIdle());

    this.recovered = { hardState: found?.hardState ?? null, entries: found?.entries ?? [] };
    this.#current = current;
    this.#oldestSegment = found?.oldestSegment ?? current.header.sequence;
    this.#older = found?.segments.slice(0, -1) ?? [];
    this.#batch = found?.last.scan.batch ?? 0;
    this.#lastIndex = found?.entries.at(-1)?.index ?? current.header.previousIndex;
    this.#hardState = this.recovered.hardState;
    this.#isSealed = found?.last.scan.isSealed ?? false;
    this.#prepareForMore();
  }

  append(batch: StoreBatch): Promise<void> {
    const { hardState, entries } = batch;
    this.#underWay = this.#alone(async () => {
      if (hardState === null && entries.length === 0) return;
      await this.#store({ hardState, entries, oldestSegment: null });
    });
    return this.#underWay;
  }

  releaseThrough(through: LogIndex): Promise<void> {
    this.#underWay = this.#alone(() => this.#release(through));
    return this.#underWay;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Runs `work` unless the journal refuses to, and refuses for ever once it has failed. */
  async #alone(work: () => Promise<void>): Promise<void> {
    invariant(!this.#isBusy, 'calls to a store are made one at a time');
    if (this.#closing) throw closedAlready(this.#folder);
    this.#isBusy = true;
    try {
      // The flush to come would not cover a seal that is still on its way.
      if (this.#sealing) await this.#sealing;
      if (this.#refusal) throw this.#refusal;
      await work();
    } catch (cause) {
      throw this.#refuse(cause);
    } finally {
      this.#isBusy = false;
    }
  }

  #refuse(cause: unknown): QuorateError {
    this.#refusal ??= storageFault(cause, 'write the journal in', this.#folder);
    this.#idle.stop();
    return this.#refusal;
  }

  async #store(batch: JournalBatch): Promise<void> {
    const { lastIndex, highestIndex } = indexesOf(batch.entries, this.#lastIndex);
    let encoded = this.#encode(batch);
    if (!this.#hasRoomFor(encoded)) {
      await this.#rotate(encoded.bytes.length);
      encoded = this.#encode(batch);
      invariant(this.#hasRoomFor(encoded), 'a new segment has room for what it was made for');
    }
    const current = this.#current;
    await current.file.write(encoded.bytes, current.end);
    await current.file.flush();

    current.end += encoded.bytes.length;
    current.checksum = encoded.checksum;
    current.highestIndex = Math.max(current.highestIndex, highestIndex);
    this.#batch += 1;
    this.#lastIndex = lastIndex;
    this.#hardState = batch.hardState ?? this.#hardState;
    this.#isSealed = false;
    this.#prepareForMore();
  }

  #encode(batch: JournalBatch): EncodedBatch {
    const current = this.#current;
    const hardState = batch.hardState ?? (isUnused(current) ? this.#hardState : null);
    return this.#writer.encode({ ...batch, hardState }, this.#nextPlace(), current.checksum);
  }

  #nextPlace(): RecordPlace {
    const { sequence, salt } = this.#current.header;
    return { segment: sequence, salt, batch: this.#batch + 1 };
  }

  #hasRoomFor({ bytes }: EncodedBatch): boolean {
    return this.#current.end + bytes.length + sealBytes <= this.#current.header.size;
  }

  #prepareForMore(): void {
    if (this.#current.end > this.#current.header.size / 2) this.#spares.prepareAhead();
    if (!this.#isSealed && !isUnused(this.#current)) this.#idle.stir();
  }

  async #rotate(batchBytes: number): Promise<void> {
    const before = this.#current;
    const { sequence, size } = before.header;
    const restatedBytes = this.#hardState ? hardStateBytesMax(this.#hardState) : 0;
    const spare = await this.#spares.take(
      segmentHeaderBytes + restatedBytes + batchBytes + sealBytes,
    );
    this.#current = await beginSegment(this.#files, this.#folder, spare, {
      sequence: sequence + 1,
      salt: this.#seed(),
      previous: before.checksum,
      oldest: this.#oldestSegment,
      previousBatch: this.#batch,
      previousIndex: this.#lastIndex,
    });
    this.#older = [...this.#older, { sequence, size, highestIndex: before.highestIndex }];
    await before.file.close();
  }

  async #release(through: LogIndex): Promise<void> {
    const neededFrom = this.#older.findIndex(({ highestIndex }) => highestIndex > through);
    const leaving = neededFrom === -1 ? this.#older : this.#older.slice(0, neededFrom);
    const oldestSegment = this.#older[leaving.length]?.sequence ?? this.#current.header.sequence;
    if (leaving.length === 0) return;

    // From here on a missing segment is known to be superfluous, and not lost.
    await this.#store({ hardState: null, entries: [], oldestSegment });
    this.#oldestSegment = oldestSegment;
    for (const { sequence, size } of leaving) {
      await this.#spares.takeIn(join(this.#folder, segmentName(sequence)), size);
      // Before it is written to under its new name, and before the next one goes.
      await this.#files.flushFolder(this.#folder);
    }
    this.#older = this.#older.slice(leaving.length);
  }

  #sealWhenIdle(): void {
    if (this.#isBusy) return this.#idle.stir();
    this.#sealing = this.#seal()
      .catch((cause: unknown) => void this.#refuse(cause))
      .finally(() => (this.#sealing = null));
  }

  /** Not flushed: a seal that is lost proves nothing, and a seal that is not does. */
  async #seal(): Promise<void> {
    const { file, end, checksum } = this.#current;
    await file.write(encodeSeal(this.#nextPlace(), checksum), end);
    this.#isSealed = true;
  }

  async #close(): Promise<void> {
    await this.#underWay?.catch(() => {});
    this.#idle.stop();
    await this.#sealing;
    // Nothing that was promised depends on the rest, so none of it may keep a node from stopping.
    const { file } = this.#current;
    if (!this.#refusal) {
      if (!this.#isSealed && !isUnused(this.#current)) await this.#seal().catch(() => {});
      await file.flush().catch(() => {});
    }
    await this.#spares.close().catch(() => {});
    await file.close().catch(() => {});
  }
}

const closedAlready = (folder: string): QuorateError =>
  new QuorateError('storage-failed', `the journal in ${folder} is closed already`, {
    path: folder,
  });
