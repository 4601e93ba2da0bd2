/**
 * A segment: a file of zeros, made and flushed ahead of need, that fills with records.
 * It opens with a header that says what the journal held before it:
 *
 *    0  8 bytes  "quorate" and a line feed
 *    8  u32      checksum of everything after it
 *   12  u32      format
 *   16  u32      sequence       as in the name
 *   20  u32      salt           begins every checksum of this segment
 *   24  u32      previous       the last checksum of the segment before
 *   28  u32      oldest         the oldest segment that still counted
 *   32  f64      previousBatch
 *   40  f64      previousIndex  the last log index before this segment
 *   48  f64      size           of the file
 *   56  8 bytes  of zeros
 *
 * Under its final name a segment always has a whole header: it is flushed before the renaming.
 */
import { crc32 } from 'node:zlib';

export type SegmentHeader = Readonly<{
  sequence: number;
  salt: number;
  previous: number;
  oldest: number;
  previousBatch: number;
  previousIndex: number;
  size: number;
}>;

export const segmentFormat = 1;
export const segmentHeaderBytes = 64;

const magic = new TextEncoder().encode('quorate\n');

export const segmentName = (sequence: number): string =>
  `journal-${String(sequence).padStart(10, '0')}.segment`;
export const spareName = (count: number): string => `spare-${count}.segment`;

export const isSpareName = (name: string): boolean => /^spare-\d+\.segment$/.test(name);
/** Null for a name that is no segment's. */
export const sequenceOf = (name: string): number | null => {
  const digits = /^journal-(\d{10})\.segment$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
};

export function encodeHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(segmentHeaderBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint32(12, segmentFormat, true);
  view.setUint32(16, header.sequence, true);
  view.setUint32(20, header.salt, true);
  view.setUint32(24, header.previous, true);
  view.setUint32(28, header.oldest, true);
  view.setFloat64(32, header.previousBatch, true);
  view.setFloat64(40, header.previousIndex, true);
  view.setFloat64(48, header.size, true);
  view.setUint32(8, crc32(bytes.subarray(12)), true);
  return bytes;
}

/** The first record of a segment is chained to its header. */
export const headerChecksum = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);

export type HeaderFound =
  | Readonly<{ found: 'header'; header: SegmentHeader; checksum: number }>
  | Readonly<{ found: 'newer'; format: number }>
  | Readonly<{ found: 'damage' }>;

export function decodeHeader(bytes: Uint8Array): HeaderFound {
  if (bytes.length < segmentHeaderBytes) return { found: 'damage' };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const checksum = view.getUint32(8, true);
  const isWhole =
    magic.every((byte, at) => bytes[at] === byte) &&
    crc32(bytes.subarray(12, segmentHeaderBytes)) === checksum;
  if (!isWhole) return { found: 'damage' };

  const format = view.getUint32(12, true);
  if (format > segmentFormat) return { found: 'newer', format };
  const header = {
    sequence: view.getUint32(16, true),
    salt: view.getUint32(20, true),
    previous: view.getUint32(24, true),
    oldest: view.getUint32(28, true),
    previousBatch: view.getFloat64(32, true),
    previousIndex: view.getFloat64(40, true),
    size: view.getFloat64(48, true),
  };
  const { previousBatch, previousIndex, size } = header;
  return [previousBatch, previousIndex, size].every(isCount)
    ? { found: 'header', header, checksum }
    : { found: 'damage' };
}

const isCount = (number: number): boolean => Number.isSafeInteger(number) && number >= 0;
