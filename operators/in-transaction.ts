/** Messages with local work: each is sent as the half of a transaction, and its work decides whether consumers see it. */
import { map, type OperatorFunction, pipe } from 'rxjs';
import type { ProducerConfig } from '../src/producer/config.js';
import type { Message } from '../src/producer/message/message.js';
import type { SendFailure } from '../src/producer/message/outcome.js';
import { checkPipelineOptions, type PipelineOptions } from '../src/producer/pipeline-options.js';
import { coreOf, type Producer } from '../src/producer/producer.js';
import { checkTransactionWork, type TransactionWork } from '../src/producer/transaction/transaction-options.js';
import type { TransactionReceipt } from '../src/producer/transaction/transaction.js';
import type { Resolution } from '../src/protocol/requests/end-transaction.js';
import { deliverEnvelopes } from './deliver.js';
import { type SendOperator, sendOperator, type WithoutFailures } from './send-operator.js';
import { settle } from './settle.js';

/** The options of a pipeline of transactions. A half message is confirmed, so there is no `mode`. */
export interface TransactionPipelineOptions<C = unknown, R extends Resolution = Resolution>
  extends Omit<PipelineOptions<C>, 'mode'>, TransactionWork<C, R> {}

/**
 * Sends every message as the first half of a transaction, runs `execute` when a broker has it, and tells the broker what
 * `execute` says: 'commit' lets consumers see the message, 'rollback' never does, with 'unknown' the broker asks
 * `checkTransaction` later. Emits what the broker was told.
 *
 * - **The slot of a message is held until its end is written**: `window` bounds the local work under way, too.
 * - What `execute` throws, says otherwise, or does not say within `localTimeoutMs` (60 000) makes the transaction
 *   'unknown'; `reason` says why. So does an end that the broker does not confirm. What comes later is ignored.
 * - A half message stored with another status than SEND_OK is rolled back, and `execute` is not called.
 * - The time of a message ends with its half message; the local work has its own. A message with a delay or a priority
 *   fails: RMQ_MESSAGE_INVALID.
 * - Unsubscribing lets the local work under way end, and its word is still passed on. `signal` and a shutdown that gives
 *   up abort `transaction.signal`; the message is then `stored: 'maybe'`, nothing is told, and the broker will ask.
 * - **A committed message can be stored twice**, under one unique key, where an attempt of its half message had no answer
 *   or its end was lost.
 *
 * Everything else is as with `toRocketMQ`. Throws RMQ_CONFIG_INVALID for wrong options, at once.
 *
 * @example
 * orders$.pipe(
 *   map(toMessage),
 *   inTransaction(producer, { execute: (message) => from(saveOrder(message)).pipe(map(() => 'commit')) }),
 * ).subscribe((receipt) => console.log(receipt.msgId, receipt.resolution));
 */
export function inTransaction<C = undefined, const R extends Resolution = Resolution>(
  to: Producer | ProducerConfig,
  options: TransactionPipelineOptions<C, R> & { readonly onFailure?: WithoutFailures },
): SendOperator<Message<C>, TransactionReceipt<C>>;
export function inTransaction<C = undefined, const R extends Resolution = Resolution>(
  to: Producer | ProducerConfig,
  options: TransactionPipelineOptions<C, R>,
): SendOperator<Message<C>, TransactionReceipt<C> | SendFailure<C>>;
export function inTransaction<C>(
  to: Producer | ProducerConfig,
  options: TransactionPipelineOptions<C>,
): SendOperator<Message<C>, TransactionReceipt<C> | SendFailure<C>> {
  const checked = checkPipelineOptions(options, 'inTransaction');
  const { execute, localTimeoutMs } = options;
  const work = checkTransactionWork<C>({ execute, ...(localTimeoutMs === undefined ? {} : { localTimeoutMs }) });
  const { results, onFailure } = checked;

  return sendOperator('inTransaction', to, (producer) => {
    const { transactions } = coreOf(producer);
    return pipe(
      map((message) => transactions.open<C>(message, work.execute, work.localTimeoutMs)),
      deliverEnvelopes<C>(producer, checked, 'when-emitted'),
      settle<C>({ results, onFailure }),
      // Every receipt of a transaction is one of LocalTransaction's.
    ) as OperatorFunction<Message<C>, TransactionReceipt<C> | SendFailure<C>>;
  });
}
