/** How a queue is chosen among the writable queues of a topic. The choosing itself is `operators/select-queue.ts`. */
import type { MessageQueue } from '../../protocol/message-queue.js';
import type { Message } from './message.js';

/**
 * - `'round-robin'`: in rotation, passing over brokers that failed this message;
 * - `'hash'`: by the message's `shardingKey`, as Java's SelectMessageQueueByHash does;
 * - `'random'`;
 * - a function: is called once per message and must return one of `queues`; all attempts use that queue. Anything else,
 *   undefined too, fails the message with RMQ_SELECTOR_FAILED.
 */
export type QueueSelector =
  | 'round-robin'
  | 'hash'
  | 'random'
  | ((queues: readonly MessageQueue[], message: Message<unknown>) => MessageQueue | undefined);
