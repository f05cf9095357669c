/**
 * What the operators that send have in common: they stand in a `pipe()` or take a pull source directly, and have their
 * producer for as long as somebody is subscribed. What they send, and what comes out, is their own.
 */
import { defer, finalize, isObservable, type Observable, type OperatorFunction } from 'rxjs';
import { borrowedProducer, ownedProducer } from '../src/owned-producer.js';
import type { ProducerConfig } from '../src/producer/config.js';
import type { Message } from '../src/producer/message/message.js';
import { isProducer, type Producer, type SourceOf } from '../src/producer/producer.js';
import type { PullSource, SourceFactory } from '../src/producer/flow/pull-source.js';
import { fromAny } from './from-pull.js';

/** The words for what stands in the place of a producer, in the error where it is neither that nor a configuration. */
const whatIs = (name: string, to: unknown): string =>
  isObservable(to)
    ? `first argument of ${name} (a producer or its configuration; the messages come through pipe())`
    : `first argument of ${name} (a producer, or { nameServers, group })`;

/** An operator for `pipe()`, and a function from a pull source to the Observable of its outcomes. */
export interface SendOperator<I, O> {
  (source: PullSource<I> | SourceFactory<I>): Observable<O>;
  // Last, because pipe() infers from the last overload.
  (source: Observable<I>): Observable<O>;
}

/** The modes in which a subscriber sees no failure. */
export type WithoutFailures = 'error' | 'drop' | 'delay-error';

/**
 * `name` is the operator's, for errors. `pipeline` makes what stands between messages and subscriber, for each subscription. Throws what is wrong with a
 * configuration at once.
 */
export function sendOperator<C, O>(
  name: string,
  to: Producer | ProducerConfig,
  pipeline: (producer: Producer) => OperatorFunction<Message<C>, O>,
): SendOperator<Message<C>, O> {
  const lease = isProducer(to) ? borrowedProducer(to) : ownedProducer(to, whatIs(name, to));
  return (source: SourceOf<Message<C>>) =>
    defer(() =>
      fromAny(source).pipe(
        pipeline(lease.acquire()),
        finalize(() => lease.release()),
      ),
    );
}
