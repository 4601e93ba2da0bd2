/** Proposals and reads, from our own clients and from followers' (Raft §8; dissertation §6.4). */
import type { Effect } from '../protocol/effects.ts';
import type { Entry, Proposal } from '../protocol/entry.ts';
import type { RefusalCode } from '../protocol/errors.ts';
import { lastIndexOf, append } from './log.ts';
import { nextIndex, plus, type NodeId, type ProposalId } from '../protocol/ids.ts';
import type { HeartbeatAck, ReadIndexGranted } from '../protocol/messages.ts';
import { limits } from '../protocol/limits.ts';
import { say, type NodeState, type Step } from './node-state.ts';
import { drawInteger } from './random.ts';
import {
  acknowledgeRound,
  beginRound,
  closeRound,
  isRoundConfirmed,
  queueRead,
  type ReadBatch,
} from './reading.ts';
import { clusterTime } from './reign.ts';
import { newsOf, showLog, tellAll } from './leading.ts';

/** Whose clients ask: our own, or a follower's. */
type Asked = Readonly<{ origin: NodeId; proposals: readonly Proposal[]; nowMs: number }>;

/** Into the log, onto our disk and to every peer at once (dissertation §10.2.1: in parallel). */
export function place(state: NodeState, { origin, proposals, nowMs }: Asked): Step {
  if (proposals.length === 0) return {};
  const first = nextIndex(lastIndexOf(state.log));
  const { term } = state.hardState;
  const timeMs = clusterTime(state.reign, nowMs);
  let { random } = state;
  const entries = proposals.map(({ payload }, nth): Entry => {
    const [seed, next] = drawInteger(random, 0, 0xffff_ffff);
    random = next;
    return { index: plus(first, nth), term, kind: 'command', timeMs, seed, payload };
  });
  const log = append(state.log, entries);
  const persist: Effect = { type: 'persist', hardState: null, entries, thenSend: [] };
  const awaitedBy =
    origin === state.self ? state.awaitedBy : { ...state.awaitedBy, [origin]: lastIndexOf(log) };
  return {
    now: { log, random, awaitedBy },
    wishes:
      origin === state.self
        ? [persist, { type: 'placed', proposalIds: idsOf(proposals), firstIndex: first, term }]
        : [persist],
    tell: tellAll(state, showLog({ ...state, log })),
  };
}

/** With this much that no majority has yet, more would only wait, in memory. */
export const isBackedUp = ({ log, commitIndex }: NodeState): boolean =>
  lastIndexOf(log) - commitIndex >= limits.uncommittedEntriesMax;

export const refuseOverload = (state: NodeState, { origin, proposals }: Asked): Step => ({
  wishes: [
    refuse(
      state,
      origin,
      idsOf(proposals),
      'overloaded',
      `${limits.uncommittedEntriesMax} entries wait for a majority already: slow down and try again`,
    ),
  ],
});

const idsOf = (proposals: readonly Proposal[]): readonly ProposalId[] =>
  proposals.map((proposal) => proposal.proposalId);

const refuse = (
  { self, hardState }: NodeState,
  origin: NodeId,
  proposalIds: readonly ProposalId[],
  code: RefusalCode,
  message: string,
): Effect =>
  origin === self
    ? { type: 'refuse', proposalIds, code, message }
    : say(origin, {
        kind: 'forwardRefused',
        term: hardState.term,
        proposalIds,
        code,
        message,
      });

/** Whoever asked us knows no better than we did: it may try the next leader. */
export const declineForward = (
  state: NodeState,
  origin: NodeId,
  proposals: readonly Proposal[],
): Step => ({
  wishes: [refuse(state, origin, idsOf(proposals), 'no-leader', `${state.self} does not lead now`)],
});

/** A follower's own clients' proposals go to the leader; with none, they wait where they are. */
export function forward({ leader, hardState }: NodeState, proposals: readonly Proposal[]): Step {
  if (leader === null) return {};
  const { term } = hardState;
  return {
    wishes: inPieces(proposals).flatMap((piece): readonly Effect[] => [
      { type: 'forwarded', to: leader, proposals: piece },
      say(leader, { kind: 'forward', term, proposals: piece }),
    ]),
  };
}

/** Each of them fits a frame, whatever came together in one turn. */
function inPieces(proposals: readonly Proposal[]): readonly (readonly Proposal[])[] {
  const pieces: Proposal[][] = [];
  let piece: Proposal[] = [];
  let bytes = 0;
  for (const proposal of proposals) {
    const isFull = piece.length >= limits.appendEntriesMax || bytes >= limits.appendBytesMax;
    if (piece.length === 0 || isFull) {
      piece = [];
      pieces.push(piece);
      bytes = 0;
    }
    piece.push(proposal);
    bytes += proposal.payload.length;
  }
  return pieces;
}

export const askForReadIndex = ({ leader, hardState }: NodeState, readId: number): Step => ({
  wishes: [
    leader === null
      ? { type: 'readFailed', readId }
      : say(leader, { kind: 'readIndexRequest', term: hardState.term, readId }),
  ],
});

/** An index vouched for by a leader of another term than ours is not used; the reader asks again. */
export const useReadIndex = ({ hardState }: NodeState, message: ReadIndexGranted): Step => ({
  wishes: [
    message.term === hardState.term
      ? { type: 'readReady', readId: message.readId, index: message.index }
      : { type: 'readFailed', readId: message.readId },
  ],
});

export const takeRead = ({ reads }: NodeState, batch: ReadBatch): Step => ({
  now: { reads: queueRead(reads, batch) },
});

/** A new round of heartbeats for all who wait. */
export function openRound(state: NodeState): Step {
  const reads = beginRound(state.reads, state.self, state.commitIndex);
  const { round } = reads;
  const { commitIndex } = state;
  return { now: { reads }, tell: tellAll(state, { type: 'lead.round', round, commitIndex }) };
}

export const acknowledge = (state: NodeState, from: NodeId, message: HeartbeatAck): Step => ({
  now: { reads: acknowledgeRound(state.reads, from, message.round) },
});

export const isConfirmed = ({ reads, voters }: NodeState): boolean =>
  isRoundConfirmed(reads, voters);

export const haveReaders = ({ reads }: NodeState): boolean => reads.waiting.length > 0;

export function release(state: NodeState): Step {
  const { reads, self, hardState } = state;
  const index = reads.readIndex;
  return {
    now: { reads: closeRound(reads) },
    wishes: reads.confirming.map(({ origin, readId }) =>
      origin === self
        ? { type: 'readReady', readId, index }
        : say(origin, { kind: 'readIndexGranted', term: hardState.term, readId, index }),
    ),
    // The reader can only use the index once it knows that much to be committed.
    tell: reads.confirming
      .filter(({ origin }) => origin !== self)
      .map(({ origin }) => ({ peer: origin, event: newsOf(state.commitIndex) })),
  };
}

const turnAway = ({ self, hardState }: NodeState, { origin, readId }: ReadBatch): Effect =>
  origin === self
    ? { type: 'readFailed', readId }
    : say(origin, { kind: 'readIndexRefused', term: hardState.term, readId });

/** No longer able to vouch for anything: every reader must ask somebody else. */
export const turnReadersAway = (state: NodeState): Step => ({
  now: { reads: { ...state.reads, confirming: [], waiting: [] } },
  wishes: [...state.reads.confirming, ...state.reads.waiting].map((batch) =>
    turnAway(state, batch),
  ),
});

export const turnAwayReader = (state: NodeState, batch: ReadBatch): Step => ({
  wishes: [turnAway(state, batch)],
});
