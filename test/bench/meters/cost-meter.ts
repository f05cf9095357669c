/** Measures the cost of the messages between the warm-up and the end, with counters that the engine keeps anyway. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AllocationMeter } from './allocation-meter.js';
import type { Cost, Latency } from './cost.js';
import type { Meter, Span } from './meter.js';

const EVENT_LOOP_SAMPLE_MS = 5;
const NANOS_PER_MS = 1e6;
const KIB = 1024;

export class CostMeter implements Meter<Cost> {
  readonly #span: Span;
  readonly #end: number;
  readonly #latencies: Float64Array;
  readonly #eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_SAMPLE_MS });
  readonly #allocations = new AllocationMeter();
  #settled = 0;
  #timed = 0;
  #cpu = process.cpuUsage();
  #startedAt = 0;
  #cost: Cost | undefined;

  constructor(span: Span) {
    this.#span = span;
    this.#end = span.warmUp + span.messages;
    this.#latencies = new Float64Array(span.messages);
  }

  settled(sentAt: number): void {
    const settled = ++this.#settled;
    if (settled === this.#end) this.#stop();
    else if (settled === this.#span.warmUp) this.#start();
    if (sentAt !== 0 && settled > this.#span.warmUp && settled <= this.#end) {
      this.#latencies[this.#timed++] = performance.now() - sentAt;
    }
  }

  figures(): Cost {
    if (this.#cost === undefined) throw new Error(`only ${this.#settled} of ${this.#end} messages were settled`);
    return this.#timed === 0 ? this.#cost : { ...this.#cost, latency: this.#latency() };
  }

  #start(): void {
    this.#eventLoop.enable();
    this.#allocations.start();
    this.#startedAt = performance.now();
    this.#cpu = process.cpuUsage();
  }

  #stop(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const { heapBytes, gcMicros } = this.#allocations.stop();
    this.#eventLoop.disable();
    const { messages } = this.#span;
    this.#cost = {
      cpuMicros: (user + system) / messages,
      perSecond: messages / seconds,
      allocatedBytes: heapBytes / messages,
      gcMicros: gcMicros / messages,
      peakRssBytes: process.resourceUsage().maxRSS * KIB,
      eventLoopDelayP99Ms: Math.max(0, this.#eventLoop.percentile(99) / NANOS_PER_MS - EVENT_LOOP_SAMPLE_MS),
    };
  }

  #latency(): Latency {
    const sorted = this.#latencies.subarray(0, this.#timed).toSorted();
    const quantile = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), p999Ms: quantile(0.999) };
  }
}
