/** Election Safety (Raft §5.2): at most one leader in any term, ever. */
import type { NodeId, Term } from '../../../machines/protocol/ids.ts';
import type { Message } from '../../../machines/protocol/messages.ts';
import type { Finding, Glimpse } from './glimpse.ts';

export function electionSafety() {
  const leaderOf = new Map<Term, NodeId>();

  const leads = (node: NodeId, term: Term): Finding => {
    const known = leaderOf.get(term) ?? node;
    leaderOf.set(term, known);
    return known === node ? null : `term ${term} has two leaders, ${known} and ${node}`;
  };
  return {
    /** The leader of each term, in the order in which they came to lead. */
    leaderOf: leaderOf as ReadonlyMap<Term, NodeId>,
    seen: ({ node, role, term }: Glimpse): Finding =>
      role === 'leader' ? leads(node, term) : null,
    sent: (from: NodeId, { kind, term }: Message): Finding =>
      kind === 'append' || kind === 'heartbeat' || kind === 'commit' ? leads(from, term) : null,
  };
}
