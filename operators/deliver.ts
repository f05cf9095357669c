/**
 * From an envelope to its outcome: the stages that every message takes, however it was handed in. There is no second
 * send path.
 */
import { type OperatorFunction, pipe } from 'rxjs';
import type { CompressOptions } from '../src/producer/options/compress-options.js';
import type { Open, SendMode, Settled } from '../src/producer/message/envelope.js';
import type { Message } from '../src/producer/message/message.js';
import { coreOf, type Producer } from '../src/producer/producer.js';
import type { BatchOptions, ResolvedPipelineOptions, RetryOptions } from '../src/producer/pipeline-options.js';
import type { QueueSelector } from '../src/producer/message/queue-selector.js';
import { admit, type AdmitOptions } from './admit.js';
import { compressBody } from './compress-body.js';
import { lookupRoute, type RouteSource } from './lookup-route.js';
import { retryExcludingBroker } from './retry-excluding-broker.js';
import { selectQueue } from './select-queue.js';
import { sendMessage } from './send-message.js';
import { validateWithin } from './validate-message.js';

export interface DeliveryOptions {
  readonly flow: AdmitOptions;
  readonly compress: CompressOptions | false;
  readonly selectQueue: QueueSelector | undefined;
  readonly batch?: BatchOptions | boolean | undefined;
  readonly retry: RetryOptions;
  readonly mode?: SendMode | undefined;
  /** Where routes come from, if not from the producer. */
  readonly routes?: RouteSource | undefined;
}

/** Bounded, compressed, routed, attempted until it succeeds or may not be tried again. */
export function deliver<C>(
  producer: Producer,
  options: DeliveryOptions,
): OperatorFunction<Open<C> | Settled<C>, Settled<C>> {
  const { batch, mode } = options;
  return pipe(
    admit<C>(producer, options.flow),
    compressBody<C>(options.compress),
    lookupRoute<C>(options.routes ?? producer),
    retryExcludingBroker<C>(
      pipe(
        selectQueue<C>(options.selectQueue, producer, { batch }),
        sendMessage<C>(producer, { mode, batch }), // exactly one attempt
      ),
      options.retry,
    ),
  );
}

/** As `deliver`, from the messages of a stream on, as the options of its pipeline say. */
export function deliverMessages<C>(
  producer: Producer,
  options: ResolvedPipelineOptions,
  taken: 'when-emitted' | 'later',
): OperatorFunction<Message<C>, Settled<C>> {
  return pipe(validateWithin<C>(coreOf(producer).config), deliverEnvelopes<C>(producer, options, taken));
}

/** As `deliver`, as the options of a pipeline say. */
export function deliverEnvelopes<C>(
  producer: Producer,
  options: ResolvedPipelineOptions,
  taken: 'when-emitted' | 'later',
  { routes, timeoutMs }: { readonly routes?: RouteSource; readonly timeoutMs?: number } = {},
): OperatorFunction<Open<C> | Settled<C>, Settled<C>> {
  const { config, isRetryable } = coreOf(producer);
  const { results, window, windowBytes, buffer, ordered, gate, deadLetter, until, signal } = options;
  const { mode, batch, compress, selectQueue, retry } = options;
  const keepsOutcomes = results === 'source' ? 'in-order' : taken === 'later' ? 'until-taken' : undefined;
  return deliver<C>(producer, {
    flow: { window, windowBytes, buffer, ordered, gate, deadLetter, until, signal, keepsOutcomes, timeoutMs },
    compress: compress ?? config.compress,
    selectQueue,
    batch,
    retry: retry === false ? { retries: 0 } : { retryOn: isRetryable, retries: config.retries, ...retry },
    mode,
    routes,
  });
}
