/**
 * What is on disk is not forgotten (Raft figure 2, persistent state): no process, however young,
 * takes itself to be in an older term than it has recorded, or takes back a vote that it has.
 */
import type { Durable } from '../disk.ts';
import type { Finding, Glimpse } from './glimpse.ts';

export function keptPromises({ node, term, votedFor }: Glimpse, { hardState }: Durable): Finding {
  if (hardState === null) return null;
  if (term < hardState.term)
    return `${node} is in term ${term}, and has recorded ${hardState.term}`;
  const isKept =
    term > hardState.term || hardState.votedFor === null || votedFor === hardState.votedFor;
  return isKept
    ? null
    : `${node} has voted for ${hardState.votedFor} in term ${term}, and forgot it`;
}
