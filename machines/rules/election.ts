/** Who may vote for whom. */
import type { HardState } from '../protocol/entry.ts';
import type { LogEnd, NodeId, Term } from '../protocol/ids.ts';

/** Raft §5.4.1: the later term wins; in the same term, the longer log wins. */
export const isAtLeastAsFresh = (theirs: LogEnd, ours: LogEnd): boolean =>
  theirs.term === ours.term ? theirs.index >= ours.index : theirs.term > ours.term;

/** Raft §5.2: one vote a term, first come, first served, never taken back. */
export const hasVoteToGive = (state: HardState, term: Term, candidate: NodeId): boolean =>
  term > state.term ||
  (term === state.term && (state.votedFor === null || state.votedFor === candidate));

/**
 * Raft §5.1: on meeting a later term we adopt it, and have not voted in it. In a term that we
 * know already the vote stands, whatever role we take next.
 */
export const adoptTerm = (state: HardState, term: Term): HardState =>
  term > state.term ? { term, votedFor: null } : state;

/**
 * Dissertation §9.6: would we vote for it in the term after its own? Answering binds nobody,
 * so our own vote does not matter, only whether it could win an election at all.
 */
export const wouldVoteFor = (
  state: HardState,
  ours: LogEnd,
  theirTerm: Term,
  theirs: LogEnd,
): boolean => theirTerm >= state.term && isAtLeastAsFresh(theirs, ours);
