/** Leading: taking office, counting copies, committing, keeping the quorum, handing over. */
import type { Effect } from '../protocol/effects.ts';
import type { Entry } from '../protocol/entry.ts';
import type { DiskFlushed } from '../protocol/events.ts';
import { indexZero, later, nextIndex, type LogIndex, type NodeId } from '../protocol/ids.ts';
import type { AppendAccepted, AppendRefused } from '../protocol/messages.ts';
import { commitIndexOf } from './commit.ts';
import { applyBetween } from './following.ts';
import { chooseHeir } from './handover.ts';
import { append, lastIndexOf, lastTimeOf, termAt } from './log.ts';
import { othersOf, say, type NodeState, type Step } from './node-state.ts';
import type { PeerEvent } from './peer-events.ts';
import { isMajority } from './quorum.ts';
import { drawInteger } from './random.ts';
import { noReads } from './reading.ts';

const nothing = new Uint8Array(0);

export const tellAll = (state: NodeState, event: PeerEvent): NonNullable<Step['tell']> =>
  othersOf(state).map((peer) => ({ peer, event }));

/**
 * The first act of a leader is an entry of its own term: nothing older can be committed without
 * one (Raft §5.4.2), and until it is, nobody can tell what is current (§8).
 */
export function takeOffice(state: NodeState, nowMs: number): Step {
  const index = nextIndex(lastIndexOf(state.log));
  const fromTimeMs = lastTimeOf(state.log);
  const [seed, random] = drawInteger(state.random, 0, 0xffff_ffff);
  const noop: Entry = {
    index,
    term: state.hardState.term,
    kind: 'noop',
    timeMs: fromTimeMs,
    seed,
    payload: nothing,
  };
  return {
    now: {
      random,
      leader: state.self,
      log: append(state.log, [noop]),
      reign: { sinceMs: nowMs, fromTimeMs },
      noopIndex: index,
      matched: {},
      heard: new Set([state.self]),
      reads: noReads,
      toldCommit: indexZero,
      awaitedBy: {},
      heir: null,
    },
    wishes: [
      { type: 'persist', hardState: null, entries: [noop], thenSend: [] },
      { type: 'leaderChanged', leader: state.self },
    ],
  };
}

/** The log grew: every peer decides what to send. */
export const showLog = ({ log, commitIndex }: NodeState): PeerEvent => ({
  type: 'log.grew',
  log,
  commitIndex,
});

function matchUpTo(state: NodeState, who: NodeId, index: LogIndex): Step {
  const matched = { ...state.matched, [who]: later(state.matched[who] ?? indexZero, index) };
  const { term } = state.hardState;
  const commitIndex = commitIndexOf(state.log, state.commitIndex, term, matched, state.voters);
  if (commitIndex === state.commitIndex) return { now: { matched } };
  const wishes: readonly Effect[] = applyBetween(state.log, state.commitIndex, commitIndex);
  return {
    now: { matched, commitIndex },
    wishes,
    // Those whose clients wait are told at once, the others with the next append, or soon.
    tell: othersOf(state)
      .filter((peer) => (state.awaitedBy[peer] ?? indexZero) > state.commitIndex)
      .map((peer) => ({ peer, event: newsOf(commitIndex) })),
  };
}

export const newsOf = (commitIndex: LogIndex): PeerEvent => ({
  type: 'lead.tellsCommit',
  commitIndex,
});

export const owesNotice = ({ commitIndex, toldCommit, voters }: NodeState): boolean =>
  commitIndex > toldCommit && voters.length > 1;

export const tellCommit = (state: NodeState): Step => ({
  now: { toldCommit: state.commitIndex },
  tell: tellAll(state, newsOf(state.commitIndex)),
});

/** A copy on a follower's disk (Raft §5.3, §5.4.2). */
export function learnMatch(
  state: NodeState,
  { from, message }: Readonly<{ from: NodeId; message: AppendAccepted }>,
): Step {
  // No follower can hold more than we have sent: whatever claims so is confused, and is capped.
  const { matchIndex } = message;
  const last = lastIndexOf(state.log);
  const index = matchIndex < last ? matchIndex : last;
  const { tell = [], ...step } = matchUpTo(state, from, index);
  return {
    ...step,
    tell: [{ peer: from, event: { type: 'wire.appendAccepted', matchIndex: index } }, ...tell],
  };
}

/**
 * Our own copy counts like any other: once flushed, and only if what was flushed is still what
 * our log says there (a completion may be late, and of entries since replaced).
 */
export const learnOwnMatch = (state: NodeState, { last }: DiskFlushed): Step =>
  last !== null && termAt(state.log, last.index) === last.term
    ? matchUpTo(state, state.self, last.index)
    : {};

export const learnRefusal = ({
  from,
  message,
}: Readonly<{ from: NodeId; message: AppendRefused }>): Step => ({
  tell: [
    {
      peer: from,
      event: { type: 'wire.appendRefused', prevIndex: message.prevIndex, hint: message.hint },
    },
  ],
});

export const beat = (state: NodeState): Step => ({
  tell: tellAll(state, {
    type: 'lead.pulse',
    round: state.reads.round,
    commitIndex: state.commitIndex,
  }),
});

/** Check-quorum (dissertation §6.2): who has answered since we last looked. */
export const noteHeard = ({ heard }: NodeState, from: NodeId): Step =>
  heard.has(from) ? {} : { now: { heard: new Set([...heard, from]) } };

export const hasHeardMajority = ({ heard, voters }: NodeState): boolean =>
  isMajority(heard, voters);

export const countAnew = ({ self }: NodeState): Step => ({ now: { heard: new Set([self]) } });

export const heirFor = (state: NodeState, wished: NodeId | null): NodeId | null =>
  chooseHeir(wished, othersOf(state), state.heard, state.matched);

export const nameHeir = (state: NodeState, wished: NodeId | null): Step => ({
  now: { heir: heirFor(state, wished) },
});

/** Dissertation §3.10: an heir must hold our whole log before it is told to stand. */
export const isHeirReady = ({ heir, matched, log }: NodeState): boolean =>
  heir !== null && (matched[heir] ?? indexZero) === lastIndexOf(log);

export const summonHeir = ({ heir, hardState }: NodeState): Step =>
  heir === null ? {} : { wishes: [say(heir, { kind: 'timeoutNow', term: hardState.term })] };

/** Leadership stays; whoever waited for the next leader may ask us again. */
export const stayInOffice = ({ self }: NodeState): Step => ({
  now: { heir: null },
  wishes: [{ type: 'leaderChanged', leader: self }],
});

export const leaveOffice = (): Step => ({
  now: { leader: null, heir: null },
  wishes: [{ type: 'leaderChanged', leader: null }],
});
