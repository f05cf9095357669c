/** Wires a producer with its pipeline. Beside `index.ts` the only file of `src/` that knows the operators. */
import { Subject } from 'rxjs';
import { deliver } from '../operators/deliver.js';
import type { RouteSource } from '../operators/lookup-route.js';
import { sendEach } from '../operators/send-each.js';
import { sendingWritable } from '../operators/sending-writable.js';
import { neutralContext } from './callbacks/neutral-context.js';
import { checkConfig, type ProducerConfig } from './producer/config.js';
import type { Open, Settled } from './producer/message/envelope.js';
import { innerConfig } from './producer/internal-producer-config.js';
import { Producer } from './producer/producer.js';
import { ProducerCore } from './producer/producer-core.js';

/** How much may wait behind `send()` before it rejects with RMQ_OVERLOADED. */
const SEND_BUFFER = { messages: 16_384, bytes: 32 * 1024 * 1024 };

/**
 * Creates a producer; nothing is opened before it is started, and the first message starts it.
 *
 * Throws a ConfigurationError that lists every problem of `config` at once (RMQ_CONFIG_INVALID, or
 * RMQ_NAME_SERVER_MISSING).
 *
 * @example
 * const producer = createProducer({ nameServers: 'localhost:9876', group: 'orders' });
 * const receipt = await producer.send({ topic: 'orders', body: 'hello' });
 * await producer.shutdown();
 */
export function createProducer(config: ProducerConfig): Producer {
  const resolved = checkConfig(config);
  const core: ProducerCore = new ProducerCore(resolved, {
    createInner: () => {
      const inner = new ProducerCore(innerConfig(resolved), { host: core });
      return withPipeline(inner, { routeOf: (topic) => inner.routeOf(topic), waitsForTopics: false });
    },
  });
  return withPipeline(core);
}

class CreatedProducer extends Producer {}

function withPipeline(core: ProducerCore, plainRoutes?: RouteSource): Producer {
  /** A pipeline of the producer's own, opened when something comes. */
  const ownPipeline = (routes?: RouteSource): ((envelope: Open | Settled) => void) => {
    let submitted: Subject<Open | Settled> | undefined;
    const forget = (): void => {
      submitted = undefined;
    };
    return (envelope) => {
      submitted ??= neutralContext.run(openPipeline, forget, routes);
      submitted.next(envelope);
    };
  };

  const producer: Producer = new CreatedProducer(core, {
    submit: ownPipeline(plainRoutes),
    // Of their own, because local work and waiting for replies hold slots for as long as they take, and a plain send() must
    // not wait for that.
    submitTransaction: ownPipeline(),
    submitRequest: ownPipeline(core.requests),
    sendEach: (source, options) => sendEach(producer, source, options),
    writable: (options) => sendingWritable(producer, options),
  });

  const openPipeline = (forget: () => void, routes: RouteSource | undefined): Subject<Open | Settled> => {
    const envelopes = new Subject<Open | Settled>();
    // Of no sender in particular. Each outcome is told to its own send(). The stream itself ends when the producer stops, or could not start.
    const { compress, retries } = core.config;
    const retry = { retries, retryOn: core.isRetryable };
    envelopes
      .pipe(deliver(producer, { flow: { buffer: SEND_BUFFER }, compress, selectQueue: undefined, retry, routes }))
      .subscribe({ error: forget, complete: forget });
    return envelopes;
  };
  return producer;
}
