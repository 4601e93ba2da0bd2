import type { NodePicture } from '../../protocol.ts';

/** Of those that can be asked, the one of the newest term: another may not know yet that it leads no more. */
export function leaderOf(nodes: ReadonlyMap<string, NodePicture>): string | null {
  const leaders = [...nodes.values()].filter(
    ({ unreachable, status }) => unreachable === null && status?.role === 'leader',
  );
  const newest = leaders.toSorted((a, b) => (b.status?.term ?? 0) - (a.status?.term ?? 0))[0];
  return newest?.node ?? null;
}
