/**
 * One record of the journal, as bytes. Little-endian, from an 8-byte boundary to the next:
 *
 *    0  u32  checksum   crc32, begun with the segment's salt, of everything after it
 *    4  u32  length     without the padding
 *    8  u32  previous   checksum of the record before; the segment header's for the first
 *   12  u32  segment    tells stale records of a recycled segment from ours
 *   16  u48  batch      counts flushes: n + 1 is only written once n has been flushed
 *   22  u8   kind
 *   23  u8   flags      1: last of its batch
 *   24  …    body, then zeros up to the boundary, which the checksum covers too
 *
 * The salt keeps a payload that imitates a record, by chance or malice, from being taken for one.
 */
import { crc32 } from 'node:zlib';
import type { Entry, EntryKind, HardState } from '../../machines/protocol/entry.ts';
import { nodeId, toIndex, toTerm } from '../../machines/protocol/ids.ts';

/** Numbers on disk: never reused, only added to. 5 and up are free, for snapshots and such. */
export const recordKind = { hardState: 1, entry: 2, sealed: 3, released: 4 } as const;

export const recordHeaderBytes = 24;
export const lastOfBatch = 1;

const hardStateHeadBytes = 16;
const entryHeadBytes = 32;

const entryKinds: readonly EntryKind[] = ['noop', 'command', 'configuration'];
const entryKindNumber: Readonly<Record<EntryKind, number>> = {
  noop: 0,
  command: 1,
  configuration: 2,
};

/** Up to the next 8-byte boundary. */
export const padded = (length: number): number => (length + 7) & ~7;

export const hardStateBytesMax = (state: HardState): number =>
  padded(recordHeaderBytes + hardStateHeadBytes + 3 * (state.votedFor?.length ?? 0));
export const entryBytes = (entry: Entry): number =>
  padded(recordHeaderBytes + entryHeadBytes + entry.payload.length);
export const releasedBytes = recordHeaderBytes + 8;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Writes a hard state's body at `at`. Returns where it ends. */
export function putHardState(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  state: HardState,
): number {
  view.setFloat64(at, state.term, true);
  view.setFloat64(at + 8, state.votedFor === null ? 0 : 1, true);
  const name = at + hardStateHeadBytes;
  return name + utf8.encodeInto(state.votedFor ?? '', bytes.subarray(name)).written;
}

/** Writes an entry's body at `at`. Returns where it ends. */
export function putEntry(bytes: Uint8Array, view: DataView, at: number, entry: Entry): number {
  view.setFloat64(at, entry.index, true);
  view.setFloat64(at + 8, entry.term, true);
  view.setFloat64(at + 16, entry.timeMs, true);
  view.setUint32(at + 24, entry.seed, true);
  view.setUint32(at + 28, entryKindNumber[entry.kind], true);
  bytes.set(entry.payload, at + entryHeadBytes);
  return at + entryHeadBytes + entry.payload.length;
}

/** Where a record is to stand: what makes it ours, and the next in line. */
export type RecordPlace = Readonly<{ segment: number; salt: number; batch: number }>;

/** Puts the header before a body that ends at `end`. Returns the record's checksum. */
export function finishRecord(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  { segment, salt, batch }: RecordPlace,
  previous: number,
  kind: number,
  flags: number,
): number {
  const boundary = padded(end);
  // The buffer is used again and again, and its old bytes must not count.
  for (let at = end; at < boundary; at += 1) bytes[at] = 0;
  view.setUint32(start + 4, end - start, true);
  view.setUint32(start + 8, previous, true);
  view.setUint32(start + 12, segment, true);
  view.setUint32(start + 16, batch >>> 0, true);
  view.setUint16(start + 20, Math.floor(batch / 2 ** 32), true);
  view.setUint8(start + 22, kind);
  view.setUint8(start + 23, flags);
  const checksum = crc32(bytes.subarray(start + 4, boundary), salt);
  view.setUint32(start, checksum, true);
  return checksum;
}

/** A record found in a segment. `start` and `end` are 8-byte boundaries. */
export type FoundRecord = Readonly<{
  start: number;
  end: number;
  checksum: number;
  previous: number;
  batch: number;
  kind: number;
  isLastOfBatch: boolean;
}>;

/** What stands at `start`, if it is a whole and unharmed record of this very segment. */
export function findRecord(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  segment: number,
  salt: number,
): FoundRecord | null {
  if (start + recordHeaderBytes > bytes.length) return null;
  if (view.getUint32(start + 12, true) !== segment) return null;
  const length = view.getUint32(start + 4, true);
  if (length < recordHeaderBytes || length > bytes.length - start) return null;
  const end = start + padded(length);
  if (end > bytes.length) return null;
  const checksum = view.getUint32(start, true);
  if (crc32(bytes.subarray(start + 4, end), salt) !== checksum) return null;
  return {
    start,
    end,
    checksum,
    previous: view.getUint32(start + 8, true),
    batch: view.getUint32(start + 16, true) + view.getUint16(start + 20, true) * 2 ** 32,
    kind: view.getUint8(start + 22),
    isLastOfBatch: (view.getUint8(start + 23) & lastOfBatch) !== 0,
  };
}

const isCount = (number: number): boolean => Number.isSafeInteger(number) && number >= 0;

/** Where the body starts and ends; null where it is shorter than its kind can be. */
function bodyOf(view: DataView, { start }: FoundRecord, bytesMin: number) {
  const at = start + recordHeaderBytes;
  const end = start + view.getUint32(start + 4, true);
  return end - at < bytesMin ? null : { at, end };
}

/** Null where the checksum holds, and yet this is no hard state that any version wrote. */
export function readHardState(
  bytes: Uint8Array,
  view: DataView,
  record: FoundRecord,
): HardState | null {
  const body = bodyOf(view, record, hardStateHeadBytes);
  if (!body) return null;
  const { at, end } = body;
  const term = view.getFloat64(at, true);
  const voted = view.getFloat64(at + 8, true);
  if (!isCount(term) || (voted !== 0 && voted !== 1)) return null;
  const name = fromUtf8.decode(bytes.subarray(at + hardStateHeadBytes, end));
  return { term: toTerm(term), votedFor: voted === 1 ? nodeId(name) : null };
}

/** Null where the checksum holds, and yet this is no entry. The payload is a view of `bytes`. */
export function readEntry(bytes: Uint8Array, view: DataView, record: FoundRecord): Entry | null {
  const body = bodyOf(view, record, entryHeadBytes);
  if (!body) return null;
  const { at, end } = body;
  const index = view.getFloat64(at, true);
  const term = view.getFloat64(at + 8, true);
  const timeMs = view.getFloat64(at + 16, true);
  const kind = entryKinds[view.getUint32(at + 28, true)];
  if (!isCount(index) || index === 0 || !isCount(term) || Number.isNaN(timeMs) || !kind)
    return null;
  return {
    index: toIndex(index),
    term: toTerm(term),
    kind,
    timeMs,
    seed: view.getUint32(at + 24, true),
    payload: bytes.subarray(at + entryHeadBytes, end),
  };
}

/** The oldest segment that still counts, from then on. Null where it does not say. */
export function readReleased(view: DataView, record: FoundRecord): number | null {
  const body = bodyOf(view, record, releasedBytes - recordHeaderBytes);
  const oldest = body ? view.getFloat64(body.at, true) : Number.NaN;
  return isCount(oldest) ? oldest : null;
}
