/** What a judgement may cost. Where it is not enough, the verdict is that there is none. */
export type Budget = Readonly<{
  /** Attempts to place an operation. Bounds the memory as well, and is the same on every computer. */
  stepsMax?: number;
  timeMsMax?: number;
  nowMs?: () => number;
}>;

export type Meter = Readonly<{
  /** False once the budget is spent, from then on. */
  spend(): boolean;
  readonly steps: number;
  readonly exhausted: 'steps' | 'time' | null;
}>;

const stepsMaxStandard = 10_000_000;
/** A clock is slow to ask. */
const stepsBetweenLooks = 128;

export function createMeter({
  stepsMax = stepsMaxStandard,
  timeMsMax = Infinity,
  nowMs = () => performance.now(),
}: Budget): Meter {
  const endMs = nowMs() + timeMsMax;
  let steps = 0;
  let exhausted: Meter['exhausted'] = null;
  return {
    spend() {
      if (exhausted !== null) return false;
      if (steps >= stepsMax) exhausted = 'steps';
      else if (steps % stepsBetweenLooks === 0 && nowMs() > endMs) exhausted = 'time';
      else steps += 1;
      return exhausted === null;
    },
    get steps() {
      return steps;
    },
    get exhausted() {
      return exhausted;
    },
  };
}
