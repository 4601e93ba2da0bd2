import { v7 } from 'uuid';
import { proposalId } from '../../machines/protocol/ids.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A clock that moves when it is told to, and rings each alarm at its own moment, in order. */
export type VirtualClock = Clock & { advance(byMs: number): void };

export function virtualClock(): VirtualClock {
  type Alarm = Readonly<{ atMs: number; order: number; ring: () => void }>;
  const alarms = new Set<Alarm>();
  let nowMs = 0;
  let order = 0;

  const set = (ring: () => void, delayMs: number): Alarm => {
    const alarm = { atMs: nowMs + delayMs, order: (order += 1), ring };
    alarms.add(alarm);
    return alarm;
  };
  const nextBy = (untilMs: number): Alarm | undefined =>
    [...alarms]
      .filter(({ atMs }) => atMs <= untilMs)
      .toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0];

  return {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    setTimeout: set,
    clearTimeout: (alarm) => alarms.delete(alarm as Alarm),
    soon: (run) => set(run, 0),
    seed: () => 1,
    newProposalId: () => proposalId(v7()),
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (let alarm = nextBy(untilMs); alarm; alarm = nextBy(untilMs)) {
        alarms.delete(alarm);
        nowMs = Math.max(nowMs, alarm.atMs);
        alarm.ring();
      }
      nowMs = untilMs;
    },
  };
}
