/**
 * A leader commits by counting copies only what is of its own term; what is older is committed
 * along with it (Raft §5.4.2, figure 8). Breaking this loses entries only in rare company, so the
 * rule itself is looked at.
 */
import type { LogIndex, Term } from '../../../machines/protocol/ids.ts';
import { entryAt } from '../../../machines/rules/log.ts';
import type { Finding, Glimpse } from './glimpse.ts';

export function commitRule() {
  const reigns = new Map<number, { term: Term; commitIndex: LogIndex }>();

  return ({ node, life, role, term, commitIndex, log }: Glimpse): Finding => {
    const reign = reigns.get(life);
    if (reign === undefined || reign.term !== term || role !== 'leader') {
      reigns.set(life, { term, commitIndex });
      return null;
    }
    if (reign.commitIndex === commitIndex) return null;
    reign.commitIndex = commitIndex;
    const entry = entryAt(log, commitIndex);
    return entry === undefined || entry.term === term
      ? null
      : `${node} leads term ${term} and commits up to ${commitIndex}, an entry of term ${entry.term}`;
  };
}
