/** A position in a random sequence. Plain data, so it can live in context. */
export type RandomState = Readonly<{ seed: number }>;

/** Draws an integer in [low, high]. Same state in, same number and state out. */
export function drawInteger(
  { seed }: RandomState,
  low: number,
  high: number,
): [drawn: number, next: RandomState] {
  const next = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return [low + Math.floor((next / 2 ** 32) * (high - low + 1)), { seed: next }];
}
