/**
 * What all instances of a node wait for together: the deadline that comes next, and every effect
 * that is not done. Kept up as instances change, so that a leader finds its work without looking
 * at any of them.
 */
import TinyQueue from 'tinyqueue';
import type { EffectId } from '../protocol/chore.ts';
import type { Effect, Pending, Timer } from './pending.ts';

export type PendingEffect = Readonly<{ machine: string; key: string; effect: Effect }>;
export type Deadline = Readonly<{ machine: string; key: string; timer: number; dueMs: number }>;

export interface Agenda {
  /** Of all instances, in the order in which they were asked for. */
  readonly effects: ReadonlyMap<EffectId, PendingEffect>;
  /** Is told of every change of `effects` from now on, instead of whoever was before. */
  watch(watcher: Watcher | null): void;
  readonly deadlines: number;
  /** What it keeps for them, called-off ones included: not many times more. */
  readonly places: number;
  /** When the next one is due, in the cluster's time; null if there is none. */
  nextDueMs(): number | null;
  /** Some of those that are due, the eldest first, at most one of each instance. */
  due(timeMs: number, max: number): readonly Deadline[];
  changed(machine: string, key: string, before: Pending, after: Pending): void;
}

export type Watcher = Readonly<{
  /** It is new, or it was claimed. */
  pending: (effect: PendingEffect) => void;
  over: (id: EffectId) => void;
}>;

type Place = Deadline & { isOff: boolean };

const sooner = (a: Place, b: Place): number => a.dueMs - b.dueMs || a.timer - b.timer;

export function createAgenda(): Agenda {
  const effects = new Map<EffectId, PendingEffect>();
  let queue = new TinyQueue<Place>([], sooner);
  /** By the timer itself, which is another object once its deadline is another. */
  const places = new WeakMap<Timer, Place>();
  let watcher: Watcher | null = null;
  let deadlines = 0;

  /** Called-off ones stay until they come up, or are the most. */
  const drop = (): void => {
    while (queue.peek()?.isOff === true) queue.pop();
    if (queue.length <= 2 * deadlines + 64) return;
    queue = new TinyQueue(
      queue.data.filter(({ isOff }) => !isOff),
      sooner,
    );
  };

  function timersChanged(machine: string, key: string, before: Pending, after: Pending): void {
    const kept = new Set(after.timers);
    for (const timer of before.timers) {
      const place = places.get(timer);
      if (kept.has(timer) || place === undefined) continue;
      place.isOff = true;
      deadlines -= 1;
    }
    for (const timer of after.timers) {
      if (places.has(timer)) continue;
      const place = { machine, key, timer: timer.timer, dueMs: timer.dueMs, isOff: false };
      places.set(timer, place);
      queue.push(place);
      deadlines += 1;
    }
    drop();
  }

  function effectsChanged(machine: string, key: string, before: Pending, after: Pending): void {
    const kept = new Set(after.effects.map(({ id }) => id));
    for (const { id } of before.effects) {
      if (kept.has(id)) continue;
      effects.delete(id);
      watcher?.over(id);
    }
    for (const effect of after.effects) {
      if (effects.get(effect.id)?.effect === effect) continue;
      const pending = { machine, key, effect };
      effects.set(effect.id, pending);
      watcher?.pending(pending);
    }
  }

  return {
    effects,
    watch(next) {
      watcher = next;
    },
    get deadlines() {
      return deadlines;
    },
    get places() {
      return queue.length;
    },
    nextDueMs: () => queue.peek()?.dueMs ?? null,
    due(timeMs, max) {
      const found: Place[] = [];
      const set = new Set<string>();
      const later: Place[] = [];
      for (;;) {
        drop();
        const next = queue.peek();
        if (next === undefined || next.dueMs > timeMs || found.length >= max) break;
        queue.pop();
        later.push(next);
        const instance = `${next.machine}/${next.key}`;
        if (!set.has(instance)) found.push(next);
        set.add(instance);
      }
      // They stay until an entry has fired them.
      for (const place of later) queue.push(place);
      return found;
    },
    changed(machine, key, before, after) {
      if (before.timers !== after.timers) timersChanged(machine, key, before, after);
      if (before.effects !== after.effects) effectsChanged(machine, key, before, after);
    },
  };
}
