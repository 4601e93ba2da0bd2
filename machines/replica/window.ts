/**
 * Exactly once: what became of each proposal, for as long as somebody may reasonably ask again
 * under the same id. Driven by applied entries alone, so that every node forgets alike.
 */
import type { ProposalId } from '../protocol/ids.ts';
import type { Applied } from '../protocol/outcome.ts';
import { createRing } from './ring.ts';

type Remembered = Readonly<{ proposalId: ProposalId; timeMs: number; outcome: Applied }>;

export interface ProposalWindow {
  readonly length: number;
  /** Forgets what is too old at this time of the cluster. */
  forgetUntil(timeMs: number): void;
  recall(proposalId: ProposalId): Applied | undefined;
  remember(proposalId: ProposalId, timeMs: number, outcome: Applied): void;
}

type Limits = Readonly<{ proposalWindowCount: number; proposalWindowMs: number }>;

/** Remembers each proposal until `count` others have followed it or `ms` have passed. */
export function createWindow({ proposalWindowCount, proposalWindowMs }: Limits): ProposalWindow {
  // The ring tells the eldest. A fresh iterator over the map could tell it too, but would have
  // to step over all that was deleted since the map last grew.
  const inOrder = createRing<Remembered>(proposalWindowCount);
  const byId = new Map<ProposalId, Applied>();

  return {
    get length() {
      return inOrder.length;
    },
    forgetUntil(timeMs) {
      let eldest = inOrder.at(0);
      while (eldest !== undefined && timeMs - eldest.timeMs >= proposalWindowMs) {
        inOrder.shift();
        byId.delete(eldest.proposalId);
        eldest = inOrder.at(0);
      }
    },
    recall: (proposalId) => byId.get(proposalId),
    remember(proposalId, timeMs, outcome) {
      const forgotten = inOrder.push({ proposalId, timeMs, outcome });
      if (forgotten !== undefined) byId.delete(forgotten.proposalId);
      byId.set(proposalId, outcome);
    },
  };
}
