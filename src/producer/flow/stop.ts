/** What stops a pipeline from outside, as one kind of thing: an Observable that emits when it is time. */
import { isObservable, Observable } from 'rxjs';
import { whenAborted } from './abort-listeners.js';

/** Emits once when `signal` is aborted, or at once if it is already; an Observable stands for itself. */
export function stopOf(stop: Observable<unknown> | AbortSignal): Observable<unknown> {
  if (isObservable(stop)) return stop;
  return new Observable<unknown>((subscriber) => {
    const tell = (): void => {
      subscriber.next(stop.reason);
      subscriber.complete();
    };
    if (!stop.aborted) return whenAborted(stop, tell);
    tell();
    return undefined;
  });
}
