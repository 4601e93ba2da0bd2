/**
 * What user code can look at although nodes do not agree on it. While a machine is exercised,
 * these show what we want, so that a step which heeds them gives itself away.
 */

/** Each number another time, other dice, another time zone. The same numbers, the same things to see. */
export type Circumstances = Readonly<{ clock: number; dice: number; zone: number }>;

export const asIs: Circumstances = { clock: 0, dice: 0, zone: 0 };
export const otherwise = (variant: number): Circumstances => ({
  clock: variant,
  dice: variant,
  zone: variant,
});

/** Somebody looked. */
export type Look = Readonly<{
  at: keyof Circumstances;
  /** What was called: `Date.now`. */
  call: string;
  /** `order.ts:12:30`, or at least `order.ts`; null where nobody knows. */
  place: string | null;
}>;

export interface Surroundings {
  /** Takes a step in such circumstances, and tells who looked. What it throws is thrown on. */
  within<Result>(
    circumstances: Circumstances,
    step: () => Result,
  ): Readonly<{ result: Result; looks: readonly Look[] }>;
  /** Whether this has taken long enough. */
  isEnough(): boolean;
}
