/**
 * Proposal ends never lie: what ended committed was applied, once, as told; what ended refused
 * never is. Unknown promises nothing.
 */
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { LogIndex, ProposalId } from '../../../machines/protocol/ids.ts';
import type { FirstApplication } from './exactly-once.ts';
import type { Finding } from './glimpse.ts';

export function proposalEnds() {
  const fates = new Map<ProposalId, { timesAsked: number; told: Outcome[] }>();

  const fateOf = (proposalId: ProposalId) => {
    const known = fates.get(proposalId);
    if (known !== undefined) return known;
    const fate = { timesAsked: 0, told: [] };
    fates.set(proposalId, fate);
    return fate;
  };

  /** One node's refusal says nothing of what another was asked under the same id. */
  const isTrue = (
    timesAsked: number,
    outcome: Outcome,
    first: FirstApplication | undefined,
  ): boolean => {
    const applied = first?.application.outcome;
    if (outcome.end === 'unknown') return true;
    if (outcome.end === 'committed') return JSON.stringify(applied) === JSON.stringify(outcome);
    return applied?.end !== 'committed' || timesAsked > 1;
  };

  return {
    asked(proposalId: ProposalId): void {
      fateOf(proposalId).timesAsked += 1;
    },
    answered(proposalId: ProposalId, outcome: Outcome): void {
      fateOf(proposalId).told.push(outcome);
    },

    /** For the first time, now. What is told later is looked at when all is over. */
    applied(proposalId: ProposalId, index: LogIndex, outcome: Outcome): Finding {
      const fate = fates.get(proposalId);
      if (fate === undefined || fate.timesAsked > 1 || outcome.end !== 'committed') return null;
      return fate.told.some(({ end }) => end === 'refused')
        ? `proposal ${proposalId} ended refused, and was committed at ${index} all the same`
        : null;
    },

    /** Once everything has been applied everywhere. */
    over(firsts: ReadonlyMap<ProposalId, FirstApplication>): Finding {
      for (const [proposalId, { timesAsked, told }] of fates) {
        const first = firsts.get(proposalId);
        for (const outcome of told) {
          if (!isTrue(timesAsked, outcome, first)) {
            return `proposal ${proposalId} ended ${JSON.stringify(outcome)}, and was ${JSON.stringify(first) ?? 'never applied'}`;
          }
        }
      }
      return null;
    },
  };
}
