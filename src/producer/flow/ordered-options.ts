/** Which messages keep their order, and what a failure does to it. How order is kept is `key-lanes.ts`. */
import type { Message } from '../message/message.js';
import type { QueueSelector } from '../message/queue-selector.js';

/**
 * What the failure of a message means for the later ones of its key:
 * - `'halt-key'`: they fail too (RMQ_KEY_HALTED, `stored: 'no'`), those that wait and all that come, for the rest of the
 *   subscription: nothing of a key is ever sent after a message that is missing;
 * - `'skip'`: the next one goes on.
 */
export type OnKeyFailure = 'halt-key' | 'skip';

/** Whose order is kept, and what a failure does to it. */
export interface OrderedOptions<C = unknown> {
  /** The key of a message; undefined for one without order. Where it throws, the message fails: RMQ_KEY_FAILED. When absent, its `shardingKey`. */
  readonly key?: ((message: Message<C>) => string | undefined) | undefined;
  /** What a final failure does to the later messages of its key. */
  readonly onFailure?: OnKeyFailure | undefined;
}

/** Whether all messages of a key go to one queue, so that there is an order to keep. */
export const hasQueueOfKey = (selector: QueueSelector | undefined): boolean =>
  selector !== 'round-robin' && selector !== 'random';
