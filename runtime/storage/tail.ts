/**
 * Makes the end of a recovered journal durable before anything counts on it.
 *
 * After a crash of the process alone, what was read may have come from the page cache. And where
 * a flush had failed, the cache may show as clean what never reached the disk, so that flushing
 * it again would do nothing. Hence the last batch is written once more, in place, byte for byte;
 * all batches before it had been flushed before it was begun.
 */
import { sealBytes } from './batch-writer.ts';
import type { OpenFile } from './files.ts';
import type { LastSegment } from './recovery.ts';

/** Also cuts what a last, never completed batch left behind: beyond the end all is zero again. */
export async function settleTail(file: OpenFile, { bytes, scan }: LastSegment): Promise<void> {
  const { isSealed, lastBatchStart, end } = scan;
  // What a seal vouches for needs no second writing, and the seal stays to vouch for it.
  const from = isSealed ? end + sealBytes : lastBatchStart;
  let to = bytes.length;
  while (to > Math.max(from, end) && bytes[to - 1] === 0) to -= 1;
  if (to > from) {
    const settled = new Uint8Array(to - from);
    if (!isSealed) settled.set(bytes.subarray(lastBatchStart, end));
    await file.write(settled, from);
  }
  await file.flush();
}
