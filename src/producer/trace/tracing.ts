/**
 * The traces of one producer as a whole: what is traced, where the records wait, and the producer inside that sends them,
 * which is made when there is something to tell.
 */
import type { Message } from '../message/message.js';
import { TraceOutbox, type TraceOutboxOptions } from './trace-outbox.js';
import { Tracer } from './tracer.js';

/** The producer inside of a client, for what is not of the application. */
export interface InnerProducer {
  send(message: Message): Promise<unknown>;
  shutdown(how: EndOfTraces): Promise<unknown>;
}

/** How the traces end: whether what waits is still told, and how long that may take. */
export interface EndOfTraces {
  readonly drain: boolean;
  readonly timeoutMs: number;
}

export class Tracing {
  readonly tracer: Tracer;
  readonly #outbox: TraceOutbox;
  readonly #createInner: () => InnerProducer;
  #inner: InnerProducer | undefined;

  constructor(options: Omit<TraceOutboxOptions, 'send'>, createInner: () => InnerProducer) {
    this.#createInner = createInner;
    this.#outbox = new TraceOutbox({ ...options, send: (message) => this.#send(message) });
    this.tracer = new Tracer(options.topic, this.#outbox);
  }

  /** Nothing more is recorded. Resolves when what was to be told was told, or its time is up. */
  async end(how: EndOfTraces): Promise<void> {
    if (how.drain) this.#outbox.flush();
    this.#outbox.close();
    await this.#inner?.shutdown(how);
  }

  async #send(message: Message): Promise<unknown> {
    this.#inner ??= this.#createInner();
    return this.#inner.send(message);
  }
}
