/** Calls an observer of the user so that nothing it does comes back: neither what it throws nor a promise that rejects. */
import type { Observer } from 'rxjs';
import { catchRejection } from './thenable.js';

/** As subscribers give it. */
export type GivenObserver<T> = Partial<Observer<T>> | ((value: T) => void) | null | undefined;

/** Calls `observer`; `report` is told what it throws or rejects with, and must not throw. */
export function guardedObserver<T>(observer: GivenObserver<T>, report: (thrown: unknown) => void): Observer<T> {
  const given: Partial<Observer<T>> = typeof observer === 'function' ? { next: observer } : (observer ?? {});
  const call = (work: () => unknown): void => {
    try {
      catchRejection(work(), report);
    } catch (thrown) {
      report(thrown);
    }
  };
  return {
    next: (value) => call(() => given.next?.(value)),
    // rxjs throws an error that nobody takes, later, where it ends the process.
    error: (error: unknown) => call(() => (given.error === undefined ? report(error) : given.error(error))),
    complete: () => call(() => given.complete?.()),
  };
}
