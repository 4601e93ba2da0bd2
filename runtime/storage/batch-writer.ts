/**
 * Encodes one batch into one contiguous run of records, in a buffer that is used again.
 * This is the hot path: an entry costs one checksum, one copy and no allocation to speak of.
 */
import type { StoreBatch } from './port.ts';
import {
  entryBytes,
  finishRecord,
  hardStateBytesMax,
  lastOfBatch,
  padded,
  putEntry,
  putHardState,
  recordHeaderBytes,
  recordKind,
  releasedBytes,
  type RecordPlace,
} from './record.ts';

/** A batch of the journal's own: what a caller stores, or how far back the journal is needed. */
export type JournalBatch = StoreBatch & Readonly<{ oldestSegment: number | null }>;

/** Valid until the next batch is encoded. `checksum` is the last record's. */
export type EncodedBatch = Readonly<{ bytes: Uint8Array; checksum: number }>;

/** What a rare, huge batch needed is given back afterwards. */
const keptBytesMax = 4 * 1024 * 1024;
const initialBytes = 64 * 1024;

export class BatchWriter {
  #bytes = new Uint8Array(initialBytes);
  #view = new DataView(this.#bytes.buffer);

  /** Hard state first, then entries in order: what a crash leaves is a prefix of that. */
  encode(batch: JournalBatch, place: RecordPlace, previous: number): EncodedBatch {
    this.#makeRoom(bytesMaxOf(batch));
    const { hardState, entries, oldestSegment } = batch;
    const bytes = this.#bytes;
    const view = this.#view;
    const { hardState: hardStateKind, released, entry: entryKind } = recordKind;
    let remaining = entries.length + (hardState ? 1 : 0) + (oldestSegment === null ? 0 : 1);
    let start = 0;
    let checksum = previous;

    const finish = (end: number, kind: number): void => {
      remaining -= 1;
      const flags = remaining === 0 ? lastOfBatch : 0;
      checksum = finishRecord(bytes, view, start, end, place, checksum, kind, flags);
      start = padded(end);
    };
    if (hardState) {
      finish(putHardState(bytes, view, start + recordHeaderBytes, hardState), hardStateKind);
    }
    if (oldestSegment !== null) {
      view.setFloat64(start + recordHeaderBytes, oldestSegment, true);
      finish(start + releasedBytes, released);
    }
    for (const entry of entries) {
      finish(putEntry(bytes, view, start + recordHeaderBytes, entry), entryKind);
    }
    return { bytes: bytes.subarray(0, start), checksum };
  }

  #makeRoom(bytesNeeded: number): void {
    const isTooLarge = this.#bytes.length > keptBytesMax && bytesNeeded <= keptBytesMax;
    if (bytesNeeded <= this.#bytes.length && !isTooLarge) return;
    let size = initialBytes;
    while (size < bytesNeeded) size *= 2;
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }
}

function bytesMaxOf({ hardState, entries, oldestSegment }: JournalBatch): number {
  let bytes = hardState ? hardStateBytesMax(hardState) : 0;
  if (oldestSegment !== null) bytes += releasedBytes;
  for (const entry of entries) bytes += entryBytes(entry);
  return bytes;
}

/** A seal counts as the first record of the batch to come, which will take its place. */
export const sealBytes = recordHeaderBytes;
export function encodeSeal(place: RecordPlace, previous: number): Uint8Array {
  const bytes = new Uint8Array(sealBytes);
  const view = new DataView(bytes.buffer);
  finishRecord(bytes, view, 0, sealBytes, place, previous, recordKind.sealed, 0);
  return bytes;
}
