/** A node's storage as it runs: its data folder, locked and checked, with a journal in it. */
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Clock } from '../clock.ts';
import { openDataFolder } from './data-folder.ts';
import type { Files } from './files.ts';
import { openJournal, type Journal } from './journal.ts';
import { realFiles } from './real-files.ts';

export type JournalStorageOptions = Readonly<{
  path: string;
  cluster: string;
  node: NodeId;
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout' | 'seed'>;
  files?: Files;
  segmentBytes?: number;
  sealAfterMs?: number;
}>;

/** Closing, or failing half-way, undoes it backwards. */
export async function openJournalStorage(options: JournalStorageOptions): Promise<Journal> {
  const { path, cluster, node, clock, files = realFiles, segmentBytes, sealAfterMs } = options;
  const lock = await openDataFolder({ files, path, cluster, node });
  try {
    const journal = await openJournal({ files, folder: path, clock, segmentBytes, sealAfterMs });
    let closing: Promise<void> | null = null;
    const close = async (): Promise<void> => {
      await journal.close();
      await lock.release();
    };
    return {
      recovered: journal.recovered,
      append: (batch) => journal.append(batch),
      releaseThrough: (through) => journal.releaseThrough(through),
      close: () => (closing ??= close()),
    };
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}
