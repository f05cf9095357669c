/**
 * Counts what is allocated on the JavaScript heap. Between two garbage collections the heap only grows, so what it grew by
 * from the end of each to the beginning of the next is what was allocated: exact, and at no cost a message. Buffers lie
 * outside of the heap and are not counted.
 */
import { GCProfiler, getHeapStatistics } from 'node:v8';

export interface Allocations {
  readonly heapBytes: number;
  /** Time in the garbage collector. */
  readonly gcMicros: number;
}

export class AllocationMeter {
  readonly #profiler = new GCProfiler();
  #usedAtStart = 0;

  start(): void {
    this.#profiler.start();
    this.#usedAtStart = getHeapStatistics().used_heap_size;
  }

  /** Returns what was allocated since `start`. */
  stop(): Allocations {
    let used = this.#usedAtStart;
    const usedAtEnd = getHeapStatistics().used_heap_size;
    let heapBytes = 0;
    let gcMicros = 0;
    for (const { beforeGC, afterGC, cost } of this.#profiler.stop().statistics) {
      heapBytes += beforeGC.heapStatistics.usedHeapSize - used;
      used = afterGC.heapStatistics.usedHeapSize;
      gcMicros += cost;
    }
    return { heapBytes: heapBytes + usedAtEnd - used, gcMicros };
  }
}
