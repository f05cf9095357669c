/**
 * How long to wait before trying again something that keeps failing: twice as long each time, up to a cap, with jitter
 * so that many clients do not come back in step. It waits for nothing itself.
 */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly capMs: number;
  /** In 0..1, as Math.random. */
  readonly random?: (() => number) | undefined;
}

export class Backoff {
  readonly #capMs: number;
  readonly #firstMs: number;
  readonly #random: () => number;
  #nextMs: number;

  constructor({ firstMs, capMs, random = Math.random }: BackoffOptions) {
    this.#firstMs = firstMs;
    this.#capMs = capMs;
    this.#random = random;
    this.#nextMs = firstMs;
  }

  /** It failed again: the delay until the next try, between half and the whole of what the doubling says. */
  next(): number {
    const delayMs = this.#nextMs * (0.5 + this.#random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, this.#capMs);
    return delayMs;
  }

  /** It worked: the next failure counts as the first. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
