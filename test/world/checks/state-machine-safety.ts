/**
 * State Machine Safety (Raft §5.4.3): what one node applies at an index, every node applies there,
 * with the same result.
 */
import type { Entry } from '../../../machines/protocol/entry.ts';
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { Application } from '../../../machines/replica/replica.ts';
import { isSameEntry, type Finding } from './glimpse.ts';
import { isSameData } from './same-data.ts';

export function stateMachineSafety() {
  const applied: { entry: Entry; result: Application | null; by: NodeId }[] = [];

  return (node: NodeId, entry: Entry, result: Application | null): Finding => {
    const { index } = entry;
    const known = (applied[index] ??= { entry, result, by: node });
    if (known.result === result && known.entry === entry) return null;
    if (!isSameEntry(known.entry, entry))
      return `${known.by} and ${node} applied different entries at ${index}`;
    if (!isSameData(known.result, result)) {
      const [theirs, ours] = [JSON.stringify(known.result), JSON.stringify(result)];
      return `${known.by} and ${node} disagree on what ${index} did: ${theirs}, ${ours}`;
    }
    return null;
  };
}
