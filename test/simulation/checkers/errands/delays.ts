/**
 * A delay fires exactly once, never before its deadline in the cluster's own time, and never after
 * it was called off or its state was left. What becomes of the time in which nobody led is as the
 * machine wants it.
 */
import type { Chore } from '../../../../machines/protocol/chore.ts';
import type { Entry } from '../../../../machines/protocol/entry.ts';
import type { MissedDeadlines } from '../../../../machines/replica/replicated.ts';
import type { Finding } from '../../../world/checks/glimpse.ts';
import type { Step } from '../../errands/errand.ts';

type Deadline = {
  readonly event: string;
  readonly delayMs: number;
  readonly term: number;
  dueMs: number;
};
type Tick = Extract<Chore, { type: 'tick' }>;

/** What adding the same in another order may make of it. */
const roundingMs = 1e-6;
const longMs = 10_000;

export function delays() {
  const pending = new Map<string, Deadline[]>();
  const policies = new Map<string, MissedDeadlines>();
  let last: { tick: Tick; timeMs: number } | null = null;
  /** The latest wall clock is so far behind the furthest that the time without a leader was told by. */
  let behindMs = 0;

  const of = (instance: string): Deadline[] => pending.get(instance) ?? [];

  /** For so long nobody led, by the wall clocks of those who led before and after. */
  function catchUp(ms: number, through: number, nowMs: number): void {
    for (const [instance, deadlines] of pending) {
      const policy = policies.get(instance);
      for (const deadline of deadlines) {
        if (deadline.term > through) continue;
        if (policy === 'fire') deadline.dueMs -= ms;
        if (policy === 'restart' && ms >= longMs) deadline.dueMs = nowMs + deadline.delayMs;
      }
    }
  }

  return {
    /** A leader says that it leads, and what its wall clock shows. */
    ticked(tick: Tick, { term, timeMs }: Entry): void {
      if (tick.term !== term) return;
      const before = last;
      last = { tick, timeMs };
      if (before === null) return;
      const aheadMs = tick.wallMs - before.tick.wallMs - (timeMs - before.timeMs) - behindMs;
      behindMs = aheadMs < 0 ? -aheadMs : 0;
      if (aheadMs > 0 && before.tick.term !== tick.term) {
        catchUp(aheadMs, before.tick.term, timeMs);
      }
    },

    stepped(
      instance: string,
      { cancels = [], schedules = [] }: Step,
      { term, timeMs }: Entry,
      policy: MissedDeadlines,
    ): void {
      policies.set(instance, policy);
      const left = of(instance).filter(({ event }) => !cancels.includes(event));
      const set = schedules.map(({ event, delayMs }) => ({
        event,
        delayMs,
        term,
        dueMs: timeMs + delayMs,
      }));
      pending.set(instance, [...left, ...set]);
    },

    fired(instance: string, event: string, { index, timeMs }: Entry): Finding {
      const deadlines = of(instance);
      const at = deadlines.findIndex((deadline) => deadline.event === event);
      const deadline = deadlines[at];
      if (deadline === undefined) {
        return `${instance} took "${event}" at ${index}, which it does not wait for: it was called off, or has fired before`;
      }
      deadlines.splice(at, 1);
      return deadline.dueMs <= timeMs + roundingMs
        ? null
        : `${instance} took "${event}" at ${index}, ${deadline.dueMs - timeMs} ms before its time`;
    },

    /** Nothing should be, some time after all is calm. */
    left: (): readonly string[] =>
      [...pending].flatMap(([instance, deadlines]) =>
        deadlines.map(({ event, dueMs }) => `${instance} waits for "${event}", due at ${dueMs} ms`),
      ),
  };
}
