/**
 * ReadIndex (dissertation §6.4): a read is linearizable at the commit index that the leader had
 * when it arrived, once a majority has confirmed, in a round begun no earlier, that it still leads.
 */
import { indexZero, type LogIndex, type NodeId } from '../protocol/ids.ts';
import { reachedByMajority } from './quorum.ts';

/** One batch of reads; `origin` is the node whose clients wait for it. */
export type ReadBatch = Readonly<{ origin: NodeId; readId: number }>;

export type Reads = Readonly<{
  /** The round that heartbeats carry now. Only ever grows within a term. */
  round: number;
  /** The latest round that each node has acknowledged. */
  acked: Readonly<Record<NodeId, number>>;
  /** Waiting for a majority to acknowledge `round`, which began after they came. */
  confirming: readonly ReadBatch[];
  /** Safe to read at once confirmed: the commit index when `round` began. */
  readIndex: LogIndex;
  /** Came while a round was under way; they wait for the next one. */
  waiting: readonly ReadBatch[];
}>;

export const noReads: Reads = {
  round: 0,
  acked: {},
  confirming: [],
  readIndex: indexZero,
  waiting: [],
};

export const queueRead = (reads: Reads, batch: ReadBatch): Reads => ({
  ...reads,
  waiting: [...reads.waiting, batch],
});

/** A round for all who wait. Whatever was acknowledged before proves nothing for them. */
export const beginRound = (reads: Reads, self: NodeId, commitIndex: LogIndex): Reads => ({
  round: reads.round + 1,
  acked: { ...reads.acked, [self]: reads.round + 1 },
  confirming: reads.waiting,
  readIndex: commitIndex,
  waiting: [],
});

export const acknowledgeRound = (reads: Reads, from: NodeId, round: number): Reads =>
  round > (reads.acked[from] ?? 0) && round <= reads.round
    ? { ...reads, acked: { ...reads.acked, [from]: round } }
    : reads;

export const isRoundConfirmed = (reads: Reads, voters: readonly NodeId[]): boolean =>
  reachedByMajority(reads.acked, voters) >= reads.round;

export const closeRound = (reads: Reads): Reads => ({ ...reads, confirming: [] });
