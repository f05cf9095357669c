/** Observables of the library that several may look at, each in an async context of its own. */
import { Observable } from 'rxjs';
import { AsyncContext } from './async-context.js';

/** The same values; each subscriber is told in the context in which it subscribed. */
export function inSubscribersContext<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const context = new AsyncContext();
    return source.subscribe({
      next: (value) => context.run(() => subscriber.next(value)),
      error: (error: unknown) => context.run(() => subscriber.error(error)),
      complete: () => context.run(() => subscriber.complete()),
    });
  });
}
