/**
 * Reads a journal back: what it holds, and where it goes on. Changes nothing.
 * A batch that was never completed is left out; any other damage is refused.
 */
import { join } from 'node:path';
import type { Entry, HardState } from '../../machines/protocol/entry.ts';
import { storageCorrupt, storageNewer } from './faults.ts';
import type { Files, OpenFile } from './files.ts';
import { readEntry, readHardState, readReleased, recordKind, type FoundRecord } from './record.ts';
import { damageWasFlushed, scanSegment, type SegmentScan } from './scan.ts';
import {
  decodeHeader,
  segmentFormat,
  segmentHeaderBytes,
  segmentName,
  sequenceOf,
  type SegmentHeader,
} from './segment.ts';

/** A segment and the highest log index in it. */
export type KnownSegment = Readonly<{ sequence: number; size: number; highestIndex: number }>;

export type LastSegment = Readonly<{ header: SegmentHeader; bytes: Uint8Array; scan: SegmentScan }>;

export type RecoveredJournal = Readonly<{
  hardState: HardState | null;
  entries: Entry[];
  /** In order; the last one is where the journal goes on. */
  segments: readonly KnownSegment[];
  oldestSegment: number;
  last: LastSegment;
}>;

/** Null: there is no journal in the folder yet. */
export async function recoverJournal(
  files: Files,
  folder: string,
): Promise<RecoveredJournal | null> {
  const sequences = (await files.list(folder))
    .map(sequenceOf)
    .filter((sequence) => sequence !== null)
    .toSorted((a, b) => a - b);
  const replay = new Replay();
  const segments: KnownSegment[] = [];
  let last: LastSegment | null = null;

  for (const sequence of sequences) {
    const expected: number = last ? last.header.sequence + 1 : sequence;
    if (sequence !== expected) throw missing(folder, expected, replay.indexRead + 1);
    const path = join(folder, segmentName(sequence));
    const next = await readSegment(files, path, sequence, replay.indexRead + 1);
    if (last && !continues(next.header, last.scan)) throw damageIn(folder, last, replay);
    const highestIndex = replay.take(next, path);
    segments.push({ sequence, size: next.header.size, highestIndex });
    last = next;
  }
  if (!last) return null;
  if (damageWasFlushed(last.bytes, last.header, last.scan)) throw damageIn(folder, last, replay);
  const { hardState, entries, oldestSegment } = replay;
  if (oldestSegment < (sequences[0] ?? 0)) throw missing(folder, oldestSegment, 1);
  return { hardState, entries, segments, oldestSegment, last };
}

/** A segment is only begun once the one before is flushed to its end. */
const continues = (header: SegmentHeader, before: SegmentScan): boolean =>
  header.previous === before.checksum && header.previousBatch === before.batch;

const damageIn = (folder: string, { header, scan }: LastSegment, replay: Replay): Error =>
  storageCorrupt({
    file: join(folder, segmentName(header.sequence)),
    offset: scan.stoppedAt,
    index: replay.indexRead + 1,
    what: 'a record is missing or does not match its checksum',
  });

const missing = (folder: string, sequence: number, index: number): Error =>
  storageCorrupt({
    file: join(folder, segmentName(sequence)),
    offset: 0,
    index,
    what: 'the file is missing',
  });

/** What the records add up to. */
class Replay {
  hardState: HardState | null = null;
  readonly entries: Entry[] = [];
  oldestSegment = 0;
  /** The last index read, were it of a batch that was never completed: to name a damage by. */
  indexRead = 0;

  /** Returns the highest index of the segment's entries, zero if it has none. */
  take({ header, bytes, scan }: LastSegment, path: string): number {
    // Payloads are views: a segment that is mostly empty should not stay in memory for them.
    const kept = scan.end < bytes.length / 2 ? bytes.slice(0, scan.end) : bytes;
    const keptView = new DataView(kept.buffer);
    this.indexRead = Math.max(this.indexRead, header.previousIndex);
    this.oldestSegment = Math.max(this.oldestSegment, header.oldest);
    let highest = 0;
    for (const record of scan.records.slice(0, scan.completeCount)) {
      this.#replay(record, kept, keptView, path);
      if (record.kind === recordKind.entry) highest = Math.max(highest, this.indexRead);
    }
    const view = new DataView(bytes.buffer);
    for (const record of scan.records.slice(scan.completeCount)) {
      if (record.kind !== recordKind.entry) continue;
      this.indexRead = readEntry(bytes, view, record)?.index ?? this.indexRead;
    }
    return highest;
  }

  #replay(record: FoundRecord, bytes: Uint8Array, view: DataView, path: string): void {
    const sound = <Content>(content: Content | null): Content => {
      if (content !== null) return content;
      const what = 'a record was written there that says nothing a log can hold';
      throw storageCorrupt({ file: path, offset: record.start, index: this.indexRead + 1, what });
    };
    switch (record.kind) {
      case recordKind.hardState:
        this.hardState = sound(readHardState(bytes, view, record));
        return;
      case recordKind.entry:
        this.#replace(sound(readEntry(bytes, view, record)), record, path);
        return;
      case recordKind.released:
        this.oldestSegment = Math.max(this.oldestSegment, sound(readReleased(view, record)));
        return;
      default:
        throw storageNewer(path, segmentFormat + 1, segmentFormat);
    }
  }

  /** An entry at or below the last index takes that place, and nothing after it stays. */
  #replace(entry: Entry, { start }: FoundRecord, path: string): void {
    const { entries } = this;
    const first = entries[0]?.index ?? entry.index;
    const position = entry.index - first;
    if (position > entries.length) {
      const index = first + entries.length;
      throw storageCorrupt({ file: path, offset: start, index, what: 'the log has a gap' });
    }
    entries.length = Math.max(0, position);
    entries.push(entry);
    this.indexRead = entry.index;
  }
}

async function readSegment(
  files: Files,
  path: string,
  sequence: number,
  index: number,
): Promise<LastSegment> {
  const file = await files.open(path);
  try {
    const head = await readFrom(file, segmentHeaderBytes);
    const found = decodeHeader(head);
    if (found.found === 'newer') throw storageNewer(path, found.format, segmentFormat);
    if (found.found === 'damage' || found.header.sequence !== sequence) {
      throw storageCorrupt({ file: path, offset: 0, index, what: 'its header is not what it was' });
    }
    const { header, checksum } = found;
    // Before any room is made for it: a file can be of any size without there being a byte of it.
    const size = await file.size();
    if (size !== header.size) {
      const what = `it is ${size} bytes long instead of ${header.size}`;
      throw storageCorrupt({ file: path, offset: Math.min(size, header.size), index, what });
    }
    const bytes = await readFrom(file, size);
    return { header, bytes, scan: scanSegment(bytes, header, checksum) };
  } finally {
    await file.close();
  }
}

async function readFrom(file: OpenFile, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  return bytes.subarray(0, await file.read(bytes, 0));
}
