/** What one producer has done and is doing, over all its flows: plain counters that the hot path adds to. */
import type { LatencySummary } from '../../observe/latency-histogram.js';
import { SlidingLatencies } from '../../observe/sliding-latencies.js';

/**
 * A snapshot of the counters. `offered = sent + failed + inFlight + buffered`, at any moment; only a batch of `sendBatch`
 * that is under way is one in the last two, and as many as it has messages in the others.
 */
export interface Metrics {
  /** Messages handed in, refused ones included. */
  readonly offered: number;
  /** Messages with a receipt (or, oneway, handed to the kernel). */
  readonly sent: number;
  readonly failed: number;
  /** Attempts beyond the first of their message. */
  readonly retried: number;
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** Messages that wait for a slot, or behind another one of their key. */
  readonly buffered: number;
  /** Keys with a message under way, where messages of one key keep their order. */
  readonly lanes: number;
  /** Answers and envelopes that came where nobody waited for them: late, doubled. */
  readonly strays: number;
  /** Records of message trace that were not told: there were too many, or they could not be sent. */
  readonly tracesDropped: number;
  /** From a message's slot in the window to its receipt (`elapsedMs`), over the last minute: what brokers and network take. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** From the call of `send()`, or from when a stream handed the message in, to its receipt (`totalMs`), over the last minute: the wait for a slot included. */
  readonly totalLatencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

export class ProducerStatistics {
  offered = 0;
  sent = 0;
  failed = 0;
  retried = 0;
  inFlight = 0;
  inFlightBytes = 0;
  buffered = 0;
  lanes = 0;
  strays = 0;
  tracesDropped = 0;
  readonly #latency = new SlidingLatencies();
  readonly #totalLatency = new SlidingLatencies();
  readonly #now: () => number;

  /** `now`: monotonic ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A message has its receipt: so long after its slot, and after it was handed in. */
  recordLatency(ms: number, totalMs: number, now: number): void {
    this.#latency.record(ms, now);
    this.#totalLatency.record(totalMs, now);
  }

  snapshot(): Metrics {
    const { offered, sent, failed, retried, inFlight, inFlightBytes, buffered, lanes, strays } = this;
    const counted = { offered, sent, failed, retried, inFlight, inFlightBytes, buffered, lanes, strays };
    return { ...counted, tracesDropped: this.tracesDropped, ...this.#latencies() };
  }

  #latencies(): { readonly latencyMs: LatencySummary; readonly totalLatencyMs: LatencySummary } {
    const now = this.#now();
    return { latencyMs: this.#latency.summary(now), totalLatencyMs: this.#totalLatency.summary(now) };
  }
}
