/** How long proposals took, in a shape that a page can draw. */
import { build, type Histogram } from 'hdr-histogram-js';
import type { ProposalsPicture } from './protocol.ts';

const edgesMs = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] as const;
const longestUs = 120_000_000;

export class Latencies {
  readonly #histogram: Histogram = build({
    highestTrackableValue: longestUs,
    numberOfSignificantValueDigits: 2,
    useWebAssembly: false,
  });
  /** One more than there are edges. */
  readonly #counts: number[] = Array.from({ length: edgesMs.length + 1 }, () => 0);

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(longestUs, Math.max(1, Math.round(ms * 1_000))));
    let bucket = 0;
    for (const edge of edgesMs) {
      if (ms < edge) break;
      bucket += 1;
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  picture(): ProposalsPicture['latency'] {
    const count = this.#histogram.totalCount;
    const at = (percentile: number): number | null =>
      count === 0 ? null : this.#histogram.getValueAtPercentile(percentile) / 1_000;
    return {
      count,
      p50Ms: at(50),
      p99Ms: at(99),
      buckets: this.#counts.map((inBucket, nth) => ({
        belowMs: edgesMs[nth] ?? null,
        count: inBucket,
      })),
    };
  }
}
