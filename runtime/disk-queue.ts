/**
 * Durable before audible: what promises something about the disk leaves only after the flush
 * that makes it true. Writes stand in line; all that gathers behind one goes out as the next
 * (group commit). After a failed one, silence: there is no telling what is on the disk.
 */
import type { Persist } from '../machines/protocol/effects.ts';
import type { Entry, HardState } from '../machines/protocol/entry.ts';
import type { DiskFlushed, Unstamped } from '../machines/protocol/events.ts';
import type { Addressed } from '../machines/protocol/messages.ts';
import type { Storage } from './storage/port.ts';

type Gathered = { hardState: HardState | null; entries: Entry[]; thenSend: Addressed[] };

type World = Readonly<{
  storage: Storage;
  send: (envelopes: readonly Addressed[]) => void;
  flushed: (event: Unstamped<DiskFlushed>) => void;
  failed: (cause: unknown) => void;
}>;

export type DiskQueue = Readonly<{
  /** Joins the next write. Nothing happens before `kick`. */
  add(wish: Persist): void;
  /** Starts the next write, if none is under way. */
  kick(): void;
  /** Resolves when the write under way has ended, well or badly. */
  idle(): Promise<void>;
}>;

const nothing = (): Gathered => ({ hardState: null, entries: [], thenSend: [] });
const isEmpty = ({ hardState, entries }: Gathered): boolean =>
  hardState === null && entries.length === 0;

export function diskQueue({ storage, send, flushed, failed }: World): DiskQueue {
  let next = nothing();
  let writing: Promise<void> | null = null;
  let isBroken = false;

  const write = async (batch: Gathered): Promise<void> => {
    try {
      await storage.append(batch);
    } catch (cause) {
      isBroken = true;
      failed(cause);
      return;
    } finally {
      writing = null;
    }
    const last = batch.entries.at(-1);
    send(batch.thenSend);
    flushed({
      type: 'disk.flushed',
      hardState: batch.hardState,
      last: last === undefined ? null : { index: last.index, term: last.term },
    });
  };

  const kick = (): void => {
    if (writing !== null || isBroken) return;
    const batch = next;
    if (isEmpty(batch)) {
      // Nothing to wait for: everything that this vouches for is on disk already.
      if (batch.thenSend.length === 0) return;
      next = nothing();
      send(batch.thenSend);
      return;
    }
    next = nothing();
    writing = write(batch);
  };

  return {
    add({ hardState, entries, thenSend }) {
      if (hardState !== null) next.hardState = hardState;
      for (const entry of entries) next.entries.push(entry);
      for (const envelope of thenSend) next.thenSend.push(envelope);
    },
    kick,
    async idle() {
      await writing;
    },
  };
}
