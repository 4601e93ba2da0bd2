/**
 * Fresh reads (dissertation §6.4): a linearizable read sees at least what anybody had been told
 * when it was asked. Cheaper than the search for an order, and so asked of every single read.
 */
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { ReadOutcome } from '../../../runtime/service.ts';
import type { Finding } from './glimpse.ts';

export function freshReads() {
  /** The highest index that somebody has learnt of, by instance. */
  const known = new Map<string, number>();

  const learn = (instance: string, index: number): void => {
    if (index > (known.get(instance) ?? 0)) known.set(instance, index);
  };

  return {
    answered(instance: string, outcome: Outcome): void {
      if (outcome.end === 'committed') learn(instance, outcome.index);
    },
    /** What a read that is asked now must see at least. */
    floor: (instance: string): number => known.get(instance) ?? 0,

    read(instance: string, floor: number, answer: ReadOutcome): Finding {
      if ('end' in answer) return null;
      const index = answer.exists ? answer.index : 0;
      learn(instance, index);
      return index >= floor
        ? null
        : `a read of ${instance} saw ${index}, and ${floor} was known before it`;
    },
  };
}
