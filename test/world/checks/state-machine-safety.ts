/**
 * State Machine Safety (Raft §5.4.3): what one node applies at an index, every node applies there,
 * with the same result.
 */
import type { Entry } from '../../../machines/protocol/entry.ts';
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { Application } from '../../../machines/replica/replica.ts';
import { isSameEntry, type Finding } from './glimpse.ts';

export function stateMachineSafety() {
  const applied: { entry: Entry; result: string; by: NodeId }[] = [];

  return (node: NodeId, entry: Entry, application: Application | null): Finding => {
    const { index } = entry;
    const result = JSON.stringify(application);
    const known = (applied[index] ??= { entry, result, by: node });
    if (!isSameEntry(known.entry, entry))
      return `${known.by} and ${node} applied different entries at ${index}`;
    if (known.result !== result)
      return `${known.by} and ${node} disagree on what ${index} did: ${known.result}, ${result}`;
    return null;
  };
}
