/** Outcomes to receipts: for a pipeline that emits failures, and a part of it that wants none. */
import { map, type OperatorFunction } from 'rxjs';
import type { SendOutcome, SendReceipt } from '../src/producer/message/outcome.js';
import { SendError } from '../src/producer/message/send-error.js';

/**
 * Passes receipts on; the first failure errors the stream with its SendError and unsubscribes from the pipeline above:
 * what was not sent by then is given back, what is with a broker is finished and counted, but not emitted. To see those
 * receipts too, use `onFailure: 'error'` of the pipeline instead.
 */
export function failOnError<C>(): OperatorFunction<SendOutcome<C>, SendReceipt<C>> {
  return map((outcome) => {
    if (outcome.ok) return outcome;
    throw new SendError(outcome);
  });
}
