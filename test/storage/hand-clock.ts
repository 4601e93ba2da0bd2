/** A clock that is wound by hand: alarms ring when the test says so, and not before. */
import type { Clock } from '../../runtime/clock.ts';

export type HandClock = Pick<Clock, 'setTimeout' | 'clearTimeout' | 'seed'> & {
  /** Rings everything that is set by now. */
  ring(): void;
};

/** Every segment gets the same salt, so that nothing but its number tells it from the others. */
export function handClock(): HandClock {
  let set: { ring: () => void }[] = [];
  return {
    setTimeout: (ring) => {
      const alarm = { ring };
      set.push(alarm);
      return alarm;
    },
    clearTimeout: (alarm) => {
      set = set.filter((other) => other !== alarm);
    },
    seed: () => 7,
    ring: () => {
      const due = set;
      set = [];
      for (const { ring } of due) ring();
    },
  };
}
