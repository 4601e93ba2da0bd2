/**
 * Leader Completeness (Raft §5.4): what was committed in a term is in the log of every leader of
 * a later one. And what is committed at an index is so on every node, for ever.
 */
import type { Entry } from '../../../machines/protocol/entry.ts';
import type { LogIndex, NodeId, Term } from '../../../machines/protocol/ids.ts';
import { entryAt } from '../../../machines/rules/log.ts';
import { isSameEntry, type Finding, type Glimpse } from './glimpse.ts';

type Committed = Readonly<{ entry: Entry; inTerm: Term; by: NodeId }>;

export function leaderCompleteness() {
  /** By index; there is nothing at 0. */
  const committed: Committed[] = [];
  const seenUpTo = new Map<number, LogIndex>();
  const checkedLeaders = new Map<number, Term>();

  const commit = ({ node, life, term, log, commitIndex }: Glimpse): Finding => {
    const from = seenUpTo.get(life) ?? 0;
    if (from === commitIndex) return null;
    for (let index = from + 1; index <= commitIndex; index += 1) {
      const entry = entryAt(log, index as LogIndex);
      if (entry === undefined) return `${node} takes ${index} for committed and does not hold it`;
      const known = committed[index];
      if (known === undefined) committed[index] = { entry, inTerm: term, by: node };
      else if (!isSameEntry(known.entry, entry)) {
        return `at ${index} ${known.by} committed an entry of term ${known.entry.term}, and ${node} one of ${entry.term}`;
      }
    }
    seenUpTo.set(life, commitIndex);
    return null;
  };

  const lead = ({ node, life, term, log }: Glimpse): Finding => {
    if (checkedLeaders.get(life) === term) return null;
    checkedLeaders.set(life, term);
    for (const known of committed) {
      if (known === undefined || known.inTerm >= term) continue;
      const held = entryAt(log, known.entry.index);
      if (held === undefined || !isSameEntry(held, known.entry)) {
        return `${node} leads term ${term} without entry ${known.entry.index}, committed in term ${known.inTerm}`;
      }
    }
    return null;
  };

  return {
    committedAt: (index: number): Entry | undefined => committed[index]?.entry,
    seen: (glimpse: Glimpse): Finding =>
      commit(glimpse) ?? (glimpse.role === 'leader' ? lead(glimpse) : null),
  };
}
