/** When an entry is safe for ever. */
import { later, type LogIndex, type NodeId, type Term } from '../protocol/ids.ts';
import { termAt, type Log } from './log.ts';
import { indexHeldByMajority } from './quorum.ts';

/** Raft §5.4.2: entries of earlier terms are committed only by one of ours behind them. */
export const mayCommit = (entryTerm: Term | undefined, ourTerm: Term): boolean =>
  entryTerm === ourTerm;

/** The leader's new commit index. Never goes back. */
export function commitIndexOf(
  log: Log,
  commitIndex: LogIndex,
  ourTerm: Term,
  matched: Readonly<Record<NodeId, LogIndex>>,
  voters: readonly NodeId[],
): LogIndex {
  const held = indexHeldByMajority(matched, voters);
  return held > commitIndex && mayCommit(termAt(log, held), ourTerm) ? held : commitIndex;
}

/**
 * Raft §5.3, receiver rule 5: a follower commits up to the leader's commit index, but no
 * further than what this very message proved the two logs to share. Never goes back.
 */
export const followedCommit = (
  commitIndex: LogIndex,
  leaderCommit: LogIndex,
  provenThrough: LogIndex,
): LogIndex => later(commitIndex, leaderCommit < provenThrough ? leaderCommit : provenThrough);
