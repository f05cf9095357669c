/**
 * How an operator subscribes to its source, so that a source that emits while it is being subscribed to can be left. It
 * knows nothing of envelopes.
 */
import { Observable, type Observer, type Subscription } from 'rxjs';

/**
 * As `source.subscribe(observer)`, but linked with the operator's own subscriber, or a subscription, from the beginning: where `source` emits
 * synchronously, perhaps without end, unsubscribing from below (`take(1)`) or from the returned subscription (handed to
 * `begin` before the first item) reaches it at once, and not only when it has emitted everything.
 */
export function subscribeLinked<T>(
  source: Observable<T>,
  below: Pick<Subscription, 'add'>,
  observer: Observer<T>,
  begin?: (input: Subscription) => void,
): void {
  new Observable<T>((input) => {
    below.add(input);
    begin?.(input);
    return source.subscribe(input);
  }).subscribe(observer);
}
