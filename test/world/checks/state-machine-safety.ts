/**
 * State Machine Safety (Raft §5.4.3): what one node applies at an index, every node applies there,
 * with the same result; and under one proposal id there is one application in all (§6.3 of the
 * dissertation).
 */
import type { Command, Entry } from '../../../machines/protocol/entry.ts';
import type { LogIndex, NodeId, ProposalId } from '../../../machines/protocol/ids.ts';
import type { Application } from '../../../machines/replica/replica.ts';
import { isSameEntry, type Finding } from './glimpse.ts';

export type FirstApplication = Readonly<{ index: LogIndex; application: Application }>;

export function stateMachineSafety() {
  const applied: { entry: Entry; result: string; by: NodeId }[] = [];
  const firsts = new Map<ProposalId, FirstApplication>();

  return {
    /** Where and how each proposal was applied, repetitions left out. */
    firsts: firsts as ReadonlyMap<ProposalId, FirstApplication>,

    applied(
      node: NodeId,
      entry: Entry,
      command: Command | null,
      application: Application | null,
    ): Finding {
      const { index } = entry;
      const result = JSON.stringify(application);
      const known = (applied[index] ??= { entry, result, by: node });
      if (!isSameEntry(known.entry, entry))
        return `${known.by} and ${node} applied different entries at ${index}`;
      if (known.result !== result)
        return `${known.by} and ${node} disagree on what ${index} did: ${known.result}, ${result}`;
      if (command === null || application === null || application.duplicate) return null;
      // Nobody can tell any more whether it was applied before, so it is not applied now.
      if (application.outcome.end === 'unknown') return null;
      const first = firsts.get(command.proposalId) ?? { index, application };
      firsts.set(command.proposalId, first);
      return first.index === index
        ? null
        : `proposal ${command.proposalId} was applied twice, at ${first.index} and at ${index}`;
    },
  };
}
