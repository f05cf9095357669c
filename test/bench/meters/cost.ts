/** The figures of one run of a case: what its messages cost in time and in memory. */

export interface Cost {
  /** CPU time (user and system) of the process, a message. */
  readonly cpuMicros: number;
  readonly perSecond: number;
  /** From when a message is read from the source to its receipt, of every 16th; the socket limit has none. */
  readonly latency?: Latency;
  /** On the JavaScript heap, a message. */
  readonly allocatedBytes: number;
  /** Time in the garbage collector, a message. */
  readonly gcMicros: number;
  /** The most memory that the process had, its start included. */
  readonly peakRssBytes: number;
  /** How late the event loop was, at its worst hundredth. */
  readonly eventLoopDelayP99Ms: number;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}
