/**
 * How many items have come to a gate, for pull sources above it that ask where theirs stay. It counts; what that means is
 * `read-ahead.ts`.
 */
export class Arrivals {
  readonly #capacity: () => number;
  readonly #watchers = new Set<() => void>();
  #count = 0;

  /** `capacity` says how many items may be below the gate at once. */
  constructor(capacity: () => number) {
    this.#capacity = capacity;
  }

  get count(): number {
    return this.#count;
  }
  get capacity(): number {
    return this.#capacity();
  }

  /** One more has come; returns its number, from 1 on. */
  next(): number {
    if (this.#watchers.size > 0) for (const look of this.#watchers) look();
    return ++this.#count;
  }

  /** Calls `look` at each further arrival, until the returned function is called. */
  watch(look: () => void): () => void {
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }
}
