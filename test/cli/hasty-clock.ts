import { v7 } from 'uuid';
import { proposalId } from '../../machines/protocol/ids.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Longer than any pause between two attempts, shorter than any patience. */
const pauseMsMax = 400;

export type HastyClock = Clock & {
  /** Loses patience with everything that is being waited for. */
  runOut(): void;
};

/**
 * Time passes only while somebody pauses, and then at once: no test waits, and none depends on
 * how fast this machine is. Patience runs out when the test says so.
 */
export function hastyClock(): HastyClock {
  let nowMs = 0;
  const patience = new Map<object, () => void>();
  return {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    setTimeout: (ring, delayMs) => {
      const alarm = {};
      patience.set(alarm, ring);
      if (delayMs <= pauseMsMax) {
        setImmediate(() => {
          if (!patience.delete(alarm)) return;
          nowMs += delayMs;
          ring();
        });
      }
      return alarm;
    },
    clearTimeout: (alarm) => {
      patience.delete(alarm as object);
    },
    soon: (run) => setImmediate(run),
    seed: () => 1,
    newProposalId: () => proposalId(v7()),
    runOut: () => {
      const rings = [...patience.values()];
      patience.clear();
      for (const ring of rings) ring();
    },
  };
}
