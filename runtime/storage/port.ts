/**
 * The whole of what a node needs from a disk. Every store sits the exam in exam.ts:
 * the journal on real files, the journal on a simulated disk, and memory.
 */
import type { Entry, HardState } from '../../machines/protocol/entry.ts';

/** What a store held when it was opened. */
export type Recovered = Readonly<{
  /** Null before the first election this node took part in. */
  hardState: HardState | null;
  /** In order, without gaps, from the first index the store holds. */
  entries: readonly Entry[];
}>;

export type StoreBatch = Readonly<{
  /** The latest, where several were wished for. Null: unchanged. */
  hardState: HardState | null;
  /**
   * In the order they were wished for. An entry whose index is at or below the last one
   * replaces that entry and everything after it, also within one batch.
   */
  entries: readonly Entry[];
}>;

export interface Storage {
  readonly recovered: Recovered;
  /**
   * Resolves once the batch survives a power cut. Calls are made one at a time. After a crash
   * the store holds a prefix of the batch: its hard state first, then its entries in order.
   * Rejects with a QuorateError `storage-failed` or `storage-full`; after a rejection nothing more is written.
   */
  append(batch: StoreBatch): Promise<void>;
  close(): Promise<void>;
}
