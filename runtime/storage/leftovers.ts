/** Removes what an earlier run did not get round to: spares, and segments already released. */
import { join } from 'node:path';
import type { Files } from './files.ts';
import type { RecoveredJournal } from './recovery.ts';
import { isSpareName, segmentName } from './segment.ts';

/** True: segments were among them, so that the journal now starts later than was recovered. */
export async function removeLeftovers(
  files: Files,
  folder: string,
  found: RecoveredJournal | null,
): Promise<boolean> {
  const spares = (await files.list(folder)).filter(isSpareName);
  for (const name of spares) await files.remove(join(folder, name));

  const released = (found?.segments ?? []).filter(
    ({ sequence }) => sequence < (found?.oldestSegment ?? 0),
  );
  // One by one, oldest first, so that a crash between them leaves no gap.
  for (const { sequence } of released) {
    await files.remove(join(folder, segmentName(sequence)));
    await files.flushFolder(folder);
  }
  return released.length > 0;
}
