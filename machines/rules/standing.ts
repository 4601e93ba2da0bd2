/** Standing for election and voting in one (Raft §5.2, §5.4.1; dissertation §9.6, §3.10). */
import { nextTerm, type NodeId } from '../protocol/ids.ts';
import type { HardState } from '../protocol/entry.ts';
import type { Effect } from '../protocol/effects.ts';
import type { DiskFlushed } from '../protocol/events.ts';
import type { Message, PreVoteRequest, VoteRequest } from '../protocol/messages.ts';
import { adoptTerm, hasVoteToGive, isAtLeastAsFresh, wouldVoteFor } from './election.ts';
import { isMajority } from './quorum.ts';
import { ourEnd, promise, say, toAll, type NodeState, type Step } from './node-state.ts';
import { drawPatience, withVotersRecording } from './patience.ts';

type From<M extends Message> = Readonly<{ from: NodeId; message: M }>;

const pledge = (hardState: HardState): Effect => ({
  type: 'persist',
  hardState,
  entries: [],
  thenSend: [],
});

const noLeader: Effect = { type: 'leaderChanged', leader: null };

/** Drawn anew each time, or two rivals would split the vote for ever (Raft §5.2). */
export function redrawPatience({ random }: NodeState): Step {
  const [patienceMs, next] = drawPatience(random);
  return { now: { patienceMs, random: next } };
}

/** Asks around without raising the term: a node that was cut off cannot disturb (§9.6). */
export function sound(state: NodeState): Step {
  const { term } = state.hardState;
  return {
    now: { preVotes: new Set([state.self]), leader: null, summoned: false },
    wishes: [
      ...(state.leader === null ? [] : [noLeader]),
      {
        type: 'send',
        envelopes: toAll(state, { kind: 'preVoteRequest', term, last: ourEnd(state) }),
      },
    ],
  };
}

/**
 * A new term and our own vote in it, durable in one step before anybody is asked: a rival that
 * asks us after a crash must find that the vote is given (Raft §5.2).
 */
export function stand(state: NodeState, nowMs: number): Step {
  const hardState = { term: nextTerm(state.hardState.term), votedFor: state.self };
  return {
    now: { hardState, votes: new Set(), leader: null, stoodAtMs: nowMs },
    wishes: [pledge(hardState), ...(state.leader === null ? [] : [noLeader])],
  };
}

/**
 * Our own vote counts like any other: now that it is on disk. Patience begins here, and makes room
 * for what the voters write before they answer.
 */
export function ask(state: NodeState, nowMs: number): Step {
  const request: VoteRequest = {
    kind: 'voteRequest',
    term: state.hardState.term,
    last: ourEnd(state),
    transfer: state.summoned,
  };
  return {
    now: {
      votes: new Set([...state.votes, state.self]),
      patienceMs: withVotersRecording(state.patienceMs, nowMs - state.stoodAtMs),
    },
    wishes: [{ type: 'send', envelopes: toAll(state, request) }],
  };
}

export const beSummoned = (): Step => ({ now: { summoned: true } });

export const countPreVote = ({ preVotes }: NodeState, from: NodeId): Step => ({
  now: { preVotes: new Set([...preVotes, from]) },
});

export const countVote = ({ votes }: NodeState, from: NodeId): Step => ({
  now: { votes: new Set([...votes, from]) },
});

export const wouldWin = ({ preVotes, voters }: NodeState): boolean => isMajority(preVotes, voters);

export const hasWon = ({ votes, voters }: NodeState): boolean => isMajority(votes, voters);

export const learnDurable = (_: NodeState, { hardState }: DiskFlushed): Step =>
  hardState === null ? {} : { now: { durable: hardState } };

export const wouldGrant = (state: NodeState, { from, message }: From<VoteRequest>): boolean =>
  message.term === state.hardState.term &&
  hasVoteToGive(state.hardState, message.term, from) &&
  isAtLeastAsFresh(message.last, ourEnd(state));

/** The vote is a promise about our disk, so it leaves with the flush. */
export function grantVote(state: NodeState, { from }: From<VoteRequest>): Step {
  const { term } = state.hardState;
  const hardState = { term, votedFor: from };
  return {
    now: { hardState },
    wishes: [
      {
        type: 'persist',
        hardState,
        entries: [],
        thenSend: [{ to: from, message: { kind: 'voteGranted', term } }],
      },
    ],
  };
}

export const refuseVote = ({ hardState }: NodeState, from: NodeId): Step => ({
  wishes: [promise(from, { kind: 'voteRefused', term: hardState.term })],
});

/** Binds nobody and changes nothing, so nothing needs to be on disk. */
export function answerPreVote(state: NodeState, { from, message }: From<PreVoteRequest>): Step {
  const { term } = state.hardState;
  const forTerm = nextTerm(message.term);
  const would = wouldVoteFor(state.hardState, ourEnd(state), message.term, message.last);
  return {
    wishes: [say(from, { kind: would ? 'preVoteGranted' : 'preVoteRefused', term, forTerm })],
  };
}

/**
 * While we hear from a leader, nobody else gets our support (§4.2.3, §6.2). The answer carries
 * our term, so that one left behind in an older term learns of it.
 */
export const refusePreVote = (
  { hardState }: NodeState,
  { from, message }: From<PreVoteRequest>,
): Step => ({
  wishes: [
    say(from, {
      kind: 'preVoteRefused',
      term: hardState.term,
      forTerm: nextTerm(message.term),
    }),
  ],
});

/** Raft §5.1. The vote of the old term goes with it, and only then. */
export function adopt(state: NodeState, message: Message): Step {
  const hardState = adoptTerm(state.hardState, message.term);
  return {
    now: { hardState, leader: null },
    wishes: [pledge(hardState), ...(state.leader === null ? [] : [noLeader])],
  };
}

/** The sender of a request learns our newer term; late answers are simply late (Raft §5.1). */
export function answerStale(state: NodeState, { from, message }: From<Message>): Step {
  const { term } = state.hardState;
  switch (message.kind) {
    case 'voteRequest':
      return { wishes: [promise(from, { kind: 'voteRefused', term })] };
    case 'heartbeat':
      return { wishes: [promise(from, { kind: 'heartbeatAck', term, round: message.round })] };
    case 'append':
      return {
        wishes: [
          promise(from, {
            kind: 'appendRefused',
            term,
            prevIndex: message.prev.index,
            hint: ourEnd(state),
          }),
        ],
      };
    default:
      return {};
  }
}
