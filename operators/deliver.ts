/**
 * From an envelope to its outcome: the stages that every message takes, however it was handed in. There is no second
 * send path.
 */
import { type OperatorFunction, pipe } from 'rxjs';
import type { CompressOptions } from '../src/producer/config.js';
import type { Open, Settled } from '../src/producer/envelope.js';
import type { FlowOptions } from '../src/producer/flow.js';
import type { Producer } from '../src/producer/producer.js';
import type { RetryOptions } from '../src/producer/pipeline-options.js';
import type { QueueSelector } from '../src/producer/queue-selector.js';
import { admit } from './admit.js';
import { compressBody } from './compress-body.js';
import { lookupRoute } from './lookup-route.js';
import { retryExcludingBroker } from './retry-excluding-broker.js';
import { selectQueue } from './select-queue.js';
import { sendMessage } from './send-message.js';

export interface DeliveryOptions {
  readonly flow: FlowOptions;
  readonly compress: CompressOptions | false;
  readonly selectQueue: QueueSelector | undefined;
  readonly retry: RetryOptions;
}

/** Bounded, compressed, routed, attempted until it succeeds or may not be tried again. */
export function deliver<C>(
  producer: Producer,
  options: DeliveryOptions,
): OperatorFunction<Open<C> | Settled<C>, Settled<C>> {
  return pipe(
    admit<C>(producer, options.flow),
    compressBody<C>(options.compress),
    lookupRoute<C>(producer),
    retryExcludingBroker<C>(
      pipe(
        selectQueue<C>(options.selectQueue),
        sendMessage<C>(producer), // exactly one attempt
      ),
      options.retry,
    ),
  );
}
