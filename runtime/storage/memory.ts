/** A store in memory, the journal's twin for tests: what it held survives in a shared object. */
import type { Entry, HardState } from '../../machines/protocol/entry.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { indexesOf } from './log-order.ts';
import type { Storage } from './port.ts';

/** What stays when a store is gone. Opening it again finds this. */
export type Memory = { hardState: HardState | null; entries: Entry[] };

export const emptyMemory = (): Memory => ({ hardState: null, entries: [] });

export type MemoryStorageOptions = Readonly<{
  /** How long a flush takes; a batch that is still waiting is lost in a crash. */
  latency?: () => Promise<void>;
}>;

export async function openMemoryStorage(
  memory: Memory,
  { latency }: MemoryStorageOptions = {},
): Promise<Storage> {
  let isClosed = false;
  return {
    recovered: { hardState: memory.hardState, entries: [...memory.entries] },

    append: async ({ hardState, entries }) => {
      if (isClosed) throw new QuorateError('storage-failed', 'the store is closed already');
      indexesOf(entries, memory.entries.at(-1)?.index ?? 0);
      const copies = entries.map((entry) => ({ ...entry, payload: entry.payload.slice() }));
      await latency?.();
      memory.hardState = hardState ?? memory.hardState;
      for (const entry of copies) {
        const first = memory.entries[0]?.index ?? entry.index;
        memory.entries.length = Math.max(0, entry.index - first);
        memory.entries.push(entry);
      }
    },

    close: async () => {
      isClosed = true;
    },
  };
}
