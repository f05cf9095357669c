/** What the comparison of backpressure sends, and what its programs tell. */

export const ROWS = 1_000_000;
export const WINDOW = 256;
export const ANSWERS_PER_SECOND = 40_000;
/** A way that is slower than the broker is not waited for. */
export const LIMIT_S = 30;

/** One line of JSON on standard output, ten times a second and at the end. */
export interface Sample {
  readonly atS: number;
  readonly heapBytes: number;
  readonly read: number;
  /** Rows read and without an outcome, at most, since the last sample. */
  readonly readAhead: number;
  readonly settled: number;
  readonly sent: number;
  readonly failed: number;
}
