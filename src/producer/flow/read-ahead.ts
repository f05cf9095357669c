/**
 * Notices an operator between a pull source and its gate that holds items back, which the gate cannot see: the source is
 * then read to its end at full speed. A `filter` lets as few items through; what tells them apart is that items which were
 * held back arrive later, outside of any source's reading.
 */
import type { Arrivals } from './arrivals.js';
import { ambientGate } from './gate.js';

/** Read and not arrived, beyond what fits below the gate twice: less may be an operator that holds a bounded number. */
const MIN_MISSING = 1024;
/** So many arrivals show how they come. */
const SAMPLE = 64;

export class ReadAhead {
  readonly #arrivals: Arrivals;
  readonly #arrivedBefore: number;
  #read = 0;
  #isWatching = false;
  #late = 0;
  #seen = 0;

  constructor(arrivals: Arrivals) {
    this.#arrivals = arrivals;
    this.#arrivedBefore = arrivals.count;
  }

  /** So many items more were read; those that could arrive at once have. */
  add(items: number): void {
    this.#read += items;
    if (this.#missing > MIN_MISSING && !this.#isWatching) this.#watchIfFar();
  }

  get #missing(): number {
    return this.#read - (this.#arrivals.count - this.#arrivedBefore);
  }

  #watchIfFar(): void {
    if (this.#missing <= MIN_MISSING + 2 * this.#arrivals.capacity) return;
    this.#isWatching = true;
    const stop = this.#arrivals.watch(() => {
      // Whoever hands on what is read publishes its gate meanwhile.
      if (ambientGate.current === undefined) this.#late++;
      if (++this.#seen < SAMPLE) return;
      stop();
      if (this.#late > SAMPLE / 2) warnOnce(this.#missing);
    });
  }
}

let hasWarned = false;

/** In production too: that is where memory runs out. */
function warnOnce(missing: number): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    `an operator below fromPull holds items back (mergeMap or concatMap over promises, delay, bufferTime): ${missing} were read and have not arrived, and nothing bounds them; for asynchronous work use mapAsync(project, { concurrency })`,
    { code: 'RMQ_READ_AHEAD' },
  );
}
