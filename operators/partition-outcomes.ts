/** Outcomes as two streams: receipts and failures. */
import { filter, Observable, share } from 'rxjs';
import { inSubscribersContext } from '../src/callbacks/in-subscribers-context.js';
import { assertGiven, type OptionTable } from '../src/options/check-options.js';
import { observable } from '../src/options/option-kinds.js';
import type { SendFailure, SendOutcome, SendReceipt } from '../src/producer/message/outcome.js';

const partitionArguments = { outcomes: { kind: observable, isRequired: true } } as const satisfies OptionTable;

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
  assertGiven('arguments of partitionOutcomes', { outcomes }, partitionArguments);
  // Not by asapScheduler, whose work all runs in the async context of what was first in the queue.
  const later = new Observable<SendOutcome<C>>((subscriber) =>
    queueMicrotask(() => {
      if (!subscriber.closed) subscriber.add(outcomes.subscribe(subscriber));
    }),
  );
  const shared = later.pipe(share());
  return [
    inSubscribersContext(shared.pipe(filter((outcome): outcome is SendReceipt<C> => outcome.ok))),
    inSubscribersContext(shared.pipe(filter((outcome): outcome is SendFailure<C> => !outcome.ok))),
  ];
}
