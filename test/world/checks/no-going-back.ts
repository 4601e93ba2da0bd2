/** Terms and commit indexes only grow while a process lives (Raft figure 2). */
import type { Finding, Glimpse } from './glimpse.ts';

export function noGoingBack() {
  const latest = new Map<string, Glimpse>();

  return (glimpse: Glimpse): Finding => {
    const { node, life, term, commitIndex } = glimpse;
    const before = latest.get(`${node} ${life}`);
    latest.set(`${node} ${life}`, glimpse);
    if (before === undefined) return null;
    if (term < before.term) return `the term of ${node} went back from ${before.term} to ${term}`;
    return commitIndex < before.commitIndex
      ? `the commit index of ${node} went back from ${before.commitIndex} to ${commitIndex}`
      : null;
  };
}
