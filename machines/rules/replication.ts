/** AppendEntries, both ends of it (Raft §5.3). */
import type { Entry } from '../protocol/entry.ts';
import { later, nextIndex, plus, type LogEnd, type LogIndex } from '../protocol/ids.ts';
import { invariant } from '../protocol/invariant.ts';
import {
  append,
  firstIndexOf,
  lastIndexOf,
  latestPlaceUpTo,
  termAt,
  truncateFrom,
  type Log,
} from './log.ts';

export type Received =
  | Readonly<{
      matches: true;
      log: Log;
      /** What is new to us and must reach the disk. Empty for a repetition. */
      fresh: readonly Entry[];
      /** As far as this message proves the logs equal: not our own last index, which may be a rival's. */
      matchIndex: LogIndex;
    }>
  | Readonly<{ matches: false; hint: LogEnd }>;

/**
 * Receiver rules 2 to 4. Entries are removed only from the first real conflict on, never for
 * being absent from a message that may be old, and never at or below the commit index.
 */
export function receive(
  log: Log,
  commitIndex: LogIndex,
  prev: LogEnd,
  entries: readonly Entry[],
): Received {
  if (prev.index < log.base.index) return receiveOverBase(log, commitIndex, prev, entries);
  if (termAt(log, prev.index) !== prev.term) {
    // Below our commit index we match every leader (Leader Completeness), so the search starts
    // no lower than that.
    const hint = latestPlaceUpTo(log, prev.index, prev.term);
    return {
      matches: false,
      hint: hint.index < commitIndex ? commitPlace(log, commitIndex) : hint,
    };
  }
  const conflictAt = entries.findIndex(({ index, term }) => termAt(log, index) !== term);
  const matchIndex = plus(prev.index, entries.length);
  if (conflictAt < 0) return { matches: true, log, fresh: [], matchIndex };

  const fresh = conflictAt === 0 ? entries : entries.slice(conflictAt);
  const from = fresh[0]?.index ?? nextIndex(lastIndexOf(log));
  invariant(from > commitIndex, 'a committed entry is never replaced (Leader Completeness)');
  return { matches: true, log: append(truncateFrom(log, from), fresh), fresh, matchIndex };
}

const commitPlace = (log: Log, commitIndex: LogIndex): LogEnd => ({
  index: commitIndex,
  term: termAt(log, commitIndex) ?? log.base.term,
});

/** A late append that begins in what a snapshot already covers: that part is known to be equal. */
function receiveOverBase(
  log: Log,
  commitIndex: LogIndex,
  prev: LogEnd,
  entries: readonly Entry[],
): Received {
  const beyond = entries.filter(({ index }) => index >= firstIndexOf(log));
  const through = plus(prev.index, entries.length);
  if (beyond.length === 0) return { matches: true, log, fresh: [], matchIndex: through };
  return receive(log, commitIndex, log.base, beyond);
}

/**
 * Where the leader tries next after a refusal. The hint is the latest place of the follower's
 * log whose term does not exceed that of the refused place; ours cannot agree with it after
 * our own latest place of at most that term. So each round trip skips a whole term of either
 * log (Raft §5.3). Never below what is known to match.
 */
export function nextAfterRefusal(log: Log, matchIndex: LogIndex, hint: LogEnd): LogIndex {
  const agreeAtMost = latestPlaceUpTo(log, hint.index, hint.term);
  return nextIndex(later(agreeAtMost.index, matchIndex));
}
