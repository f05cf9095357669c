/**
 * How one operator of a pipeline hands something to another one above it: rxjs subscribes from the bottom up, so what is
 * published while an operator subscribes to its source can be picked up by any operator above that subscribes
 * synchronously. It knows nothing of what is handed over.
 */

/** One thing that is handed up. `name` is its key on `globalThis`: an ESM and a CJS copy of this library may be loaded at once. */
export class Ambient<T> {
  readonly #key: symbol;

  constructor(name: string) {
    this.#key = Symbol.for(`rx-rocketmq.ambient-${name}`);
  }

  /** What the pipeline that is being subscribed to right now has published. */
  get current(): T | undefined {
    return slots[this.#key] as T | undefined;
  }

  /** Runs `work` with `value` published; what was published before is back afterwards. */
  run<R>(value: T | undefined, work: () => R): R {
    const outer = slots[this.#key];
    slots[this.#key] = value;
    try {
      return work();
    } finally {
      slots[this.#key] = outer;
    }
  }

  /** Runs `work` with nothing published; costs next to nothing where there is nothing anyway. */
  runWithout(work: () => void): void {
    if (slots[this.#key] === undefined) work();
    else this.run(undefined, work);
  }
}

const slots: Record<symbol, unknown> = globalThis;
