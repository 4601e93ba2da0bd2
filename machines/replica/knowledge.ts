/**
 * Which definitions of each machine every node has at hand, as the nodes themselves have told the
 * log. A new definition takes effect at the entry by which the last voter says that it has it: on
 * every node at the same place, and never while the log knows of a voter that could not go along.
 */
import type { Known } from '../protocol/chore.ts';
import { indexZero, type LogIndex, type NodeId } from '../protocol/ids.ts';

export type Told = Readonly<{
  known: Known;
  /** The entry in which it said so. */
  index: LogIndex;
}>;

export interface Knowledge {
  /** What that node has said last. */
  of(node: NodeId): Told | null;
  /**
   * `after` is the entry in which the node had last said something, as far as it knew. False where
   * the log has a later one: this is a repetition that was long under way, or the word of a process
   * that is no more, and changes nothing.
   */
  tell(node: NodeId, told: Told, after: LogIndex): boolean;
  has(node: NodeId, machine: string, fingerprint: string): boolean;
  /** What all of these know to come after this definition; null if there is no such. */
  successorOf(machine: string, fingerprint: string, voters: readonly NodeId[]): string | null;
}

export function createKnowledge(): Knowledge {
  const byNode = new Map<NodeId, Told>();

  const successorFor = (node: NodeId, machine: string, fingerprint: string): string | null => {
    const chain = chainIn(byNode.get(node), machine);
    const at = chain.indexOf(fingerprint);
    return at < 0 ? null : (chain[at + 1] ?? null);
  };

  return {
    of: (node) => byNode.get(node) ?? null,
    tell(node, told, after) {
      if ((byNode.get(node)?.index ?? indexZero) !== after) return false;
      byNode.set(node, told);
      return true;
    },
    has: (node, machine, fingerprint) => chainIn(byNode.get(node), machine).includes(fingerprint),
    successorOf(machine, fingerprint, voters) {
      const [successor = null, ...others] = voters.map((voter) =>
        successorFor(voter, machine, fingerprint),
      );
      return others.every((other) => other === successor) ? successor : null;
    },
  };
}

const chainIn = (told: Told | undefined, machine: string): readonly string[] =>
  told?.known.find((each) => each.machine === machine)?.chain ?? [];
