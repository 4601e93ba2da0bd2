/** The segment that is being written: how it is begun, and how it is taken up again. */
import { join } from 'node:path';
import type { Files, OpenFile } from './files.ts';
import type { RecoveredJournal } from './recovery.ts';
import {
  encodeHeader,
  headerChecksum,
  segmentHeaderBytes,
  segmentName,
  type SegmentHeader,
} from './segment.ts';
import type { Spare } from './spares.ts';
import { settleTail } from './tail.ts';

export type CurrentSegment = {
  readonly file: OpenFile;
  readonly header: SegmentHeader;
  /** Where the next batch goes. */
  end: number;
  /** Of the last record, which the next one names. */
  checksum: number;
  /** The highest log index among its entries; zero without any. */
  highestIndex: number;
};

export const isUnused = ({ end }: CurrentSegment): boolean => end === segmentHeaderBytes;

/** What the header of a journal's first segment says of what came before it. */
export const beforeTheFirst = {
  sequence: 1,
  previous: 0,
  oldest: 1,
  previousBatch: 0,
  previousIndex: 0,
} as const satisfies Partial<SegmentHeader>;

/** No record may go in before header, name and folder are durable, in this order. */
export async function beginSegment(
  files: Files,
  folder: string,
  { path, size, file }: Spare,
  before: Omit<SegmentHeader, 'size'>,
): Promise<CurrentSegment> {
  const header = { ...before, size };
  const bytes = encodeHeader(header);
  try {
    await file.write(bytes, 0);
    await file.flush();
    await files.rename(path, join(folder, segmentName(header.sequence)));
    await files.flushFolder(folder);
  } catch (cause) {
    await file.close().catch(() => {});
    throw cause;
  }
  const checksum = headerChecksum(bytes);
  return { file, header, end: segmentHeaderBytes, checksum, highestIndex: 0 };
}

/** What was recovered counts once this resolves, and not before. */
export async function resumeSegment(
  files: Files,
  folder: string,
  { last, segments }: RecoveredJournal,
): Promise<CurrentSegment> {
  const { header, scan } = last;
  const file = await files.open(join(folder, segmentName(header.sequence)));
  try {
    await settleTail(file, last);
    await files.flushFolder(folder);
  } catch (cause) {
    await file.close().catch(() => {});
    throw cause;
  }
  const highestIndex = segments.at(-1)?.highestIndex ?? 0;
  return { file, header, end: scan.end, checksum: scan.checksum, highestIndex };
}
