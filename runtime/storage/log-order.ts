/** The one rule about what a log may be given: no gaps. */
import type { Entry } from '../../machines/protocol/entry.ts';
import { invariant } from '../../machines/protocol/invariant.ts';

export type Indexes = Readonly<{ lastIndex: number; highestIndex: number }>;

/** The log's last index once it has these entries, and the highest among them (or zero). */
export function indexesOf(entries: readonly Entry[], lastBefore: number): Indexes {
  let lastIndex = lastBefore;
  let highestIndex = 0;
  for (const { index } of entries) {
    // A store that holds nothing may start anywhere: what came before is in a snapshot.
    invariant(index > 0 && (index <= lastIndex + 1 || lastIndex === 0), 'a log has no gaps');
    lastIndex = index;
    if (index > highestIndex) highestIndex = index;
  }
  return { lastIndex, highestIndex };
}
