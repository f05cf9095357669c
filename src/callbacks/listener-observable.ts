/**
 * An Observable for those that only look on: events, states, metrics. What they throw ends neither the process nor what
 * they look at. Outcomes of messages are not for these: whoever takes them has to know that taking them failed.
 */
import { isObservable, Observable, Subscriber, type Subscription } from 'rxjs';
import { type GivenObserver, guardedObserver } from './guarded-observer.js';
import { inSubscribersContext } from './in-subscribers-context.js';

/**
 * Gives the values of `source`, and tells each subscriber in the async context in which it subscribed. `report` is told
 * what subscribers throw or reject with, also behind operators.
 */
export function forListeners<T>(source: Observable<T>, report: (thrown: unknown) => void): Observable<T> {
  const told = inSubscribersContext(source);
  return new ListenerObservable<T>(report, (subscriber) => told.subscribe(subscriber));
}

class ListenerObservable<T> extends Observable<T> {
  readonly #report: (thrown: unknown) => void;

  constructor(report: (thrown: unknown) => void, subscribe?: (subscriber: Subscriber<T>) => Subscription) {
    super(subscribe);
    this.#report = report;
  }

  /** What operators make of it is for listeners too. The types are those of Observable. */
  override pipe(...operators: readonly ((source: never) => unknown)[]): never {
    const piped: unknown = operators.reduce<unknown>((source, operator) => operator(source as never), this);
    const listened = isObservable(piped)
      ? new ListenerObservable(this.#report, (subscriber) => piped.subscribe(subscriber))
      : piped;
    return listened as never;
  }

  override subscribe(observer?: GivenObserver<T>): Subscription;
  override subscribe(
    next?: ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription;
  override subscribe(
    observer?: GivenObserver<T>,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // An operator of rxjs, which hands errors on.
    if (isSubscriber(observer)) return super.subscribe(observer);
    const given = typeof observer === 'function' ? { next: observer } : (observer ?? {});
    const rest = { ...(error && { error }), ...(complete && { complete }) };
    return super.subscribe(guardedObserver(isEmpty(rest) ? given : { ...given, ...rest }, this.#report));
  }
}

/** Also one of another copy of rxjs. */
const isSubscriber = (observer: object | null | undefined): observer is Subscriber<unknown> =>
  observer instanceof Subscriber ||
  (typeof observer === 'object' &&
    observer !== null &&
    ['next', 'error', 'complete', 'add', 'unsubscribe'].every(
      (name) => typeof Reflect.get(observer, name) === 'function',
    ));

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;
