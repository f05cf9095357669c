/**
 * What a caller hands in. What the stages make of it is an `Envelope`.
 */
import type { MessageQueue } from '../../protocol/message-queue.js';
import type { Delivery } from './delivery.js';
import type { ForeignFields } from './foreign-fields.js';

/** A string is sent as its UTF-8 bytes. Bytes, also those of another realm, are borrowed, not copied, until the outcome: do not write into them. */
export type Body = Uint8Array | string;

/**
 * One message. It is never mutated and never frozen, and may be handed in again. `C` is any value of the caller's that
 * comes back with the outcome. Any other own field is refused (RMQ_MESSAGE_INVALID, rule `unknown-field`), and the names
 * that other clients use do not compile.
 */
export interface Message<C = undefined> extends ForeignFields {
  /** Up to 127 characters of `%|a-zA-Z0-9_-`. */
  readonly topic: string;
  /** One byte up to `maxMessageBytes` (4 MiB unless configured), measured before compression. */
  readonly body: Body;
  /** What consumers filter by; without `||`, and without blanks at either end: nobody could subscribe to it. */
  readonly tag?: string | undefined;
  /** What the message can be found by; a key contains no blank. */
  readonly keys?: string | readonly string[] | undefined;
  /** An object of names and values of at least one character, without control characters; the names RocketMQ uses itself are refused. Up to about 32 600 bytes with tag and keys: brokers add their own (32 755 are refused by none). */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Messages with one sharding key go to one queue: Java's `hashCode` over the topic's full queue list. */
  readonly shardingKey?: string | undefined;
  /** Exactly this queue; the route must know it. */
  readonly queue?: MessageQueue | undefined;
  /** Not at once but later; not together with `priority` or `liteTopic`. */
  readonly delivery?: Delivery | undefined;
  /**
   * 0 or more, for topics of type PRIORITY, not together with a sharding key: the broker puts the message into queue
   * min(priority, queues - 1), whatever was chosen here, and the receipt names it. Brokers of 5.4 and later; for an older
   * one it fails with RMQ_BROKER_TOO_OLD.
   */
  readonly priority?: number | undefined;
  /**
   * One of any number of light queues below a topic of type LITE, named with `%|a-zA-Z0-9_-`, not together with a
   * sharding key. Brokers of 5.5 and later with enableLmq and enableMultiDispatch; for an older one it fails with
   * RMQ_BROKER_TOO_OLD.
   */
  readonly liteTopic?: string | undefined;
  /** Default true. With false the broker need not wait for its disk or replica before it answers. */
  readonly waitStoreMsgOk?: boolean | undefined;
  /** A number of the application's (int32) that is stored with the message. */
  readonly flag?: number | undefined;
  /** Comes back with the outcome; never sent. */
  readonly context?: C | undefined;
}
