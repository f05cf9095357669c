/** The life of a message in a stream, from what the caller hands in to its outcome. */
import { defer, finalize, isObservable, type Observable } from 'rxjs';
import { borrowedProducer, ownedProducer } from '../src/owned-producer.js';
import type { ProducerConfig } from '../src/producer/config.js';
import type { Message } from '../src/producer/message.js';
import type { SendOutcome, SendReceipt } from '../src/producer/outcome.js';
import { checkPipelineOptions, type PipelineOptions } from '../src/producer/pipeline-options.js';
import { coreOf, isProducer, type Producer } from '../src/producer/producer.js';
import { deliver } from './deliver.js';
import { fromPull, type PullSource } from './from-pull.js';
import { settle } from './settle.js';
import { validateMessage } from './validate-message.js';

/** An operator for `pipe()`, and a function from a pull source to the Observable of its outcomes. */
export interface SendOperator<I, O> {
  (source: PullSource<I>): Observable<O>;
  // Last, because pipe() infers from the last overload.
  (source: Observable<I>): Observable<O>;
}

/**
 * Sends every message of the source and emits what became of it, in the order of the outcomes.
 *
 * - **Bounded**: at most `window` messages (256) and `windowBytes` (8 MiB) are in flight. `fromPull` above it, or a
 *   pull source given to it directly, is read only as fast as that allows. Any other source is buffered up to
 *   `buffer`; beyond that messages fail with RMQ_OVERLOADED.
 * - **Exactly one outcome** for every message: a receipt once a broker has confirmed it, or a failure, which says
 *   whether the message may be stored all the same.
 * - Failed attempts are repeated at other brokers within `sendTimeoutMs`. **A message can be stored twice** where an
 *   attempt ended without an answer; both copies carry the same unique key.
 * - `onFailure: 'error'` (default): the first failure ends the stream with a SendError, after everything in flight is
 *   settled. `'result'`: failures are emitted, and the stream goes on.
 * - An error of the source ends the stream with that error, after everything accepted is settled.
 * - Unsubscribing gives back what no broker has seen (`deadLetter`, `events$`); the rest is finished and counted.
 *
 * A producer is started if need be and never shut down; one made from a configuration is shared by the subscriptions
 * of this operator and shut down after the last of them. Throws RMQ_CONFIG_INVALID for wrong options, at once.
 *
 * @example
 * orders$.pipe(map(toMessage), toRocketMQ({ nameServers: 'mq1:9876;mq2:9876', group: 'orders' }))
 *   .subscribe((receipt) => console.log(receipt.msgId, receipt.queueOffset));
 */
export function toRocketMQ<C = undefined>(
  to: Producer | ProducerConfig,
  options?: PipelineOptions<C> & { readonly onFailure?: 'error' },
): SendOperator<Message<C>, SendReceipt<C>>;
export function toRocketMQ<C = undefined>(
  to: Producer | ProducerConfig,
  options: PipelineOptions<C>,
): SendOperator<Message<C>, SendOutcome<C>>;
export function toRocketMQ<C>(
  to: Producer | ProducerConfig,
  options: PipelineOptions<C> = {},
): SendOperator<Message<C>, SendOutcome<C>> {
  const { window, windowBytes, buffer, deadLetter, onFailure, compress, selectQueue, retry } =
    checkPipelineOptions(options);
  const lease = isProducer(to) ? borrowedProducer(to) : ownedProducer(to);

  return (source: Observable<Message<C>> | PullSource<Message<C>>) =>
    defer(() => {
      const producer = lease.acquire();
      const { config, isRetryable } = coreOf(producer);
      return (isObservable(source) ? source : fromPull(source)).pipe(
        validateMessage<C>(config),
        deliver<C>(producer, {
          flow: { window, windowBytes, buffer, deadLetter },
          compress: compress ?? config.compress,
          selectQueue,
          retry: retry === false ? { retries: 0 } : { retryOn: isRetryable, retries: config.retries, ...retry },
        }),
        settle<C>({ onFailure }),
        finalize(() => lease.release()),
      );
    });
}
