/** Bytes that several may hold together. Who holds them, and what follows where there are too many, is not decided here. */
export class ByteBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** False, and nothing is held, where they would be more than the limit together. */
  tryHold(bytes: number): boolean {
    if (this.#held + bytes > this.limit) return false;
    this.#held += bytes;
    return true;
  }

  /** They were held, and are no longer. */
  release(bytes: number): void {
    this.#held -= bytes;
  }
}
