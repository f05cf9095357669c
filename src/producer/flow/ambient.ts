/**
 * How one operator of a pipeline hands something to another one above it: rxjs subscribes from the bottom up, so what is
 * published while an operator subscribes to its source can be picked up by any operator above that subscribes
 * synchronously. It knows nothing of what is handed over.
 */
import { internalKey } from '../../errors/copies.js';

interface Slot {
  current: unknown;
}

/** Shared by all copies of this version of the library. */
const slots: Record<symbol, Slot> = globalThis;

/** One thing that is handed up. `name` is its key on `globalThis`: an ESM and a CJS copy of this library may be loaded at once. */
export class Ambient<T> {
  readonly #key: symbol;
  #known: Slot | undefined;

  constructor(name: string) {
    this.#key = Symbol.for(internalKey(`ambient-${name}`));
  }

  /** Made at the first use, because an import leaves globals alone; then kept, because they are slow. */
  get #slot(): Slot {
    return (this.#known ??= slots[this.#key] ??= { current: undefined });
  }

  /** What the pipeline that is being subscribed to right now has published. */
  get current(): T | undefined {
    return this.#slot.current as T | undefined;
  }

  /** Runs `work` with `value` published; what was published before is back afterwards. */
  run<R>(value: T | undefined, work: () => R): R {
    const slot = this.#slot;
    const outer = slot.current;
    slot.current = value;
    try {
      return work();
    } finally {
      slot.current = outer;
    }
  }

  /** Runs `work` with nothing published; costs next to nothing where there is nothing anyway. */
  runWithout(work: () => void): void {
    if (this.#slot.current === undefined) work();
    else this.run(undefined, work);
  }
}
