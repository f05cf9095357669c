/** The life of a message in a stream, from what the caller hands in to its outcome. */
import { pipe } from 'rxjs';
import type { ProducerConfig } from '../src/producer/config.js';
import type { EnvelopeOutcome } from '../src/producer/message/envelope.js';
import type { Message } from '../src/producer/message/message.js';
import type { OnewayReceipt, SendFailure, SendOutcome, SendReceipt } from '../src/producer/message/outcome.js';
import { checkPipelineOptions, type PipelineOptions } from '../src/producer/pipeline-options.js';
import type { Producer } from '../src/producer/producer.js';
import { deliverMessages } from './deliver.js';
import { type SendOperator, sendOperator, type WithoutFailures } from './send-operator.js';
import { settle } from './settle.js';

/**
 * Sends every message of the source and emits what became of it, in the order of the outcomes.
 *
 * - **Bounded**: at most `window` messages (256; `'auto'` finds out how many keep the brokers busy) and `windowBytes` (8 MiB) are in flight. `fromPull` above it, or a
 *   pull source given to it directly, is read only as fast as that allows. Any other source is buffered up to
 *   `buffer`; beyond that messages fail with RMQ_OVERLOADED.
 * - Messages of one key (`ordered`; by default of one `shardingKey`) keep their order: one at a time, all attempts
 *   included, all to one queue. The others of the key wait in the buffer, and hold up no other key.
 * - **Exactly one outcome** for every message: a receipt once a broker has confirmed it, or a failure, which says
 *   whether the message may be stored all the same.
 * - Failed attempts are repeated at other brokers within `sendTimeoutMs`. **A message can be stored twice** where an
 *   attempt ended without an answer; both copies carry the same unique key.
 * - `onFailure: 'error'` (default): the first failure ends the stream with a SendError, after everything in flight is
 *   settled. `'result'`: failures are emitted, and the stream goes on; `'drop'`: it goes on without them; `'delay-error'`:
 *   it goes on, and errors at its end. `deadLetter` is told every failure in every mode.
 * - Outcomes come in the order in which they come about, or (`results: 'source'`) in that of the messages. The failure of
 *   a message that overflowed the buffer waits for no turn: it has no slot to hold.
 * - `batch`: messages to one queue share a frame, up to `batch.messages` (32) and `batch.bytes` (64 KiB).
 * - An error of the source ends the stream with that error, after everything accepted is settled.
 * - Three ways to stop. `until`: takes no more, finishes, completes. Unsubscribing: gives back what no broker has seen
 *   (`deadLetter`, `events$`); the rest is finished and counted. `signal`: ends everything now, also after that, and
 *   errors with RMQ_ABORTED; what is with a broker may be stored.
 * - What a function of the caller's throws (selector, key, `retryOn`, a getter of the message) is the failure of that
 *   message; what a subscriber throws is reported as unhandled, as rxjs does it; what the dead letter throws is logged.
 *   None of them ends the stream. Each of them may send, unsubscribe, abort or shut down.
 * - Every function of the caller's runs in the async context (AsyncLocalStorage) in which the stream was subscribed to.
 * - Outcomes are emitted one after another, never one within another, and without growing the stack.
 * - Each subscription is a stream of its own, at the same time as others, after them, also after an error.
 *
 * `C`, the type of the messages' context, is inferred in `pipe()`; called directly with a pull source, it must be named.
 *
 * A producer is started if need be and never shut down; one made from a configuration is shared by the subscriptions
 * of this operator and shut down a second after the last of them. Throws RMQ_CONFIG_INVALID for wrong options, at once.
 *
 * @example
 * orders$.pipe(map(toMessage), toRocketMQ({ nameServers: 'mq1:9876;mq2:9876', group: 'orders' }))
 *   .subscribe((receipt) => console.log(receipt.msgId, receipt.queueOffset));
 */
export function toRocketMQ<C = undefined>(
  to: Producer | ProducerConfig,
  options: PipelineOptions<C> & { readonly mode: 'oneway'; readonly onFailure?: WithoutFailures },
): SendOperator<Message<C>, OnewayReceipt<C>>;
export function toRocketMQ<C = undefined>(
  to: Producer | ProducerConfig,
  options: PipelineOptions<C> & { readonly mode: 'oneway' },
): SendOperator<Message<C>, OnewayReceipt<C> | SendFailure<C>>;
export function toRocketMQ<C = undefined>(
  to: Producer | ProducerConfig,
  options?: PipelineOptions<C> & { readonly mode?: 'confirm'; readonly onFailure?: WithoutFailures },
): SendOperator<Message<C>, SendReceipt<C>>;
export function toRocketMQ<C = undefined>(
  to: Producer | ProducerConfig,
  options: PipelineOptions<C> & { readonly mode?: 'confirm' },
): SendOperator<Message<C>, SendOutcome<C>>;
export function toRocketMQ<C = undefined>(
  to: Producer | ProducerConfig,
  options: PipelineOptions<C>,
): SendOperator<Message<C>, SendOutcome<C> | OnewayReceipt<C>>;
export function toRocketMQ<C>(
  to: Producer | ProducerConfig,
  options: PipelineOptions<C> = {},
): SendOperator<Message<C>, EnvelopeOutcome<C>> {
  const checked = checkPipelineOptions(options);
  const { results, onFailure } = checked;

  return sendOperator('toRocketMQ', to, (producer) =>
    pipe(deliverMessages<C>(producer, checked, 'when-emitted'), settle<C>({ results, onFailure })),
  );
}
