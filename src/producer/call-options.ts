/**
 * What may be handed to the methods of a producer: one table for each kind of call. What the options are for is written at
 * the methods.
 */
import {
  abortSignal,
  callback,
  either,
  isObject,
  type Kind,
  listOf,
  number,
  oneOf,
  someText,
  trueOrFalse,
} from '../options/option-kinds.js';
import type { OptionTable } from '../options/check-options.js';
import { registerPlaces } from '../options/option-places.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import type { QueueSelector } from './message/queue-selector.js';
import { localTimeout } from './transaction/transaction-options.js';

/** The longest time that a timer of Node takes; it fires a longer one at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Ms that a message, a request or an attempt may take. */
export const timeLimit = number({ above: 0, max: MAX_TIMER_MS });

export const queueSelector = either(
  oneOf('round-robin', 'hash', 'random'),
  callback<Exclude<QueueSelector, string>>('a function from queues and message to one of the queues'),
);

/** What is in it is a matter of the message: it has to be of its topic. */
const queue: Kind<MessageQueue> = {
  allowed: 'a queue, { topic, brokerName, queueId }',
  accepts: (given): given is MessageQueue => isObject(given) && 'brokerName' in given,
};

/** Of `sendOneway`, which waits for nothing. */
export const onewayOptions = {
  queue: { kind: queue },
  selectQueue: { kind: queueSelector },
} as const satisfies OptionTable;

/** Of `send`, `sendBatch`, `request` and `reply`. */
export const sendOptions = {
  ...onewayOptions,
  signal: { kind: abortSignal },
  timeoutMs: { kind: timeLimit },
} as const satisfies OptionTable;

/** Of `sendInTransaction`. */
export const transactionSendOptions = {
  ...sendOptions,
  localTimeoutMs: localTimeout,
} as const satisfies OptionTable;

/** Of `shutdown`. */
export const shutdownOptions = {
  drain: { kind: trueOrFalse },
  timeoutMs: { kind: number({ min: 0, max: MAX_TIMER_MS }) },
} as const satisfies OptionTable;

/** Of a producer's `ready`. */
export const readyOptions = {
  timeoutMs: { kind: timeLimit },
  topics: { kind: listOf('topics', someText) },
  signal: { kind: abortSignal },
} as const satisfies OptionTable;

/** Of the waits that only a signal ends: `start`, `flush`, and `ready` of a gate. */
export const waitArguments = { signal: { kind: abortSignal } } as const satisfies OptionTable;

registerPlaces('the options of send()', transactionSendOptions);
registerPlaces('the options of shutdown()', shutdownOptions);
