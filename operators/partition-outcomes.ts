/** Outcomes as two streams: receipts and failures. */
import { asapScheduler, filter, type Observable, share, subscribeOn } from 'rxjs';
import type { SendFailure, SendOutcome, SendReceipt } from '../src/producer/message/outcome.js';

/**
 * Splits outcomes into receipts and failures. Both come from one subscription to `outcomes`, so nothing is sent twice; it
 * begins in a microtask after the first of the two is subscribed to, and ends when both are unsubscribed. Subscribe to
 * both in one go: who comes later misses what was before.
 *
 * @example
 * const [receipts$, failures$] = partitionOutcomes(orders$.pipe(toRocketMQ(producer, { onFailure: 'result' })));
 */
export function partitionOutcomes<C>(
  outcomes: Observable<SendOutcome<C>>,
): readonly [receipts: Observable<SendReceipt<C>>, failures: Observable<SendFailure<C>>] {
  const shared = outcomes.pipe(subscribeOn(asapScheduler), share());
  return [
    shared.pipe(filter((outcome): outcome is SendReceipt<C> => outcome.ok)),
    shared.pipe(filter((outcome): outcome is SendFailure<C> => !outcome.ok)),
  ];
}
