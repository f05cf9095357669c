/** The error that `send()` rejects with and that a stream under `onFailure: 'error'` ends with. */
import { type ErrorDetail, nameErrorClass, RocketMQError } from '../../errors/rocketmq-error.js';
import type { SendFailure } from './outcome.js';

/**
 * Carries the failure that it is about, and what became of the other messages. `code`, `stored`, `retryable` and
 * `advice` are those of the failure; text and `detail` also name the topic, the attempts, and broker and address of the
 * last one. The failures are not enumerable, so that no body reaches a log. `cause` is the error of the failure; it is
 * printed only where a function of the caller's threw it, because otherwise it says the same once more.
 */
export class SendError<C = unknown> extends RocketMQError {
  /** The failure that ended it. */
  declare readonly failure: SendFailure<C>;
  /** What failed after it, while the rest was drained or until the stream ended (under `'delay-error'` 1000 or 8 MiB of messages at most); `detail.failed` counts all. */
  declare readonly alsoFailed: readonly SendFailure<C>[];
  /** What was accepted and then given back unsent. */
  declare readonly notSent: readonly SendFailure<C>[];

  constructor(
    failure: SendFailure<C>,
    alsoFailed: readonly SendFailure<C>[] = [],
    notSent: readonly SendFailure<C>[] = [],
    failed = 1 + alsoFailed.length + notSent.length,
  ) {
    const { error, stored } = failure;
    const detail = { ...detailOf(failure), ...(failed === 1 ? {} : { failed }) };
    super(error.code, `${error.message} (${whereOf(failure)})`, { detail, stored, cause: error });
    // Node prints the causes of an uncaught error with all their fields, but an accessor as one word.
    if (!isThrownByCaller(error)) Object.defineProperty(this, 'cause', { get: () => error, configurable: true });
    hide(this, 'failure', failure);
    hide(this, 'alsoFailed', alsoFailed);
    hide(this, 'notSent', notSent);
  }
}

nameErrorClass(SendError, 'Send', 'SendError');

/**
 * Returns a promise that rejects with the SendError of `failure`. It is created in a reaction of a promise, so that its
 * stack names the functions that await the promise of the send, at no cost for sends that succeed.
 */
export const sendFailed = <C>(failure: SendFailure<C>, alsoFailed?: readonly SendFailure<C>[]): Promise<never> =>
  // Not at once: what awaits it must be known by then.
  Promise.resolve()
    .then(() => {})
    .then(() => {
      throw new SendError(failure, alsoFailed);
    });

/**
 * Returns the SendError that a stream ends with, without frames in its stack: they would only lead through this library,
 * and an uncaught one shall be read at a glance.
 */
export function streamFailed<C>(...given: ConstructorParameters<typeof SendError<C>>): SendError<C> {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return new SendError(...given);
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

/** Whether the first cause came from outside of this library, and not from the operating system. */
function isThrownByCaller(error: RocketMQError): boolean {
  let root: unknown = error;
  while (root instanceof RocketMQError) root = root.cause;
  return root instanceof Error && !('syscall' in root);
}

/** Which message, and who was tried. */
function whereOf(failure: SendFailure): string {
  const topic = `topic ${topicOf(failure)}`;
  const { attempts, stored } = failure;
  // What may be stored has left: a request without a reply, for one.
  if (attempts.length === 0) return `${topic}, ${stored === 'no' ? 'no attempt' : 'no failed attempt'}`;
  const tried = attempts.map(({ brokerName, address }) => `${brokerName} ${address || 'without an address'}`);
  return `${topic}, ${attempts.length} ${attempts.length === 1 ? 'attempt' : 'attempts'}: ${tried.join(', ')}`;
}

/** What the error itself says wins. */
function detailOf(failure: SendFailure): ErrorDetail {
  const { attempts, error } = failure;
  const last = attempts.at(-1);
  const tried = last === undefined ? {} : { brokerName: last.brokerName, address: last.address };
  return { topic: topicOf(failure), attempts: attempts.length, ...tried, ...error.detail };
}

/** The topic of the message, for people to read. What was handed in may be anything: it may have failed because it is no message at all. */
export function topicOf({ message }: SendFailure): string {
  try {
    const topic: unknown = message.topic;
    if (typeof topic === 'string') return topic;
  } catch {
    // What it has for a topic throws.
  }
  return 'unreadable';
}

const hide = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: false });
};
