/** What is known of one node's proposals. */
import type { ProposalsPicture } from '../../protocol.ts';

export type SeenProposals = Readonly<{
  latest: ProposalsPicture;
  /** By the page's own monotone clock: ages are from then. */
  heardAtMs: number;
  /** Since the page began to look. */
  ended: Readonly<{ committed: number; refused: number; unknown: number }>;
  /** Committed per second, over the last few pictures; null until there is a time to divide by. */
  perSecond: number | null;
  recent: readonly ProposalsPicture['ended'][];
}>;

/** At four pictures a second: over about two. */
const mostRecent = 8;

export function seeProposals(
  before: SeenProposals | undefined,
  latest: ProposalsPicture,
  nowMs: number,
): SeenProposals {
  const { committed, refused, unknown } = latest.ended;
  const recent = [...(before?.recent ?? []), latest.ended].slice(-mostRecent);
  const withinMs = recent.reduce((sum, each) => sum + each.withinMs, 0);
  const count = recent.reduce((sum, each) => sum + each.committed, 0);
  return {
    latest,
    heardAtMs: nowMs,
    ended: {
      committed: (before?.ended.committed ?? 0) + committed,
      refused: (before?.ended.refused ?? 0) + refused,
      unknown: (before?.ended.unknown ?? 0) + unknown,
    },
    perSecond: withinMs === 0 ? null : (count / withinMs) * 1_000,
    recent,
  };
}
