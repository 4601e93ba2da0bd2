/**
 * Upgrades that were tried and came to nothing, because some instance had no place in the new
 * definition. Whoever has that definition finds out alike at that entry. The log is told of it for
 * those who feed it to a replica later: such a definition will be corrected, and need not be kept.
 */
import type { LogIndex } from '../protocol/ids.ts';

export type Refusal = Readonly<{ machine: string; successor: string; at: LogIndex }>;

export interface Refusals {
  /** This replica has found out, or the log has told it so beforehand. */
  found(refusal: Refusal): void;
  /** The log has it. */
  told(refusal: Refusal): void;
  /** What it should still be told, the eldest first. */
  readonly untold: Iterable<Refusal>;
}

export function createRefusals(): Refusals {
  const untold = new Map<string, Refusal>();
  const nameOf = ({ machine, at }: Refusal): string => `${at} ${machine}`;

  return {
    found: (refusal) => void untold.set(nameOf(refusal), refusal),
    told: (refusal) => void untold.delete(nameOf(refusal)),
    get untold() {
      return untold.values();
    },
  };
}
