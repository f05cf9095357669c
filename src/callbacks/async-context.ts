/**
 * A captured async context: what `AsyncLocalStorage` of Node gives to the code that runs in it. Functions of users run in
 * the context in which the user subscribed, sent or configured them, and not in that of the socket or timer that calls
 * them. Which context is captured where is decided by the callers of this file.
 */
import { AsyncResource } from 'node:async_hooks';

/** Where a function of a user is to run. */
export interface CallbackContext {
  /** The code that runs now was called by `run` of this context: another `run` would change nothing. */
  readonly isEntered: boolean;
  /** Calls `work` in this context. Returns what it returns, and throws what it throws. */
  run<A extends readonly unknown[], R>(work: (...args: A) => R, ...args: A): R;
}

/** Of the context whose `run` is the innermost one on the stack. */
let entered: AsyncResource | undefined;

export class AsyncContext implements CallbackContext {
  readonly #resource: AsyncResource;

  /** Captures the context of the code that calls this. */
  constructor(resource = new AsyncResource('RX_ROCKETMQ')) {
    this.#resource = resource;
  }

  get isEntered(): boolean {
    return entered === this.#resource;
  }

  run<A extends readonly unknown[], R>(work: (...args: A) => R, ...args: A): R {
    if (entered === this.#resource) return work(...args);
    const outer = entered;
    entered = this.#resource;
    try {
      return this.#resource.runInAsyncScope(work, undefined, ...args);
    } finally {
      entered = outer;
    }
  }
}

/** A function that calls `work` in `context`, with its arguments. */
export const inContext =
  <A extends readonly unknown[], R>(context: CallbackContext, work: (...args: A) => R) =>
  (...args: A): R =>
    context.run(work, ...args);

/** The context that happens to be there: for envelopes of no subscription. */
export const ambientContext: CallbackContext = {
  isEntered: true,
  run: (work, ...args) => work(...args),
};
