/**
 * Waits for abort signals, with one listener for each signal: Node warns of a leak from the eleventh on, and one signal
 * may be that of thousands of calls.
 */

/** Those that wait, by signal, for as long as there are any. */
const waiting = new WeakMap<AbortSignal, AbortListeners>();

/**
 * Calls `listener` once when `signal` is aborted, which it is not yet, in the order of these calls; until the returned
 * function is called. The listener must not throw.
 */
export function whenAborted(signal: AbortSignal, listener: () => void): () => void {
  let listeners = waiting.get(signal);
  if (listeners === undefined) {
    listeners = new AbortListeners(signal);
    waiting.set(signal, listeners);
  }
  return listeners.add(listener);
}

class AbortListeners {
  readonly #signal: AbortSignal;
  /** As objects: one function may wait twice. */
  readonly #waiting = new Set<{ readonly call: () => void }>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(call: () => void): () => void {
    if (this.#waiting.size === 0) this.#signal.addEventListener('abort', this.#callAll, { once: true });
    const waiter = { call };
    this.#waiting.add(waiter);
    return () => {
      if (!this.#waiting.delete(waiter) || this.#waiting.size > 0) return;
      this.#signal.removeEventListener('abort', this.#callAll);
    };
  }

  /** One that is taken back by another one is not called. */
  readonly #callAll = (): void => {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      waiter.call();
    }
  };
}
