/**
 * What all stages share: settled envelopes pass through untouched, a stage that throws settles its own message, an
 * envelope may be kept and passed on later, and the end of the input waits for what is kept. What a stage does with an
 * open envelope is its own file.
 */
import { Observable, type Observer, type OperatorFunction } from 'rxjs';
import { messageOf } from '../src/callbacks/thrown.js';
import type { ErrorCode } from '../src/errors/error-table.js';
import { createError, RocketMQError } from '../src/errors/rocketmq-error.js';
import { assertSameVersion } from '../src/errors/same-version.js';
import { Envelope, type Holder, type Open, type Settled } from '../src/producer/message/envelope.js';
import { Failure, type Stage } from '../src/producer/message/outcome.js';
import { subscribeLinked } from './subscribe-linked.js';

/**
 * Whether what comes from above has a part in the pipeline. A copy of an envelope has none: the envelope itself then
 * counts as dropped. One of another version of this library ends the stream with RMQ_ARGUMENT_INVALID.
 */
export function isPart(envelope: object, below: Pick<Observer<Envelope>, 'error'>): envelope is Envelope {
  if (Envelope.isEnvelope(envelope)) return true;
  try {
    assertSameVersion(envelope, 'envelope');
  } catch (thrown) {
    below.error(thrown);
  }
  return false;
}

/** Whether a stage is done with an envelope: `pass` it on now, or `kept`: it passes, or passed, through the passage. */
export type Verdict = 'pass' | 'kept';

/** The way out of a stage: holds envelopes, and passes them on when they are released. */
export class Passage implements Holder {
  readonly stage: Stage;
  readonly #subscriber: Pick<Observer<Envelope>, 'next'>;
  #kept = 0;
  #end: (() => void) | undefined;

  constructor(stage: Stage, subscriber: Pick<Observer<Envelope>, 'next'>) {
    this.stage = stage;
    this.#subscriber = subscriber;
  }

  /** The envelope waits here, until `release` or until it is settled. The stage's verdict on it is `kept`. */
  hold(envelope: Envelope): void {
    envelope.holder = this;
    this.#kept++;
  }

  /** The wait is over: the envelope goes on. Nothing happens where it was settled, and went on, meanwhile. */
  release(envelope: Envelope): void {
    if (envelope.holder !== this) return;
    envelope.holder = undefined;
    envelope.flow.callerContext.run(this.#passOn, envelope);
  }

  released(envelope: Envelope): void {
    this.#passOn(envelope);
  }

  readonly #passOn = (envelope: Envelope): void => {
    this.#kept--;
    passOn(this.#subscriber, envelope);
    this.#endIfEmpty();
    // Only now, so that what this admits is not emitted before it.
    envelope.flow.refill();
  };

  /** The input has ended: tell so downstream, once nothing is kept any more. */
  end(tell: () => void): void {
    this.#end = tell;
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#kept > 0 || this.#end === undefined) return;
    const tell = this.#end;
    this.#end = undefined;
    tell();
  }
}

/**
 * Passes an envelope on and looks at what became of it. Whoever keeps an envelope holds it, so one that comes back not
 * held was kept from its way by an operator in between (dropped, delayed, copied), and goes on without that operator:
 *
 * - open: nobody will send it any more, and that is a failure like any other (RMQ_ENVELOPE_DROPPED, `stored: 'no'`);
 * - after a failed attempt: back to the retry loop;
 * - settled: out of the retry loop, then to the end of the pipeline. Coming there once more, it is ignored.
 */
export function passOn(subscriber: Pick<Observer<Envelope>, 'next'>, envelope: Envelope): void {
  subscriber.next(envelope);
  if (envelope.holder !== undefined || envelope.isEmitted) return;
  if (envelope.attemptFailure !== undefined) {
    envelope.judge?.again(envelope, envelope.attemptFailure);
    return;
  }
  if (envelope.outcome === undefined) {
    const error = createError('RMQ_ENVELOPE_DROPPED', 'an operator between the stages did not pass the message on', {
      detail: { topic: envelope.message.topic },
    });
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'dropped', error }, envelope.failedAttempts));
    subscriber.next(envelope);
  }
  envelope.judge?.leave(envelope);
  if (envelope.holder === undefined && !envelope.isEmitted) envelope.flow.passDropped(envelope);
}

/** Settles an envelope as failed in `stage`, with `thrown` as the cause; a RocketMQError stands for itself. */
export function fail(envelope: Envelope, stage: Stage, code: ErrorCode, thrown: unknown): void {
  const error =
    thrown instanceof RocketMQError
      ? thrown
      : createError(code, `${stage}: ${messageOf(thrown)}`, {
          cause: thrown,
          detail: { topic: envelope.message.topic },
        });
  envelope.flow.settle(envelope, new Failure(envelope, { stage, error }, envelope.failedAttempts));
}

/**
 * An operator over envelopes. `begin` runs once per subscription and returns what is done with each open envelope;
 * what that throws settles the envelope in `name` with `code`.
 */
export function stage<C, In extends Open<C>, Out extends Open<C>>(
  name: Stage,
  code: ErrorCode,
  begin: (passage: Passage) => (envelope: In) => Verdict,
): OperatorFunction<In | Settled<C>, Out | Settled<C>> {
  return (source) =>
    new Observable<Envelope>((subscriber) => {
      const passage = new Passage(name, subscriber);
      const act = begin(passage);
      const actOn = (envelope: In): Verdict => {
        try {
          return act(envelope);
        } catch (thrown) {
          // Settling releases what is held, and it passes on by that.
          const verdict = envelope.holder === undefined ? 'pass' : 'kept';
          fail(envelope, name, code, thrown);
          return verdict;
        }
      };
      subscribeLinked(source, subscriber, {
        next(envelope) {
          if (!isPart(envelope, subscriber)) return;
          if (envelope.holder !== undefined) envelope.flow.countStray();
          else if (isSettled(envelope) || actOn(envelope) === 'pass') subscriber.next(envelope);
        },
        error: (error: unknown) => passage.end(() => subscriber.error(error)),
        complete: () => passage.end(() => subscriber.complete()),
      });
      // The stage filled the fields that Out promises; the compiler cannot see that.
    }) as Observable<Out | Settled<C>>;
}

const isSettled = <C, In extends Open<C>>(envelope: In | Envelope<C> | Settled<C>): envelope is Settled<C> =>
  envelope.outcome !== undefined;
