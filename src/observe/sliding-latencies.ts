/** The latencies of the last minute: slices of ten seconds, of which the oldest is given up as time goes on. */
import { LatencyHistogram, type LatencySummary } from './latency-histogram.js';

const SLICE_MS = 10_000;
const SLICES = 6;

export class SlidingLatencies {
  readonly #slices = Array.from({ length: SLICES }, () => new LatencyHistogram());
  #current = new LatencyHistogram();
  /** All slices but the current one. */
  readonly #earlier = new LatencyHistogram();
  /** The number of the current slice, counted from the beginning of time, and its end. */
  #number = Number.NEGATIVE_INFINITY;
  #endsAt = Number.NEGATIVE_INFINITY;

  /** `now` is monotonic ms. */
  record(ms: number, now: number): void {
    if (now >= this.#endsAt) this.#moveTo(now);
    this.#current.record(ms);
  }

  /** Of what was recorded within the last minute, to ten seconds. */
  summary(now: number): LatencySummary {
    if (now >= this.#endsAt) this.#moveTo(now);
    return this.#current.summary(this.#earlier);
  }

  #moveTo(now: number): void {
    const number = Math.floor(now / SLICE_MS);
    const begun = Math.min(number - this.#number, SLICES);
    for (let back = 0; back < begun; back++) this.#sliceOf(number - back).clear();
    this.#number = number;
    this.#endsAt = (number + 1) * SLICE_MS;
    this.#current = this.#sliceOf(number);
    this.#earlier.clear();
    for (const slice of this.#slices) if (slice !== this.#current) this.#earlier.add(slice);
  }

  #sliceOf(number: number): LatencyHistogram {
    return this.#slices[((number % SLICES) + SLICES) % SLICES] ?? this.#current;
  }
}
