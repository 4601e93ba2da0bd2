/**
 * Log Matching (Raft §5.3): two logs that agree on the term of an index agree up to there. By
 * induction it is enough that one (index, term) always means the same entry after the same term.
 */
import type { Entry } from '../../../machines/protocol/entry.ts';
import type { NodeId, Term } from '../../../machines/protocol/ids.ts';
import type { Log } from '../../../machines/rules/log.ts';
import { isSameEntry, type Finding, type Glimpse } from './glimpse.ts';

type Known = Readonly<{ entry: Entry; previousTerm: Term; node: NodeId }>;

export function logMatching() {
  /** By index; most indexes only ever see entries of one term. */
  const known: Known[] = [];
  const rivals = new Map<number, Known[]>();
  const latest = new Map<NodeId, Log>();

  const ofTerm = ({ index, term }: Entry): Known | undefined => {
    const usual = known[index];
    if (usual === undefined || usual.entry.term === term) return usual;
    return rivals.get(index)?.find((rival) => rival.entry.term === term);
  };
  const note = (index: number, first: Known): void => {
    if (known[index] === undefined) known[index] = first;
    else rivals.set(index, [...(rivals.get(index) ?? []), first]);
  };

  const meet = (node: NodeId, entry: Entry, previousTerm: Term): Finding => {
    const first = ofTerm(entry);
    if (first === undefined) note(entry.index, { entry, previousTerm, node });
    else if (first.previousTerm !== previousTerm || !isSameEntry(first.entry, entry)) {
      return `${node} and ${first.node} hold different logs up to index ${entry.index}, term ${entry.term}`;
    }
    return null;
  };

  return ({ node, log }: Glimpse): Finding => {
    const before = latest.get(node);
    if (before?.shared === log.shared && before.length === log.length) return null;
    latest.set(node, log);
    const isLonger = before?.shared === log.shared && before.length < log.length;
    for (let place = isLonger ? before.length : 0; place < log.length; place += 1) {
      const entry = log.shared[place];
      if (entry === undefined || (!isLonger && entry === before?.shared[place])) continue;
      const previousTerm = log.shared[place - 1]?.term ?? log.base.term;
      if (entry.index !== log.base.index + place + 1)
        return `${node} holds ${entry.index} out of place`;
      // The cluster's own time never goes back, whoever leads.
      if (entry.timeMs < (log.shared[place - 1]?.timeMs ?? 0))
        return `the time of ${node}'s log goes back at ${entry.index}`;
      if (entry.term < previousTerm) return `the terms of ${node}'s log go back at ${entry.index}`;
      const finding = meet(node, entry, previousTerm);
      if (finding !== null) return finding;
    }
    return null;
  };
}
