/**
 * The traces of one producer: the tracer, and the producer inside that sends for it, which is made when there is something
 * to tell. What is traced, and when it is told, is `tracer.ts`'s.
 */
import type { Message } from './message.js';
import { Tracer, type TracerOptions } from './tracer.js';

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
  readonly #createInner: () => InnerProducer;
  #inner: InnerProducer | undefined;

  constructor(options: Omit<TracerOptions, 'send'>, createInner: () => InnerProducer) {
    this.#createInner = createInner;
    this.tracer = new Tracer({ ...options, send: (message) => this.#send(message) });
  }

  /** Nothing more is recorded. Resolves when what was to be told was told, or its time is up. */
  async end(how: EndOfTraces): Promise<void> {
    if (how.drain) this.tracer.flush();
    this.tracer.close();
    await this.#inner?.shutdown(how);
  }

  async #send(message: Message): Promise<unknown> {
    this.#inner ??= this.#createInner();
    return this.#inner.send(message);
  }
}
