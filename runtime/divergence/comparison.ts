/**
 * What this node and each other one came to at the places of the log where that was taken: enough
 * of it that they can be compared though some lag behind and some messages are lost.
 */
import type { LogIndex, NodeId } from '../../machines/protocol/ids.ts';
import { indexZero } from '../../machines/protocol/ids.ts';
import type { Checkpoint } from '../../machines/protocol/messages.ts';
import type { Testimonies } from '../../machines/rules/dissent.ts';

export type Comparison = Readonly<{
  ours(checkpoint: Checkpoint): void;
  theirs(peer: NodeId, checkpoints: readonly Checkpoint[]): void;
  /** What is known of that place; null where this node has not been there, or long ago. */
  at(index: LogIndex): Testimonies | null;
  /** The last place that it has said anything of. */
  reachedBy(peer: NodeId): LogIndex;
  /** The last place before that one where this node and the other are known to have agreed. */
  agreedBefore(peer: NodeId, index: LogIndex): LogIndex;
}>;

type Parts = Readonly<{
  self: NodeId;
  /** Of each node; the oldest are forgotten. */
  keptMax: number;
}>;

type Digests = Map<LogIndex, string>;

export function createComparison({ self, keptMax }: Parts): Comparison {
  const own: Digests = new Map();
  const others = new Map<NodeId, Digests>();

  const keep = (digests: Digests, { index, digest }: Checkpoint): void => {
    // What was said last is forgotten last.
    digests.delete(index);
    digests.set(index, digest);
    if (digests.size <= keptMax) return;
    const [oldest] = digests.keys();
    if (oldest !== undefined) digests.delete(oldest);
  };

  return {
    ours: (checkpoint) => keep(own, checkpoint),
    theirs(peer, checkpoints) {
      const digests: Digests = others.get(peer) ?? new Map();
      others.set(peer, digests);
      for (const checkpoint of checkpoints) keep(digests, checkpoint);
    },
    at(index) {
      const ours = own.get(index);
      if (ours === undefined) return null;
      const testimonies = new Map([[self, ours]]);
      for (const [peer, digests] of others) {
        const theirs = digests.get(index);
        if (theirs !== undefined) testimonies.set(peer, theirs);
      }
      return testimonies;
    },
    reachedBy: (peer) => [...(others.get(peer)?.keys() ?? [])].at(-1) ?? indexZero,
    agreedBefore(peer, before) {
      let agreed = indexZero;
      for (const [index, digest] of others.get(peer) ?? []) {
        if (index < before && index > agreed && own.get(index) === digest) agreed = index;
      }
      return agreed;
    },
  };
}
