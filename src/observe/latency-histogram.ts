/**
 * Latencies in fixed memory: buckets that grow by a twelfth of their size, so that a quantile is within 9 % of the
 * truth from a tenth of a millisecond to ten minutes. It knows nothing of what was measured.
 */

const LOWEST_MS = 0.1;
const BUCKETS_PER_DOUBLING = 8;
const BUCKETS = 180;

export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #max = 0;

  record(ms: number): void {
    const bucket =
      ms <= LOWEST_MS ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(ms / LOWEST_MS) * BUCKETS_PER_DOUBLING));
    const count = this.#counts[bucket] ?? 0;
    this.#counts[bucket] = count + 1;
    this.#total++;
    if (ms > this.#max) this.#max = ms;
  }

  /** Milliseconds; all 0 before anything was recorded. */
  summary(): LatencySummary {
    return { p50: this.#quantile(0.5), p99: this.#quantile(0.99), max: this.#max };
  }

  #quantile(share: number): number {
    const wanted = Math.ceil(this.#total * share);
    if (wanted === 0) return 0;
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return Math.min(this.#max, LOWEST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING));
    }
    return this.#max;
  }
}
