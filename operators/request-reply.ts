/** Messages that are answered: each is sent as a request, and its reply is what comes out. */
import { map, pipe } from 'rxjs';
import type { ProducerConfig } from '../src/producer/config.js';
import type { Message } from '../src/producer/message/message.js';
import type { SendFailure, SendOutcome } from '../src/producer/message/outcome.js';
import { checkPipelineOptions, type PipelineOptions } from '../src/producer/pipeline-options.js';
import { coreOf, type Producer } from '../src/producer/producer.js';
import type { Reply, RequestReceipt } from '../src/producer/request/reply.js';
import { deliverEnvelopes } from './deliver.js';
import { type SendOperator, sendOperator, type WithoutFailures } from './send-operator.js';
import { settle } from './settle.js';

/** The options of a pipeline of requests. They are confirmed and travel alone, so there is no `mode` and no `batch`. */
export interface RequestReplyOptions<C = unknown> extends Omit<PipelineOptions<C>, 'mode' | 'batch'> {
  /** Ms from a request's slot to its reply, the send and all its attempts included; default `sendTimeoutMs` (3000). */
  readonly timeoutMs?: number | undefined;
}

/**
 * Sends every message as a request and emits the replies, in the order in which they come (`results: 'source'`: in that of
 * the messages).
 *
 * - **The slot of a request is held until its reply has come**: `window` bounds the requests that wait, too.
 * - One deadline over send and reply. A request without a reply fails with RMQ_REPLY_TIMEOUT, `stored: 'maybe'`: it was
 *   stored, and may still be worked on. A reply that comes later is dropped and counted (`metrics().strays`).
 * - Failed sends are repeated within the deadline, as always; **a request can be answered twice**, and the first reply
 *   counts.
 * - Every broker of the topic is told who asks before the first request leaves, because a reply may come over any of them.
 * - `window: 'auto'`, buffers, failure modes and the three ways to stop are those of `toRocketMQ`. Unsubscribing lets
 *   requests that are stored wait for their replies, which nobody then sees.
 *
 * Throws RMQ_CONFIG_INVALID for wrong options, at once.
 *
 * @example
 * questions$.pipe(map(toMessage), requestReply(producer, { timeoutMs: 5000, window: 64 }))
 *   .subscribe((reply) => console.log(Buffer.from(reply.body).toString()));
 */
export function requestReply<C = undefined>(
  to: Producer | ProducerConfig,
  options?: RequestReplyOptions<C> & { readonly onFailure?: WithoutFailures },
): SendOperator<Message<C>, Reply<C>>;
export function requestReply<C = undefined>(
  to: Producer | ProducerConfig,
  options: RequestReplyOptions<C>,
): SendOperator<Message<C>, Reply<C> | SendFailure<C>>;
export function requestReply<C>(
  to: Producer | ProducerConfig,
  options: RequestReplyOptions<C> = {},
): SendOperator<Message<C>, Reply<C> | SendFailure<C>> {
  const checked = checkPipelineOptions(options, 'requestReply');
  const { timeoutMs } = options;
  const { results, onFailure } = checked;

  return sendOperator('requestReply', to, (producer) => {
    const { requests, config } = coreOf(producer);
    const limitMs = timeoutMs ?? config.sendTimeoutMs;
    return pipe(
      map((message: Message<C>) => requests.open(message, limitMs)),
      deliverEnvelopes<C>(producer, checked, 'when-emitted', { routes: requests, timeoutMs: limitMs }),
      settle<C>({ results, onFailure }),
      map(replyOf),
    );
  });
}

/** Every receipt of a request is one of PendingReply's. */
const replyOf = <C>(outcome: SendOutcome<C>): Reply<C> | SendFailure<C> =>
  outcome.ok ? (outcome as RequestReceipt<C>).reply : outcome;
