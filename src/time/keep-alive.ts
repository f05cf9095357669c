/**
 * Keeps the process alive while work is pending. All other timers of this library are unref'd, and sockets are held
 * only while they have something to wait for, so this is the one place that stands for "a message has no outcome yet".
 * It never ends anything and measures no time.
 */

import { neutralContext } from '../callbacks/neutral-context.js';

/** The longest delay a Node timer takes; it is never meant to fire. */
const FOREVER_MS = 2 ** 31 - 1;

const nothing = (): void => undefined;

export class KeepAlive {
  #holders = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  /** Work has begun. Each call is matched by one `release`; both cost a few nanoseconds. */
  acquire(): void {
    if (this.#holders++ > 0 || this.#isDisposed) return;
    this.#timer ??= neutralContext.run(() => setInterval(nothing, FOREVER_MS));
    this.#timer.ref();
  }

  /** The work is done: with the last one the process is free to exit. */
  release(): void {
    if (--this.#holders === 0) this.#timer?.unref();
  }

  /** Lets go for good, whoever still holds it. */
  dispose(): void {
    this.#isDisposed = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
