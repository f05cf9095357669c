/** What one producer has done and is doing, over all its flows: plain counters that the hot path adds to. */
import { LatencyHistogram } from '../../observe/latency-histogram.js';

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
  /** From admission to receipt, since the producer was created. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
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
  readonly latency = new LatencyHistogram();

  snapshot(): Metrics {
    const { offered, sent, failed, retried, inFlight, inFlightBytes, buffered, lanes, strays } = this;
    const counted = { offered, sent, failed, retried, inFlight, inFlightBytes, buffered, lanes, strays };
    return { ...counted, tracesDropped: this.tracesDropped, latencyMs: this.latency.summary() };
  }
}
