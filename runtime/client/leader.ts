/**
 * Where the leader is, as far as one node knows and these addresses tell. What is proposed to
 * another node is handed on to the leader, which takes about half as long again.
 */
import { hostOf } from './address.ts';
import type { Connection } from './connection.ts';

const answerMs = 2_000;

/**
 * Null where this node leads, or knows of no leader, or the leader has another address for its
 * peers than for us. Rejects with ConnectionLost.
 */
export async function leaderOf(
  connection: Connection,
  urls: readonly string[],
): Promise<string | null> {
  const status = await connection.ask({ type: 'status' }, answerMs);
  if (status.type !== 'status' || status.leader === status.node) return null;
  const address = status.members.find(({ id }) => id === status.leader)?.address;
  if (address === undefined || !URL.canParse(address)) return null;
  return urls.find((url) => hostOf(url) === hostOf(address)) ?? null;
}
