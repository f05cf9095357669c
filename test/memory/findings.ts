/** What a memory program measured, against its limits: printed as it is found, and as one line of JSON at the end. */

interface Limit {
  readonly atMost?: number;
  readonly atLeast?: number;
}

export class Findings {
  readonly #program: string;
  readonly #measured: Record<string, number> = {};
  #failed = 0;

  constructor(program: string) {
    this.#program = program;
  }

  /** Compares; what is beyond its limit makes this process fail in the end. */
  check(what: string, measured: number, { atMost = Infinity, atLeast = -Infinity }: Limit): void {
    const isGood = measured <= atMost && measured >= atLeast;
    if (!isGood) this.#failed++;
    this.#measured[what] = rounded(measured);
    const limits = [atMost < Infinity ? `at most ${atMost}` : '', atLeast > -Infinity ? `at least ${atLeast}` : ''];
    const limit = atMost === atLeast ? `exactly ${atMost}` : limits.filter((text) => text !== '').join(', ');
    console.log(`${isGood ? 'ok    ' : 'FAILED'} ${this.#program}: ${what} ${rounded(measured)} (${limit})`);
  }

  /** For the record only. */
  note(what: string, measured: number): void {
    this.#measured[what] = rounded(measured);
  }

  close(): void {
    console.log(JSON.stringify({ program: this.#program, failed: this.#failed, ...this.#measured }));
    process.exitCode = this.#failed === 0 ? 0 : 1;
  }
}

/** Bytes that are alive: on the heap, and beside it in buffers. Needs `--expose-gc`. */
export function liveMemory(): { heap: number; buffers: number } {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  // The first collection frees what the second one finds unreachable behind weak references and finalizers.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}

/** The slope of a line through points that are equally far apart: least squares. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const shared = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  const spread = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return shared / spread;
}

function rounded(value: number): number {
  return Math.abs(value) < 10 ? Math.round(value * 100) / 100 : Math.round(value);
}
