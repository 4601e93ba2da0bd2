/**
 * Exactly once (dissertation §6.3): under one proposal id there is one application in all,
 * however often, and at however many nodes, it was asked for.
 */
import type { Command, Entry } from '../../../machines/protocol/entry.ts';
import type { LogIndex, ProposalId } from '../../../machines/protocol/ids.ts';
import type { Application } from '../../../machines/replica/replica.ts';
import type { Finding } from './glimpse.ts';

export type FirstApplication = Readonly<{ index: LogIndex; application: Application }>;

export function exactlyOnce() {
  const firsts = new Map<ProposalId, FirstApplication>();

  return {
    /** Where and how each proposal was applied, repetitions left out. */
    firsts: firsts as ReadonlyMap<ProposalId, FirstApplication>,

    applied({ index }: Entry, { proposalId }: Command, application: Application): Finding {
      // Of `unknown` nobody can tell any more whether it was applied before, so it is not now.
      if (application.duplicate || application.outcome.end === 'unknown') return null;
      const first = firsts.get(proposalId);
      if (first === undefined) firsts.set(proposalId, { index, application });
      return first === undefined || first.index === index
        ? null
        : `proposal ${proposalId} was applied twice, at ${first.index} and at ${index}`;
    },
  };
}
