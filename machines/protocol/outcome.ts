/**
 * The three ends of a proposal, never mixed up. Collapsing the last two is the
 * classic client bug.
 */
import type { MachineEvent } from './entry.ts';
import type { RefusalCode } from './errors.ts';
import type { LogIndex, Term } from './ids.ts';

/** What a client may see of an instance: plain JSON-like data, immutable. */
export type InstanceView = Readonly<{
  status: 'active' | 'done' | 'error' | 'stopped';
  value: unknown;
  context: unknown;
  output?: unknown;
  error?: unknown;
}>;

/** In the log of a majority, on disk, and applied. */
export type Committed = Readonly<{
  end: 'committed';
  index: LogIndex;
  term: Term;
  /** False where the machine had no transition for the event; nothing changed then. */
  accepted: boolean;
  /**
   * The instance right after this event. Null only in the answer to a retry that comes so late
   * that the state of that moment is no longer kept.
   */
  view: InstanceView | null;
  emitted: readonly MachineEvent[];
}>;

/** It was not and never will be applied. */
export type Refused = Readonly<{ end: 'refused'; code: RefusalCode; message: string }>;

/** It may or may not be applied, now or later. Only the same proposal id makes a retry safe. */
export type Unknown = Readonly<{ end: 'unknown'; message: string }>;

/**
 * What applying an entry decided, the same on every node. Unknown where the proposal was so long
 * under way that its first application, if there was one, may be forgotten.
 */
export type Applied = Committed | Refused | Unknown;

export type Outcome = Applied;

export const refused = (code: RefusalCode, message: string): Refused => ({
  end: 'refused',
  code,
  message,
});
