/** Terms and commit indexes only grow while a process lives (Raft figure 2). */
import type { LogIndex, Term } from '../../../machines/protocol/ids.ts';
import type { Finding, Glimpse } from './glimpse.ts';

export function monotoneCommitAndTerm() {
  const latest = new Map<number, { term: Term; commitIndex: LogIndex }>();

  return ({ node, life, term, commitIndex }: Glimpse): Finding => {
    const before = latest.get(life);
    if (before === undefined) {
      latest.set(life, { term, commitIndex });
      return null;
    }
    const { term: earlierTerm, commitIndex: earlierCommit } = before;
    before.term = term;
    before.commitIndex = commitIndex;
    if (term < earlierTerm) return `the term of ${node} went back from ${earlierTerm} to ${term}`;
    return commitIndex < earlierCommit
      ? `the commit index of ${node} went back from ${earlierCommit} to ${commitIndex}`
      : null;
  };
}
