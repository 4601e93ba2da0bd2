/**
 * Whose reign the log is in, told by ticks alone. A tick carries its leader's wall clock, so that
 * the first one of the next leader shows for how long nobody led: the cluster's own time stands
 * still meanwhile.
 */
import type { NodeId, Term } from '../protocol/ids.ts';

export interface Reign {
  readonly node: NodeId | null;
  /** Effects are heard only from the leader of this one: it fences off all before it. */
  readonly term: Term | null;
  /** Where this tick begins a reign: what has been since the one before. */
  tick(tick: Tick): Interregnum | null;
}

/**
 * Nobody led for so long, since the leader of that term. What later leaders have brought about
 * who did not live to tick has waited for less, nobody knows how much.
 */
export type Interregnum = Readonly<{ ms: number; after: Term }>;

type Tick = Readonly<{ node: NodeId; term: Term; wallMs: number; timeMs: number }>;

export function createReign(): Reign {
  let last: Tick | null = null;
  /**
   * So far the present wall clock is behind that of an earlier leader, or of an earlier time. When
   * it is no longer, that is no time in which nobody led: it would count anew at each such turn.
   */
  let behindMs = 0;

  return {
    get node() {
      return last?.node ?? null;
    },
    get term() {
      return last?.term ?? null;
    },
    tick(tick) {
      const before = last;
      last = tick;
      if (before === null) return null;
      const ms = tick.wallMs - before.wallMs - (tick.timeMs - before.timeMs) - behindMs;
      behindMs = Math.max(0, -ms);
      // Within a reign somebody has set a clock.
      return ms > 0 && before.term !== tick.term ? { ms, after: before.term } : null;
    },
  };
}
