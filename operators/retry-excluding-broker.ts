/**
 * The retry loop: one long-lived attempt pipeline that failed envelopes are fed into again (`retry()` would resubscribe
 * the whole source). Which failures are worth another attempt is decided here; what an attempt is, is not.
 */
import { Observable, type Observer, type OperatorFunction, Subject, type Subscription } from 'rxjs';
import { textOf } from '../src/callbacks/thrown.js';
import { mustBeSynchronous } from '../src/callbacks/must-be-synchronous.js';
import type { Envelope, Holder, RetryJudge, Routed, Settled } from '../src/producer/message/envelope.js';
import { createError } from '../src/errors/rocketmq-error.js';
import { Failure, type SendFailure } from '../src/producer/message/outcome.js';
import { assertGiven } from '../src/options/check-options.js';
import { retryArguments, retryOptions } from '../src/producer/stage-options.js';
import type { RetryOptions } from '../src/producer/pipeline-options.js';
import { isPart, passOn } from './stage.js';
import { subscribeLinked } from './subscribe-linked.js';

const DEFAULT_RETRIES = 2;
/** Longer than an address rests after a failed connect (100 ms at first), or the attempt would be wasted. */
const FIRST_DELAY_MS = 200;
/** Timers cannot wait longer; no message can either. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Runs every envelope through `attempt` until it succeeds, its failure is permanent, the attempts are used up or its
 * time is. The broker of a failed attempt is excluded from the next ones; when all are, any may be tried again. An
 * attempt whose answer was lost ('maybe') may have stored the message: **retrying it can store it twice**, under one
 * unique key.
 *
 * A message's failure lists every attempt. A `retryOn` or `delayMs` that throws, or returns a promise, ends its own message: RMQ_RETRY_FAILED. After `unsubscribe` an attempt that fails is final.
 */
export function retryExcludingBroker<C>(
  attempt: OperatorFunction<Routed<C> | Settled<C>, Settled<C>>,
  options: RetryOptions = {},
): OperatorFunction<Routed<C> | Settled<C>, Settled<C>> {
  assertGiven('arguments of retryExcludingBroker', { attempt }, retryArguments);
  assertGiven('options of retryExcludingBroker', options, retryOptions);
  return (source) =>
    new Observable((subscriber) => {
      const attempts = new Subject<Envelope<C>>();
      const loop = new RetryLoop({ next: (envelope) => attempts.next(envelope as Envelope<C>) }, subscriber, options);
      const end = (tell: () => void): void => loop.end(tell);

      const outcomes = attempt(attempts as Subject<Routed<C> | Settled<C>>).subscribe({
        next(envelope) {
          if (!isPart(envelope, subscriber)) return;
          if (envelope.attemptFailure !== undefined) {
            loop.again(envelope, envelope.attemptFailure);
          } else if (envelope.judge !== loop || envelope.holder !== undefined) {
            envelope.flow.countStray();
          } else {
            loop.leave(envelope);
          }
        },
        error: (error: unknown) => subscriber.error(error),
      });
      subscribeLinked(source, subscriber, {
        next(envelope) {
          if (!isPart(envelope, subscriber)) return;
          if (envelope.holder !== undefined) envelope.flow.countStray();
          else if (envelope.outcome === undefined) loop.enter(envelope);
          else subscriber.next(envelope);
        },
        error: (error: unknown) => end(() => subscriber.error(error)),
        complete: () => end(() => subscriber.complete()),
      });
      return outcomes;
    });
}

class RetryLoop implements RetryJudge, Holder {
  readonly stage = 'send';
  readonly #attempts: Pick<Observer<Envelope>, 'next'>;
  readonly #outcomes: Pick<Observer<Settled<never>>, 'next'>;
  /** Of the envelopes that wait for their next attempt. */
  readonly #timers = new Map<Envelope, Subscription>();
  readonly #attemptsAllowed: number;
  readonly #options: RetryOptions;
  #inside = 0;
  #end: (() => void) | undefined;

  constructor(
    attempts: Pick<Observer<Envelope>, 'next'>,
    outcomes: Pick<Observer<Settled<never>>, 'next'>,
    options: RetryOptions,
  ) {
    this.#attempts = attempts;
    this.#outcomes = outcomes;
    this.#attemptsAllowed = 1 + (options.retries ?? DEFAULT_RETRIES);
    this.#options = options;
  }

  enter(envelope: Envelope): void {
    this.#inside++;
    envelope.judge = this;
    envelope.attemptsAllowed = this.#attemptsAllowed;
    passOn(this.#attempts, envelope);
  }

  finalFailure<C>(envelope: Envelope<C>, failure: SendFailure<C>): SendFailure<C> | undefined {
    if (envelope.mode === 'oneway' || envelope.attempt >= envelope.attemptsAllowed) return failure;
    if (envelope.flow.clock.now() >= envelope.expiresAt) return failure;
    // It is stored: what is wanted is a copy elsewhere, not another one there.
    if (envelope.weakReceipt !== undefined && !isAnotherBrokerLeft(envelope)) return failure;
    const { retryOn } = this.#options;
    try {
      const isWanted: unknown = retryOn === undefined ? failure.error.retryable : retryOn(failure);
      mustBeSynchronous(isWanted, 'retryOn');
      return isWanted ? undefined : failure;
    } catch (thrown) {
      return callbackFailure(envelope, 'retryOn', thrown);
    }
  }

  again(envelope: Envelope, failure: SendFailure): void {
    envelope.attemptFailure = undefined;
    if (envelope.queue !== undefined) {
      envelope.excludedBrokers = new Set(envelope.excludedBrokers).add(envelope.queue.brokerName);
    }
    let delayMs = 0;
    try {
      delayMs = Math.min(this.#delayMs(envelope, failure), LONGEST_DELAY_MS);
    } catch (thrown) {
      envelope.attemptsAllowed = 0;
      envelope.flow.settle(envelope, callbackFailure(envelope, 'delayMs', thrown));
      passOn(this.#attempts, envelope);
      return;
    }
    envelope.flow.countRetry(envelope, failure);
    if (!(delayMs > 0)) {
      passOn(this.#attempts, envelope);
    } else {
      envelope.holder = this;
      this.#timers.set(
        envelope,
        envelope.flow.clock.after(delayMs, () => envelope.flow.callerContext.run(this.#attemptAgain, envelope)),
      );
    }
  }

  /** It was settled before its next attempt. */
  released(envelope: Envelope): void {
    this.#timers.get(envelope)?.unsubscribe();
    this.#timers.delete(envelope);
    passOn(this.#attempts, envelope);
    envelope.flow.refill();
  }

  leave(envelope: Envelope): void {
    envelope.judge = undefined;
    this.#outcomes.next(envelope as Settled<never>);
    this.#inside--;
    this.#endIfEmpty();
  }

  end(tell: () => void): void {
    this.#end = tell;
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#inside === 0) this.#end?.();
  }

  readonly #attemptAgain = (envelope: Envelope): void => {
    this.#timers.delete(envelope);
    envelope.holder = undefined;
    passOn(this.#attempts, envelope);
    envelope.flow.refill();
  };

  /** Another broker is tried at once; the same one, or a busy cluster, gets time to recover, never more than half of what is left. */
  #delayMs(envelope: Envelope, failure: SendFailure): number {
    const { delayMs } = this.#options;
    if (delayMs !== undefined) {
      const chosen = delayMs(envelope.attempt + 1);
      mustBeSynchronous(chosen, 'delayMs');
      return chosen;
    }
    if (isAnotherBrokerLeft(envelope) && failure.error.code !== 'RMQ_BROKER_BUSY') return 0;
    const left = envelope.expiresAt - envelope.flow.clock.now();
    return Math.min(left / 2, FIRST_DELAY_MS * 2 ** (envelope.attempt - 1) * (0.5 + Math.random()));
  }
}

/** Whether rotation will find a broker that has not failed this message. */
function isAnotherBrokerLeft({ isBound, route, queue, excludedBrokers, flow }: Envelope): boolean {
  if (isBound || route === undefined) return false;
  return route.queues.some(
    ({ brokerName }) =>
      brokerName !== queue?.brokerName && !excludedBrokers.has(brokerName) && flow.mayTake(brokerName),
  );
}

const callbackFailure = <C>(envelope: Envelope<C>, option: keyof RetryOptions, thrown: unknown): SendFailure<C> => {
  const error = createError('RMQ_RETRY_FAILED', `${option} of the retry options threw: ${textOf(thrown)}`, {
    cause: thrown,
    detail: { topic: envelope.message.topic, option },
  });
  return new Failure(envelope, { stage: 'send', error }, envelope.failedAttempts);
};
