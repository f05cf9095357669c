/** How much time one call may give a message. What is done with it is said at the calls. */
import { createError } from '../../errors/rocketmq-error.js';

/** As long as the largest timer of Node; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Throws RMQ_CONFIG_INVALID for what is no time that a message can have. */
export function assertTimeout(timeoutMs: number): void {
  if (timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) return;
  const allowed = `a number above 0, and at most ${MAX_TIMEOUT_MS}`;
  throw createError('RMQ_CONFIG_INVALID', `timeoutMs is ${String(timeoutMs)}, it must be ${allowed}`);
}
