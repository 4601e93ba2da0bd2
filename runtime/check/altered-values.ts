/**
 * What an altered clock and altered dice show: by a number, always the same for the same one.
 * The first two are far apart in every respect, so that most comparisons come out differently.
 */

const wallTimes = [Date.UTC(2001, 1, 3, 4, 5, 6, 7), Date.UTC(2033, 9, 18, 19, 40, 51, 886)];
const firstDraws = [0.000_3, 0.999_6];

export const zoneOf = (variant: number): string =>
  ['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kolkata'][(variant - 1) % 3] ?? 'UTC';

/** Ticks at each look, since somebody may wait for it to. */
export function alteredClock(variant: number) {
  const draw = drawing(variant);
  const since = wallTimes[variant] ?? Math.floor(draw() * Date.UTC(2060, 0));
  const upMs = variant * 86_399_000 + 1_234.5;
  let looks = 0;
  const nowMs = (): number => upMs + looks++;

  return {
    wallMs: (): number => since + looks++,
    nowMs,
    hrtime(earlier: readonly [number, number] = [0, 0]): [number, number] {
      const ns = Math.round(nowMs() * 1e6) - earlier[0] * 1e9 - earlier[1];
      return [Math.floor(ns / 1e9), ns % 1e9];
    },
    bigint: (): bigint => BigInt(Math.round(nowMs() * 1e6)),
  };
}

/** The first draw is an extreme, the others are anything: somebody may draw until it fits. */
export function alteredDice(variant: number) {
  const draw = drawing(variant);
  let isFirst = true;
  const number = (): number => {
    const first = isFirst ? firstDraws[variant] : undefined;
    isFirst = false;
    return first ?? draw();
  };
  function fill<Into extends ArrayBufferView>(into: Into): Into {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(number() * 256);
    return into;
  }

  return {
    number,
    fill,
    integer(...bounds: readonly number[]): number {
      const [low = 0, high = 0] = bounds.length > 1 ? bounds : [0, ...bounds];
      return low + Math.floor(number() * (high - low));
    },
    uuid(): string {
      const bytes = fill(new Uint8Array(16));
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      const hex = Buffer.from(bytes).toString('hex');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
  };
}

/** Mulberry32. */
function drawing(seed: number): () => number {
  let state = (seed * 0x9e3779b9 + 0x85ebca6b) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
