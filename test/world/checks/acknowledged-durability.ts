/**
 * Durability of what was acknowledged: when a client is told `committed`, a majority has it on
 * disk, in the place that it was told; and it is still there when everything is over.
 */
import type { Entry } from '../../../machines/protocol/entry.ts';
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { Durable } from '../disk.ts';
import { isSameEntry, type Finding } from './glimpse.ts';

type CommittedAt = (index: number) => Entry | undefined;

export function acknowledgedDurability(committedAt: CommittedAt) {
  const acknowledged = new Set<number>();
  let fresh: number[] = [];

  const copies = (entry: Entry, durables: readonly Durable[]): number => {
    let count = 0;
    for (const { entries } of durables) {
      const held = entries[entry.index - 1];
      if (held !== undefined && isSameEntry(held, entry)) count += 1;
    }
    return count;
  };

  return {
    answered(outcome: Outcome): void {
      if (outcome.end !== 'committed' || acknowledged.has(outcome.index)) return;
      acknowledged.add(outcome.index);
      fresh.push(outcome.index);
    },

    /** After each event, when what it did to the nodes has been seen. */
    seen(durables: readonly Durable[]): Finding {
      if (fresh.length === 0) return null;
      const indexes = fresh;
      fresh = [];
      for (const index of indexes) {
        const entry = committedAt(index);
        if (entry === undefined) {
          // Whoever committed it has died at once: others will, or it shows when all is over.
          fresh.push(index);
          continue;
        }
        const held = copies(entry, durables);
        if (held * 2 <= durables.length) {
          return `${index} was acknowledged with ${held} of ${durables.length} copies on disk`;
        }
      }
      return null;
    },

    /** Once everybody has everything. */
    over(durables: readonly Durable[]): Finding {
      for (const index of acknowledged) {
        const entry = committedAt(index);
        const held = entry === undefined ? 0 : copies(entry, durables);
        if (held * 2 <= durables.length) return `${index} was acknowledged, and is lost`;
      }
      return null;
    },
  };
}
