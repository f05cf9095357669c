/**
 * Latencies in fixed memory: buckets that grow by a sixteenth of each power of two, so that a quantile is within 7 % of
 * the truth from a tenth of a millisecond to ten minutes. It knows nothing of what was measured, nor when.
 */

const LOWEST_MS = 0.1;
/** Sixteenths of the lowest latency: the first of them that has buckets of its own is 16. */
const UNITS_PER_MS = 16 / LOWEST_MS;
const BUCKETS_PER_DOUBLING = 16;
const MAX_UNITS = 2 ** 31 - 1;
const BUCKETS = 1 + 27 * BUCKETS_PER_DOUBLING;

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
    const bucket = bucketOf(ms);
    const count = this.#counts[bucket] ?? 0;
    this.#counts[bucket] = count + 1;
    this.#total++;
    if (ms > this.#max) this.#max = ms;
  }

  /** Adds what `other` has recorded. */
  add(other: LatencyHistogram): void {
    if (other.#total === 0) return;
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#counts[bucket] = this.#countOf(bucket, other);
    this.#total += other.#total;
    this.#max = Math.max(this.#max, other.#max);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }

  /** Of what was recorded here and in `other`, in milliseconds; all 0 before anything was. */
  summary(other: LatencyHistogram = NOTHING): LatencySummary {
    const total = this.#total + other.#total;
    const max = Math.max(this.#max, other.#max);
    const quantile = (share: number): number => {
      const wanted = Math.ceil(total * share);
      if (wanted === 0) return 0;
      let seen = 0;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        seen += this.#countOf(bucket, other);
        if (seen >= wanted) return Math.min(max, upperMs(bucket));
      }
      return max;
    };
    return { p50: quantile(0.5), p99: quantile(0.99), max };
  }

  #countOf(bucket: number, other: LatencyHistogram): number {
    return (this.#counts[bucket] ?? 0) + (other.#counts[bucket] ?? 0);
  }
}

const NOTHING = new LatencyHistogram();

/** Powers of two and sixteenths of them, by their bits: a logarithm for each message costs more. */
function bucketOf(ms: number): number {
  if (ms <= LOWEST_MS) return 0;
  const units = Math.min(ms * UNITS_PER_MS, MAX_UNITS) | 0;
  const doublings = 27 - Math.clz32(units);
  return 1 + doublings * BUCKETS_PER_DOUBLING + (units >> doublings) - 16;
}

function upperMs(bucket: number): number {
  if (bucket === 0) return LOWEST_MS;
  const doublings = Math.floor((bucket - 1) / BUCKETS_PER_DOUBLING);
  const sixteenths = 16 + ((bucket - 1) % BUCKETS_PER_DOUBLING) + 1;
  return (sixteenths * 2 ** doublings) / UNITS_PER_MS;
}
