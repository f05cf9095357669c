/** The last stage: settled envelopes become what the subscriber sees. That they are settled was done before. */
import { Observable, type OperatorFunction, pipe, Subject, type Subscriber } from 'rxjs';
import { RingQueue } from '../src/collections/ring-queue.js';
import type { EnvelopeOutcome, Settled } from '../src/producer/message/envelope.js';
import { ambientGate } from '../src/producer/flow/gate.js';
import type { SendFailure, SendOutcome } from '../src/producer/message/outcome.js';
import { ambientOutlet, type Outlet } from '../src/producer/flow/outlet.js';
import type { OnFailure, ResultOrder } from '../src/producer/pipeline-options.js';
import { type SendError, streamFailed } from '../src/producer/message/send-error.js';
import { assertGiven } from '../src/options/check-options.js';
import { settleOptions } from '../src/producer/stage-options.js';
import { inSourceOrder } from './in-source-order.js';
import { isPart } from './stage.js';
import { subscribeLinked } from './subscribe-linked.js';

export interface SettleOptions {
  /** Default 'completion'. `'source'` needs `keepsOutcomes` of `admit`. */
  readonly results?: ResultOrder | undefined;
  /** Default 'error'. */
  readonly onFailure?: OnFailure | undefined;
}

/** What an error at the end of the stream names of its failures at most: a stream may be endless, the error may not. */
const NAMED = { failures: 1000, bytes: 8 * 1024 * 1024 };

/**
 * Emits each outcome once, iteratively: an outcome that comes about while another is being emitted is emitted after it.
 * Outcomes that operators of the caller's keep from their way here (a `filter`, a `delay`) come here without them.
 * What was dropped by an overflow policy (RMQ_DROPPED) never ends the stream; it is emitted under `'result'`.
 */
export function settle<C>(options: SettleOptions = {}): OperatorFunction<Settled<C>, SendOutcome<C>> {
  return pipe(
    settleEnvelopes<C>(options),
    takeOutcome, // the subscriber has it when it is emitted
  );
}

const takeOutcome = <C>(source: Observable<Settled<C>>): Observable<SendOutcome<C>> =>
  new Observable((subscriber) =>
    subscribeLinked(source, subscriber, {
      next(envelope) {
        envelope.flow.outcomeTaken(envelope);
        // A oneway pipeline is typed as one where it is put together.
        subscriber.next(envelope.outcome as SendOutcome<C>);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }),
  );

/** As `settle`, for whoever takes the outcomes later and says so then (`outcomeTaken`). */
export function settleEnvelopes<C>(options: SettleOptions): OperatorFunction<Settled<C>, Settled<C>> {
  assertGiven('options of settle', options, settleOptions);
  const { results = 'completion', onFailure = 'error' } = options;
  return (source) =>
    new Observable((subscriber) => {
      const end = new PipelineEnd<C>(subscriber, onFailure);
      if (results === 'completion') {
        ambientOutlet.run(end, () => subscribeLinked(source, subscriber, end));
        return;
      }
      // What operators above dropped has its place in the order like everything else.
      const dropped = new Subject<Settled<C>>();
      const outlet: Outlet = { takeDropped: (envelope) => dropped.next(envelope as Settled<C>) };
      const all = new Observable<Settled<C>>((inOrder) => {
        inOrder.add(dropped.subscribe((envelope) => inOrder.next(envelope)));
        return source.subscribe(inOrder);
      });
      ambientOutlet.run(outlet, () => subscribeLinked(all.pipe(inSourceOrder<C>()), subscriber, end));
    });
}

class PipelineEnd<C> implements Outlet {
  readonly #subscriber: Subscriber<Settled<C>>;
  readonly #onFailure: OnFailure;
  readonly #failures: SendFailure<C>[] = [];
  #failed = 0;
  #namedBytes = 0;
  readonly #waiting = new RingQueue<Settled<C>>();
  #isEmitting = false;
  #end: (() => void) | undefined;

  constructor(subscriber: Subscriber<Settled<C>>, onFailure: OnFailure) {
    this.#subscriber = subscriber;
    this.#onFailure = onFailure;
  }

  next(envelope: Settled<C>): void {
    if (!isPart(envelope, this.#subscriber)) return;
    if (envelope.isEmitted) {
      envelope.flow.countStray();
      return;
    }
    envelope.isEmitted = true;
    if (this.#isForSubscriber(envelope.outcome)) {
      this.#emit(envelope);
    } else {
      envelope.flow.outcomeTaken(envelope);
      this.#note(envelope, envelope.outcome);
    }
  }

  takeDropped(envelope: Settled<C>): void {
    if (!this.#subscriber.closed) this.next(envelope);
  }

  error(error: unknown): void {
    this.#conclude(() => this.#subscriber.error(error));
  }

  complete(): void {
    this.#conclude(() => this.#subscriber.complete());
  }

  #isForSubscriber(outcome: EnvelopeOutcome<C>): boolean {
    return outcome.ok || this.#onFailure === 'result';
  }

  #note(envelope: Settled<C>, outcome: EnvelopeOutcome<C>): void {
    if (outcome.ok || this.#onFailure === 'drop' || outcome.error.code === 'RMQ_DROPPED') return;
    this.#failed++;
    if (this.#isNamed(envelope.bytes)) this.#failures.push(outcome);
    if (this.#onFailure === 'error' && this.#failed === 1) envelope.flow.drainAdmitted();
  }

  /** After the first failure of `'error'` only what is held already can fail, and each of it is named. */
  #isNamed(bytes: number): boolean {
    if (this.#onFailure === 'error' || this.#failures.length === 0) {
      this.#namedBytes += bytes;
      return true;
    }
    if (this.#failures.length >= NAMED.failures || this.#namedBytes + bytes > NAMED.bytes) return false;
    this.#namedBytes += bytes;
    return true;
  }

  /** What comes about during an emission is emitted after it, never within it. */
  #emit(envelope: Settled<C>): void {
    this.#waiting.push(envelope);
    if (this.#isEmitting) return;
    this.#isEmitting = true;
    // A pipeline that is built while the subscriber is told must not find the gate of this one.
    ambientGate.runWithout(this.#emitWaiting);
    this.#isEmitting = false;
    this.#end?.();
  }

  readonly #emitWaiting = (): void => {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#subscriber.next(next);
    }
  };

  #conclude(tell: () => void): void {
    const [failure, ...others] = this.#failures;
    this.#end = failure === undefined ? tell : () => this.#subscriber.error(sendError(failure, others, this.#failed));
    if (!this.#isEmitting) this.#end();
  }
}

function sendError<C>(failure: SendFailure<C>, others: readonly SendFailure<C>[], failed: number): SendError<C> {
  const wasNotSent = (other: SendFailure<C>): boolean => other.stage === 'abort' && other.stored === 'no';
  return streamFailed(
    failure,
    others.filter((other) => !wasNotSent(other)),
    others.filter(wasNotSent),
    failed,
  );
}
