/**
 * Exactly once: what became of each proposal, for as long as somebody may reasonably ask again
 * under the same id. Driven by applied entries alone, so that every node forgets alike.
 */
import { indexZero, type LogIndex, type ProposalId } from '../protocol/ids.ts';
import type { Applied } from '../protocol/outcome.ts';
import { createRing } from './ring.ts';

type Remembered = Readonly<{
  proposalId: ProposalId;
  index: LogIndex;
  timeMs: number;
  outcome: Applied;
}>;

export interface ProposalWindow {
  readonly length: number;
  /** The log index of the latest proposal that is forgotten; zero while none is. */
  readonly forgottenThrough: LogIndex;
  /** Forgets what is too old at this time of the cluster. */
  forgetUntil(timeMs: number): void;
  recall(proposalId: ProposalId): Applied | undefined;
  remember(proposalId: ProposalId, at: At, outcome: Applied): void;
}

/** The entry that it stood in. */
type At = Readonly<{ index: LogIndex; timeMs: number }>;

type Limits = Readonly<{ proposalWindowCount: number; proposalWindowMs: number }>;

/** Remembers each proposal until `count` others have followed it or `ms` have passed. */
export function createWindow({ proposalWindowCount, proposalWindowMs }: Limits): ProposalWindow {
  // The ring tells the eldest. A fresh iterator over the map could tell it too, but would have
  // to step over all that was deleted since the map last grew.
  const inOrder = createRing<Remembered>(proposalWindowCount);
  const byId = new Map<ProposalId, Applied>();
  let forgottenThrough = indexZero;

  const forget = ({ proposalId, index }: Remembered): void => {
    byId.delete(proposalId);
    forgottenThrough = index;
  };

  return {
    get length() {
      return inOrder.length;
    },
    get forgottenThrough() {
      return forgottenThrough;
    },
    forgetUntil(timeMs) {
      let eldest = inOrder.at(0);
      while (eldest !== undefined && timeMs - eldest.timeMs >= proposalWindowMs) {
        inOrder.shift();
        forget(eldest);
        eldest = inOrder.at(0);
      }
    },
    recall: (proposalId) => byId.get(proposalId),
    remember(proposalId, { index, timeMs }, outcome) {
      const eldest = inOrder.push({ proposalId, index, timeMs, outcome });
      if (eldest !== undefined) forget(eldest);
      byId.set(proposalId, outcome);
    },
  };
}
