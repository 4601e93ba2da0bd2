/**
 * How far one follower is, as its leader sees it, and what to send it next (Raft §5.3;
 * dissertation §10.2.1, pipelining).
 */
import type { Entry } from '../protocol/entry.ts';
import {
  earlier,
  indexZero,
  later,
  nextIndex,
  previousIndex,
  termZero,
  type LogEnd,
  type LogIndex,
  type Term,
} from '../protocol/ids.ts';
import { limits } from '../protocol/limits.ts';
import type { Append, Commit, Heartbeat } from '../protocol/messages.ts';
import { lastIndexOf, sliceWithin, termAt, type Log } from './log.ts';
import { nextAfterRefusal } from './replication.ts';

export type Progress = Readonly<{
  /** The leader's term, log and commit index, as last told. */
  term: Term;
  log: Log;
  commitIndex: LogIndex;
  /** On the follower's disk and equal to ours up to here. Zero until it says so. */
  matchIndex: LogIndex;
  /** The first entry that has not been sent yet. */
  nextIndex: LogIndex;
  /** The last index of each append that is still unanswered, oldest first. */
  inFlight: readonly LogIndex[];
  /** The commit index that the follower was last sent. */
  toldCommit: LogIndex;
  /** The leader's pulses so far, and which of them it was last asked after. */
  pulses: number;
  askedAtPulse: number;
}>;

export const newProgress = (term: Term, log: Log, commitIndex: LogIndex): Progress => ({
  term,
  log,
  commitIndex,
  matchIndex: indexZero,
  // The leader's own first entry: a follower that lacks no other takes it at once.
  nextIndex: lastIndexOf(log),
  inFlight: [],
  toldCommit: indexZero,
  pulses: 0,
  askedAtPulse: 0,
});

const append = (
  { term, log, commitIndex }: Progress,
  from: LogIndex,
  entries: readonly Entry[],
): Append => {
  const index = previousIndex(from);
  const prev: LogEnd = { index, term: termAt(log, index) ?? termZero };
  return { kind: 'append', term, prev, entries, commitIndex };
};

const someFrom = (log: Log, from: LogIndex): readonly Entry[] =>
  sliceWithin(log, from, limits.appendEntriesMax, limits.appendBytesMax);

/** One append from `nextIndex` on. If its answer is missing, a {@link poke} asks again, for less. */
export const probe = (progress: Progress): Append =>
  append(progress, progress.nextIndex, someFrom(progress.log, progress.nextIndex));

/** An append without entries behind all that was sent: its refusal shows that something was lost. */
export const poke = (progress: Progress): Append => append(progress, progress.nextIndex, []);

export const countPulse = (progress: Progress): Progress => ({
  ...progress,
  pulses: progress.pulses + 1,
});

/** At most once a pulse: acknowledgements come with every round of reads, far more often. */
export const isDueToBeAsked = ({ pulses, askedAtPulse }: Progress): boolean =>
  pulses > askedAtPulse;

export const noteAsked = (progress: Progress): Progress => ({
  ...progress,
  askedAtPulse: progress.pulses,
});

export const isWindowFull = ({ inFlight }: Progress): boolean =>
  inFlight.length >= limits.appendsInFlightMax;

export const isBehind = ({ matchIndex, log }: Progress): boolean => matchIndex < lastIndexOf(log);

/** Appends for everything that has not been sent yet, as far as the window allows. */
export function fillWindow(progress: Progress): readonly [Progress, readonly Append[]] {
  const appends: Append[] = [];
  const inFlight = [...progress.inFlight];
  let from = progress.nextIndex;
  const last = lastIndexOf(progress.log);
  while (from <= last && inFlight.length < limits.appendsInFlightMax) {
    const entries = someFrom(progress.log, from);
    appends.push(append(progress, from, entries));
    from = (from + entries.length) as LogIndex;
    inFlight.push(previousIndex(from));
  }
  if (appends.length === 0) return [progress, appends];
  return [{ ...progress, nextIndex: from, inFlight, toldCommit: progress.commitIndex }, appends];
}

/** Tells of a newer commit index where no append is on its way to do so. Never beyond what matches. */
export function commitNotice(progress: Progress): readonly [Progress, Commit | null] {
  const commitIndex = earlier(progress.commitIndex, progress.matchIndex);
  if (commitIndex <= progress.toldCommit) return [progress, null];
  return [
    { ...progress, toldCommit: commitIndex },
    { kind: 'commit', term: progress.term, commitIndex },
  ];
}

/** A heartbeat's commit index stays within what is known to match: it proves nothing about the rest. */
export const heartbeat = (progress: Progress, round: number): Heartbeat => ({
  kind: 'heartbeat',
  term: progress.term,
  commitIndex: earlier(progress.commitIndex, progress.matchIndex),
  round,
});

/** Acknowledgements may come late and out of order; a match never goes back. */
export const learnMatch = (progress: Progress, matchIndex: LogIndex): Progress => ({
  ...progress,
  matchIndex: later(progress.matchIndex, matchIndex),
  nextIndex: later(progress.nextIndex, nextIndex(matchIndex)),
  inFlight: progress.inFlight.filter((last) => last > matchIndex),
});

/** An old refusal says nothing about what we tried since. */
export const isAnswerToProbe = ({ nextIndex: next }: Progress, prevIndex: LogIndex): boolean =>
  prevIndex === previousIndex(next);

/** While streaming, anything refused beyond the match means that something before it was lost. */
export const isGap = ({ matchIndex }: Progress, prevIndex: LogIndex): boolean =>
  prevIndex > matchIndex;

export const backOff = (progress: Progress, hint: LogEnd): Progress => ({
  ...progress,
  nextIndex: nextAfterRefusal(progress.log, progress.matchIndex, hint),
  inFlight: [],
});

/** Nothing that was sent can be counted on: begin again behind what matches. */
export const startOver = (progress: Progress): Progress => ({
  ...progress,
  nextIndex: progress.matchIndex > 0 ? nextIndex(progress.matchIndex) : progress.nextIndex,
  inFlight: [],
  toldCommit: indexZero,
});
