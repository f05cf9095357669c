/**
 * What a caller hands in. What the stages make of it is an `Envelope`.
 */
import type { MessageQueue } from '../protocol/message-queue.js';

/** A string is sent as its UTF-8 bytes. Bytes are borrowed, not copied, until the outcome: do not write into them. */
export type Body = Uint8Array | string;

/**
 * One message. It is never mutated and never frozen, and may be handed in again. `C` is any value of the caller's that
 * comes back with the outcome.
 */
export interface Message<C = undefined> {
  /** Up to 127 characters of `%|a-zA-Z0-9_-`. */
  readonly topic: string;
  /** One byte up to `maxMessageBytes` (4 MiB unless configured), measured before compression. */
  readonly body: Body;
  /** What consumers filter by; without `||`. */
  readonly tag?: string;
  /** What the message can be found by; a key contains no blank. */
  readonly keys?: string | readonly string[];
  /** Names and values of at least one character, without control characters; the names RocketMQ uses itself are refused. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Messages with one sharding key go to one queue: Java's `hashCode` over the topic's full queue list. */
  readonly shardingKey?: string;
  /** Exactly this queue; the route must know it. */
  readonly queue?: MessageQueue;
  /** Default true. With false the broker need not wait for its disk or replica before it answers. */
  readonly waitStoreMsgOk?: boolean;
  /** A number of the application's (int32) that is stored with the message. */
  readonly flag?: number;
  /** Comes back with the outcome; never sent. */
  readonly context?: C;
}
