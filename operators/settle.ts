/** The last stage: settled envelopes become what the subscriber sees. That they are settled was done before. */
import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { RingQueue } from '../src/collections/ring-queue.js';
import type { Settled } from '../src/producer/envelope.js';
import { withoutAmbientGate } from '../src/producer/gate.js';
import type { SendFailure, SendOutcome } from '../src/producer/outcome.js';
import { SendError } from '../src/producer/send-error.js';

/**
 * What a failure does to the stream:
 * - `'error'`: no more messages are taken, what waits for a slot is given back, what is in flight is finished and its
 *   receipts are emitted; then the stream errors with a SendError that names every message without a receipt;
 * - `'result'`: the failure is emitted like a receipt, and the stream goes on.
 */
export type OnFailure = 'error' | 'result';

export interface SettleOptions {
  readonly onFailure?: OnFailure;
}

/**
 * Emits each outcome once, in the order in which they came about, iteratively: an outcome that comes about while
 * another is being emitted is emitted after it.
 */
export function settle<C>(options: SettleOptions = {}): OperatorFunction<Settled<C>, SendOutcome<C>> {
  const { onFailure = 'error' } = options;
  return (source) =>
    new Observable((subscriber) => {
      const emission = new Emission<C>(subscriber);
      const failures: SendFailure<C>[] = [];

      const conclude = (tell: () => void): void => {
        const [failure, ...others] = failures;
        if (failure === undefined) emission.end(tell);
        else emission.end(() => subscriber.error(sendError(failure, others)));
      };
      return source.subscribe({
        next(envelope) {
          const outcome = envelope.outcome as SendOutcome<C>;
          if (envelope.isEmitted) {
            envelope.flow.countStray();
            return;
          }
          envelope.isEmitted = true;
          if (outcome.ok || onFailure === 'result') {
            emission.emit(outcome);
          } else {
            failures.push(outcome);
            if (failures.length === 1) envelope.flow.drainAdmitted();
          }
        },
        error: (error: unknown) => conclude(() => subscriber.error(error)),
        complete: () => conclude(() => subscriber.complete()),
      });
    });
}

const sendError = <C>(failure: SendFailure<C>, others: readonly SendFailure<C>[]): SendError<C> => {
  const wasNotSent = (other: SendFailure<C>): boolean => other.stage === 'abort' && other.stored === 'no';
  return new SendError(
    failure,
    others.filter((other) => !wasNotSent(other)),
    others.filter(wasNotSent),
  );
};

/** A trampoline: what comes about during an emission is emitted after it, never within it. */
class Emission<C> {
  readonly #subscriber: Subscriber<SendOutcome<C>>;
  readonly #waiting = new RingQueue<SendOutcome<C>>();
  #isEmitting = false;
  #end: (() => void) | undefined;

  constructor(subscriber: Subscriber<SendOutcome<C>>) {
    this.#subscriber = subscriber;
  }

  emit(outcome: SendOutcome<C>): void {
    this.#waiting.push(outcome);
    if (this.#isEmitting) return;
    this.#isEmitting = true;
    // A pipeline that is built while the subscriber is told must not find the gate of this one.
    withoutAmbientGate(this.#emitWaiting);
    this.#isEmitting = false;
    this.#end?.();
  }

  end(tell: () => void): void {
    this.#end = tell;
    if (!this.#isEmitting) tell();
  }

  readonly #emitWaiting = (): void => {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      this.#subscriber.next(next);
  };
}
