/** `producer.sendEach`: outcomes one by one, for `for await`. What is not taken holds its slot, so the loop sets the pace. */
import { type Observable, Subscription } from 'rxjs';
import { RingQueue } from '../src/collections/ring-queue.js';
import { createError } from '../src/errors/rocketmq-error.js';
import type { Settled } from '../src/producer/message/envelope.js';
import type { Message } from '../src/producer/message/message.js';
import type { SendOutcome } from '../src/producer/message/outcome.js';
import { checkPipelineOptions, type PipelineOptions } from '../src/producer/pipeline-options.js';
import type { Producer, SourceOf } from '../src/producer/producer.js';
import { deliverMessages } from './deliver.js';
import { fromAny } from './from-pull.js';
import { settleEnvelopes } from './settle.js';
import { subscribeLinked } from './subscribe-linked.js';

/** Contract at `Producer.sendEach`. */
export function sendEach<C>(
  producer: Producer,
  source: SourceOf<Message<C>>,
  options: PipelineOptions<C>,
): AsyncIterableIterator<SendOutcome<C>> {
  checkPipelineOptions(options, 'sendEach');
  const checked = checkPipelineOptions({ ...options, onFailure: options.onFailure ?? 'result' }, 'sendEach');
  const { results, onFailure, buffer } = checked;
  const envelopes = fromAny(source).pipe(
    deliverMessages<C>(producer, checked, 'later'),
    settleEnvelopes<C>({ results, onFailure }),
  );
  return new OutcomeIterator(envelopes, buffer);
}

interface Taker<C> {
  readonly resolve: (result: IteratorResult<SendOutcome<C>>) => void;
  readonly reject: (error: unknown) => void;
}

class OutcomeIterator<C> implements AsyncIterableIterator<SendOutcome<C>> {
  readonly #envelopes: Observable<Settled<C>>;
  /** Outcomes without a slot that may wait: those of messages that overflowed. */
  readonly #maxWithoutSlot: { readonly messages: number; readonly bytes: number };
  readonly #ready = new RingQueue<Settled<C>>();
  readonly #takers = new RingQueue<Taker<C>>();
  #withoutSlot = 0;
  #bytesWithoutSlot = 0;
  #subscription: Subscription | undefined;
  #end: { readonly error?: unknown } | undefined;

  constructor(
    envelopes: Observable<Settled<C>>,
    maxWithoutSlot: { readonly messages: number; readonly bytes: number },
  ) {
    this.#envelopes = envelopes;
    this.#maxWithoutSlot = maxWithoutSlot;
  }

  next(): Promise<IteratorResult<SendOutcome<C>>> {
    return new Promise((resolve, reject) => {
      this.#takers.push({ resolve, reject });
      if (this.#subscription === undefined && this.#end === undefined) this.#subscribe();
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<SendOutcome<C>>> {
    this.#leave({});
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<SendOutcome<C>>> {
    this.#leave({});
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Linked, because a source that emits meanwhile can be too much at once. */
  #subscribe(): void {
    this.#subscription = new Subscription();
    subscribeLinked(this.#envelopes, this.#subscription, {
      next: (envelope) => this.#add(envelope),
      error: (error: unknown) => this.#endWith({ error }),
      complete: () => this.#endWith({}),
    });
  }

  #add(envelope: Settled<C>): void {
    if (!envelope.isKept && this.#takers.length === 0) {
      const { messages, bytes } = this.#maxWithoutSlot;
      const isFull =
        this.#withoutSlot >= messages || (this.#withoutSlot > 0 && this.#bytesWithoutSlot + envelope.bytes > bytes);
      // The dead letter and the metrics have it.
      if (isFull && !envelope.outcome.ok && envelope.outcome.error.code === 'RMQ_DROPPED') return;
      if (isFull) {
        this.#leave({ error: notTaken(this.#ready.length) });
        return;
      }
      this.#withoutSlot++;
      this.#bytesWithoutSlot += envelope.bytes;
    }
    this.#ready.push(envelope);
    this.#serve();
  }

  #endWith(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#serve();
  }

  /** Nobody takes any more, or nobody can. */
  #leave(end: { readonly error?: unknown }): void {
    this.#ready.clear();
    this.#endWith(end);
    this.#subscription?.unsubscribe();
  }

  #serve(): void {
    while (this.#takers.length > 0 && (this.#ready.length > 0 || this.#end !== undefined)) {
      const taker = this.#takers.shift();
      const envelope = this.#ready.shift();
      if (envelope !== undefined) {
        this.#take(envelope);
        // A oneway pipeline is typed as one where it is put together.
        taker?.resolve({ done: false, value: envelope.outcome as SendOutcome<C> });
      } else if (this.#end !== undefined && 'error' in this.#end) {
        taker?.reject(this.#end.error);
        // An iterator fails once, and is done then.
        this.#end = {};
      } else {
        taker?.resolve({ done: true, value: undefined });
      }
    }
  }

  #take(envelope: Settled<C>): void {
    if (!envelope.isKept) {
      if (this.#withoutSlot === 0) return;
      this.#withoutSlot--;
      this.#bytesWithoutSlot = Math.max(0, this.#bytesWithoutSlot - envelope.bytes);
      return;
    }
    envelope.flow.outcomeTaken(envelope);
    envelope.flow.refill();
  }
}

const notTaken = (waiting: number): unknown =>
  createError('RMQ_OVERLOADED', `the source cannot be paused, and ${waiting} outcomes wait to be taken`, {
    detail: { waiting },
  });
