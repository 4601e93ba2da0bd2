/**
 * The cluster's own time. A leader continues from the last entry of its log at the pace of its
 * monotone clock, so the time of entries never goes back, across leaders and clock jumps alike.
 */
export type Reign = Readonly<{
  /** The leader's monotone clock when it came to lead, ms. */
  sinceMs: number;
  /** The time of the last entry then. */
  fromTimeMs: number;
}>;

export const clusterTime = (reign: Reign, nowMs: number): number =>
  reign.fromTimeMs + Math.max(0, Math.floor(nowMs - reign.sinceMs));
