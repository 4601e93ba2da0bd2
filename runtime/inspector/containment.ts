/**
 * The inspector's own mistakes end here: whatever it does in its turns, it must not take its node
 * down, nor reach whoever happened to call it.
 */
import type { Clock } from '../clock.ts';

export type Contain = <Args extends readonly unknown[]>(
  run: (...args: Args) => void,
) => (...args: Args) => void;

export const containing =
  (failed: (error: unknown) => void): Contain =>
  (run) =>
  (...args) => {
    try {
      run(...args);
    } catch (error) {
      failed(error);
    }
  };

/** The same clock, whose rings cannot throw. */
export const containedClock = (clock: Clock, contain: Contain): Clock => ({
  ...clock,
  setTimeout: (ring, delayMs) => clock.setTimeout(contain(ring), delayMs),
  soon: (run) => clock.soon(contain(run)),
});
