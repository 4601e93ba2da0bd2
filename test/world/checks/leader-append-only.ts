/** Leader Append-Only (Raft §5.3): a leader never overwrites or removes what is in its log. */
import type { Log } from '../../../machines/rules/log.ts';
import type { Term } from '../../../machines/protocol/ids.ts';
import type { Finding, Glimpse } from './glimpse.ts';

export function leaderAppendOnly() {
  const reigns = new Map<number, { term: Term; log: Log }>();

  return ({ node, life, role, term, log }: Glimpse): Finding => {
    const before = reigns.get(life);
    if (role !== 'leader') {
      if (before !== undefined) reigns.delete(life);
      return null;
    }
    if (before === undefined || before.term !== term) {
      reigns.set(life, { term, log });
      return null;
    }
    const earlier = before.log;
    before.log = log;
    if (log.length < earlier.length) {
      return `${node} leads term ${term} and cut its log from ${earlier.length} to ${log.length}`;
    }
    if (log.shared === earlier.shared) return null;
    for (let place = 0; place < earlier.length; place += 1) {
      if (log.shared[place] !== earlier.shared[place]) {
        return `${node} leads term ${term} and overwrote its entry at place ${place}`;
      }
    }
    return null;
  };
}
