/**
 * Whoever leads a term was voted for by a majority, in that very term (Raft §5.2). Two leaders in
 * one term show by themselves, one that nobody elected does not.
 */
import type { NodeId, Term } from '../../../machines/protocol/ids.ts';
import type { Message } from '../../../machines/protocol/messages.ts';
import type { Finding, Glimpse } from './glimpse.ts';

export function electedByMajority(members: number) {
  /** Who has said to vote for whom, by term; a candidate's request says so for itself. */
  const votes = new Map<Term, Map<NodeId, Set<NodeId>>>();
  const known = new Map<number, Term>();

  const vote = (term: Term, voter: NodeId, candidate: NodeId): void => {
    const inTerm = votes.get(term) ?? new Map<NodeId, Set<NodeId>>();
    votes.set(term, inTerm);
    inTerm.set(candidate, (inTerm.get(candidate) ?? new Set()).add(voter));
  };

  return {
    sent(from: NodeId, to: NodeId, { kind, term }: Message): void {
      if (kind === 'voteGranted') vote(term, from, to);
      if (kind === 'voteRequest') vote(term, from, from);
    },
    seen({ node, life, role, term }: Glimpse): Finding {
      if (role !== 'leader' || known.get(life) === term) return null;
      known.set(life, term);
      // Alone, it asks nobody.
      const inFavour = members === 1 ? 1 : (votes.get(term)?.get(node)?.size ?? 0);
      return inFavour * 2 > members
        ? null
        : `${node} leads term ${term} with ${inFavour} of ${members} votes`;
    },
  };
}
