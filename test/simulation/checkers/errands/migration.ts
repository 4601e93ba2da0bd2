/**
 * A machine goes over to its next definition at one place in the log, the same on every node and
 * in every life of a node, and not before every node has said there that it has it.
 */
import type { Chore } from '../../../../machines/protocol/chore.ts';
import type { NodeId } from '../../../../machines/protocol/ids.ts';
import type { Replica } from '../../../../machines/replica/replica.ts';
import type { Finding } from '../../../world/checks/glimpse.ts';

type Knows = Extract<Chore, { type: 'knows' }>;

export function migration(machine: string, members: readonly NodeId[]) {
  /** How many definitions each has said that it has. */
  const known = new Map<NodeId, number>();
  const inForce: (string | undefined)[] = [];
  let first: string | undefined;
  let at: number | null = null;

  return {
    /** The entry at which it went over; null: it has not. */
    get at(): number | null {
      return at;
    },
    knows({ node, known: chains }: Knows): void {
      known.set(node, chains.find((each) => each.machine === machine)?.chain.length ?? 1);
    },
    /** After every entry, on every node. */
    applied(node: NodeId, index: number, replica: Replica): Finding {
      const now = replica.fingerprintOf(machine);
      first ??= now;
      inForce[index] ??= now;
      if (inForce[index] !== now)
        return `${node} goes by another definition of ${machine} at ${index} than others`;
      if (now === first || at !== null) return null;
      at = index;
      const missing = members.filter((member) => (known.get(member) ?? 1) < 2);
      return missing.length === 0
        ? null
        : `${machine} goes over to its next definition at ${index}, and ${missing.join(', ')} has not said that it has it`;
    },
  };
}
