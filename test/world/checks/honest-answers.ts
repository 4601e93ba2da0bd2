/**
 * What clients were told is true: committed things were applied, once, as told; refused things
 * never are; and a read sees everything that had been answered before it was asked.
 */
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { ProposalId } from '../../../machines/protocol/ids.ts';
import type { ReadOutcome } from '../../../runtime/service.ts';
import type { Finding } from './glimpse.ts';
import type { FirstApplication } from './state-machine-safety.ts';

export function honestAnswers() {
  const told = new Map<ProposalId, Outcome[]>();
  const timesAsked = new Map<ProposalId, number>();
  /** The highest index that somebody has learnt of, by instance. */
  const known = new Map<string, number>();

  const learn = (instance: string, index: number): void => {
    known.set(instance, Math.max(known.get(instance) ?? 0, index));
  };

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
    answered(proposalId: ProposalId, instance: string, outcome: Outcome): void {
      told.set(proposalId, [...(told.get(proposalId) ?? []), outcome]);
      if (outcome.end === 'committed') learn(instance, outcome.index);
    },

    /** What a linearizable read that is asked now must see at least. */
    floor: (instance: string): number => known.get(instance) ?? 0,

    read(instance: string, floor: number, answer: ReadOutcome): Finding {
      if ('end' in answer) return null;
      const index = answer.exists ? answer.index : 0;
      learn(instance, index);
      return index >= floor
        ? null
        : `a read of ${instance} saw ${index}, and ${floor} was known before it`;
    },

    compare(firsts: ReadonlyMap<ProposalId, FirstApplication>): Finding {
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
