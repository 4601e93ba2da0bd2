/**
 * Proposal ends never lie: what ended committed was applied, once, as told; what ended refused
 * never is. Unknown promises nothing.
 */
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { ProposalId } from '../../../machines/protocol/ids.ts';
import type { FirstApplication } from './exactly-once.ts';
import type { Finding } from './glimpse.ts';

export function proposalEnds() {
  const told = new Map<ProposalId, Outcome[]>();
  const timesAsked = new Map<ProposalId, number>();

  /** One node's refusal says nothing of what another was asked under the same id. */
  const isTrue = (
    proposalId: ProposalId,
    outcome: Outcome,
    first: FirstApplication | undefined,
  ): boolean => {
    const applied = first?.application.outcome;
    if (outcome.end === 'unknown') return true;
    if (outcome.end === 'committed') return JSON.stringify(applied) === JSON.stringify(outcome);
    return applied?.end !== 'committed' || (timesAsked.get(proposalId) ?? 0) > 1;
  };

  return {
    asked(proposalId: ProposalId): void {
      timesAsked.set(proposalId, (timesAsked.get(proposalId) ?? 0) + 1);
    },
    answered(proposalId: ProposalId, outcome: Outcome): void {
      const before = told.get(proposalId);
      if (before === undefined) told.set(proposalId, [outcome]);
      else before.push(outcome);
    },

    /** Once everything has been applied everywhere. */
    over(firsts: ReadonlyMap<ProposalId, FirstApplication>): Finding {
      for (const [proposalId, outcomes] of told) {
        const first = firsts.get(proposalId);
        for (const outcome of outcomes) {
          if (!isTrue(proposalId, outcome, first)) {
            return `proposal ${proposalId} ended ${JSON.stringify(outcome)}, and was ${JSON.stringify(first) ?? 'never applied'}`;
          }
        }
      }
      return null;
    },
  };
}
