/** Clocks that leap. (How fast they run is the plan's.) */
import type { Strike } from './fault.ts';

const hourMs = 3_600_000;

export const clockFaults = {
  /** As on a machine that was suspended. */
  'clock jumps'({ world }, { node, fault, dice }) {
    world.jump(node, fault.size * dice.pick([100, 1_000, 10_000, hourMs]));
    return null;
  },
  /** Patience ends for all of them at once, and some stand at the same time. */
  'all clocks jump'({ world }, { fault }) {
    for (const member of world.members) world.jump(member, 500 + fault.size * 700);
    return null;
  },
} satisfies Record<string, Strike>;
