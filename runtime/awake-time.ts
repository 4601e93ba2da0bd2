/**
 * Time as far as this process was awake in it. Asked often, it goes with the clock; where it was
 * not asked for longer than `gapMsMax`, the process slept or the clock leapt, and no more than
 * that counts. The time of the whole cluster is made of this: a leader whose clock leaps by an
 * hour must not make everybody forget an hour's worth of proposals.
 */
export function awakeTime(nowMs: () => number, gapMsMax: number): () => number {
  let askedMs = nowMs();
  let skippedMs = 0;

  return () => {
    const now = nowMs();
    skippedMs += Math.max(0, now - askedMs - gapMsMax);
    askedMs = now;
    return now - skippedMs;
  };
}
