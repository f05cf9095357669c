/** The error that `send()` rejects with and that a stream under `onFailure: 'error'` ends with. */
import { RocketMQError } from '../errors/rocketmq-error.js';
import type { SendFailure } from './outcome.js';

/**
 * Carries the failure that it is about, and what became of the other messages. `code`, `stored`, `retryable` and
 * `advice` are those of the failure. The failures are not enumerable, so that no body reaches a log.
 */
export class SendError<C = unknown> extends RocketMQError {
  /** The failure that ended it. */
  declare readonly failure: SendFailure<C>;
  /** What failed after it, while the rest was drained or until the stream ended: the first 1000; `detail.failed` counts all. */
  declare readonly alsoFailed: readonly SendFailure<C>[];
  /** What was accepted and then given back unsent. */
  declare readonly notSent: readonly SendFailure<C>[];

  constructor(
    failure: SendFailure<C>,
    alsoFailed: readonly SendFailure<C>[] = [],
    notSent: readonly SendFailure<C>[] = [],
    failed = 1 + alsoFailed.length + notSent.length,
  ) {
    const { error } = failure;
    const detail = failed === 1 ? error.detail : { ...error.detail, failed };
    super(error.code, error.message, { detail, stored: failure.stored, cause: error });
    hide(this, 'failure', failure);
    hide(this, 'alsoFailed', alsoFailed);
    hide(this, 'notSent', notSent);
  }
}

Object.defineProperty(SendError.prototype, 'name', { value: 'SendError', configurable: true });

const hide = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: false });
};
