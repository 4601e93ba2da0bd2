/** Counting hands. Any two majorities of the same voters share a member: all of Raft stands on it. */
import { indexZero, type LogIndex, type NodeId } from '../protocol/ids.ts';

export const majorityOf = (voters: number): number => Math.floor(voters / 2) + 1;

/** Raft §5.2: more than half of all voters, not of those who answered. */
export const isMajority = (inFavour: ReadonlySet<NodeId>, voters: readonly NodeId[]): boolean =>
  voters.filter((voter) => inFavour.has(voter)).length >= majorityOf(voters.length);

/** The highest number that a majority of the voters has reached. An unknown voter has reached 0. */
export function reachedByMajority(
  reached: Readonly<Record<NodeId, number>>,
  voters: readonly NodeId[],
): number {
  const ascending = voters.map((voter) => reached[voter] ?? 0).toSorted((a, b) => a - b);
  return ascending[voters.length - majorityOf(voters.length)] ?? 0;
}

/** Raft §5.3: an entry stored on a majority; whether that commits it, §5.4.2 says (commit.ts). */
export const indexHeldByMajority = (
  matched: Readonly<Record<NodeId, LogIndex>>,
  voters: readonly NodeId[],
): LogIndex => (reachedByMajority(matched, voters) || indexZero) as LogIndex;
