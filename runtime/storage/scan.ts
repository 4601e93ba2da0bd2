/**
 * Reads one segment's records as far as they are in order, and tells where and why it stopped.
 *
 * Batch n + 1 is only written once batch n has been flushed. So a whole record of batch n + 2,
 * anywhere beyond a damage in batch n + 1, proves that the damage is no torn write: those bytes
 * had been flushed. A seal stands at the head of the batch to come, and so proves the same.
 */
import { findRecord, recordKind, type FoundRecord } from './record.ts';
import { segmentHeaderBytes, type SegmentHeader } from './segment.ts';

export type SegmentScan = Readonly<{
  /** Every record in order, also those of a last batch that was never completed. */
  records: readonly FoundRecord[];
  /** How many of them belong to completed batches. */
  completeCount: number;
  /** Of the last completed batch; what the header says where there is none. */
  batch: number;
  checksum: number;
  /** Where the last completed batch starts and ends; both the same where there is none. */
  lastBatchStart: number;
  end: number;
  /** A seal follows: everything up to `end` had been flushed. */
  isSealed: boolean;
  /** The first byte that belongs to no record in order. */
  stoppedAt: number;
}>;

export function scanSegment(
  bytes: Uint8Array,
  header: SegmentHeader,
  headerChecksum: number,
): SegmentScan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: FoundRecord[] = [];
  let completeCount = 0;
  let batch = header.previousBatch;
  let checksum = headerChecksum;
  let lastBatchStart = segmentHeaderBytes;
  let end = segmentHeaderBytes;
  let isSealed = false;

  let at = segmentHeaderBytes;
  let previous = headerChecksum;
  while (!isSealed) {
    const record = findRecord(bytes, view, at, header.sequence, header.salt);
    if (record?.previous !== previous || record.batch !== batch + 1) break;
    if (record.kind === recordKind.sealed) {
      isSealed = true;
      break;
    }
    records.push(record);
    previous = record.checksum;
    at = record.end;
    if (!record.isLastOfBatch) continue;
    completeCount = records.length;
    batch += 1;
    checksum = previous;
    lastBatchStart = end;
    end = at;
  }
  return {
    records,
    completeCount,
    batch,
    checksum,
    lastBatchStart,
    end,
    isSealed,
    stoppedAt: at,
  };
}

/** Whether what stopped the scan had once been flushed. */
export function damageWasFlushed(
  bytes: Uint8Array,
  { sequence, salt }: SegmentHeader,
  { batch, stoppedAt }: SegmentScan,
): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unfinished = batch + 1;
  for (let at = stoppedAt; at < bytes.length; at += 8) {
    const record = findRecord(bytes, view, at, sequence, salt);
    if (record !== null && record.batch > unfinished) return true;
  }
  return false;
}
