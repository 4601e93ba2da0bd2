/**
 * The log as consensus sees it, as a value. Appending shares storage with the value it came
 * from (as a Go slice does), so it costs what is appended, and older values stay true: that is
 * what lets a chart keep the log in its context.
 */
import type { Entry } from '../protocol/entry.ts';
import {
  emptyEnd,
  nextIndex,
  plus,
  previousIndex,
  termZero,
  type LogEnd,
  type LogIndex,
  type Term,
} from '../protocol/ids.ts';
import { invariant } from '../protocol/invariant.ts';

export type Log = Readonly<{
  /** The place before the first entry we hold: the start of time, or the end of a snapshot. */
  base: LogEnd;
  /** May hold more than `length`: a younger value that was appended to this one. */
  shared: Entry[];
  length: number;
}>;

export const emptyLog = (base: LogEnd = emptyEnd): Log => ({ base, shared: [], length: 0 });

/** Entries must follow `base` without a gap; the array is ours from now on. */
export const logOf = (entries: Entry[], base: LogEnd = emptyEnd): Log => ({
  base,
  shared: entries,
  length: entries.length,
});

export const firstIndexOf = (log: Log): LogIndex => nextIndex(log.base.index);
export const lastIndexOf = (log: Log): LogIndex => plus(log.base.index, log.length);

/** The entry at `index`, or undefined where we hold none. */
export const entryAt = (log: Log, index: LogIndex): Entry | undefined => {
  const place = index - log.base.index - 1;
  return place >= 0 && place < log.length ? log.shared[place] : undefined;
};

/** The term at `index`; undefined where we cannot know: compacted away, or not there yet. */
export const termAt = (log: Log, index: LogIndex): Term | undefined =>
  index === log.base.index ? log.base.term : entryAt(log, index)?.term;

/** lastLogIndex and lastLogTerm. */
export const endOf = (log: Log): LogEnd => {
  const index = lastIndexOf(log);
  return { index, term: termAt(log, index) ?? termZero };
};

export const lastTimeOf = (log: Log): number => entryAt(log, lastIndexOf(log))?.timeMs ?? 0;

export function append(log: Log, entries: readonly Entry[]): Log {
  if (entries.length === 0) return log;
  invariant(entries[0]?.index === nextIndex(lastIndexOf(log)), 'entries join on without a gap');
  const shared = log.shared.length === log.length ? log.shared : log.shared.slice(0, log.length);
  for (const entry of entries) shared.push(entry);
  return { base: log.base, shared, length: log.length + entries.length };
}

/** Everything from `index` on is gone. What the log shares with others stays untouched. */
export function truncateFrom(log: Log, index: LogIndex): Log {
  const length = index - log.base.index - 1;
  invariant(length >= 0, 'what a snapshot covers is never truncated');
  return length >= log.length
    ? log
    : { base: log.base, shared: log.shared.slice(0, length), length };
}

/** All that we hold, committed or not. */
export const entriesOf = ({ shared, length }: Log): readonly Entry[] => shared.slice(0, length);

/** From `from` to `through`, both included. */
export function slice(log: Log, from: LogIndex, through: LogIndex): readonly Entry[] {
  const start = Math.max(0, from - log.base.index - 1);
  return log.shared.slice(start, Math.min(log.length, through - log.base.index));
}

/** From `from` on, at most so many entries and bytes of payload, but always one if there is one. */
export function sliceWithin(
  log: Log,
  from: LogIndex,
  entriesMax: number,
  bytesMax: number,
): readonly Entry[] {
  const start = from - log.base.index - 1;
  const stop = Math.min(log.length, start + entriesMax);
  let end = start;
  for (let bytes = 0; end < stop; end += 1) {
    bytes += log.shared[end]?.payload.length ?? 0;
    if (bytes > bytesMax && end > start) break;
  }
  return log.shared.slice(start, end);
}

/**
 * The latest place at or before `index` whose term is at most `term`. Two logs cannot agree
 * anywhere after it, so each step of a conflict skips a whole term (Raft §5.3, last paragraphs).
 */
export function latestPlaceUpTo(log: Log, index: LogIndex, term: Term): LogEnd {
  let place = index < lastIndexOf(log) ? index : lastIndexOf(log);
  while (place > log.base.index && (termAt(log, place) ?? termZero) > term) {
    place = previousIndex(place);
  }
  return { index: place, term: termAt(log, place) ?? termZero };
}
