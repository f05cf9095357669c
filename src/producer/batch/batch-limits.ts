/** From the option `batch`, as a caller or the check of pipeline options gives it, to the limits of an accumulator. */
import type { BatchLimits } from './batch-accumulator.js';
import { type BatchOptions, batchOptions } from '../pipeline-options.js';

/** Undefined where batching is off. */
export function batchLimits(options: BatchOptions | boolean = false): BatchLimits | undefined {
  if (options === false) return undefined;
  const {
    messages = batchOptions.messages.default,
    bytes = batchOptions.bytes.default,
    lingerMs = batchOptions.lingerMs.default,
  } = options === true ? {} : options;
  return { messages, bytes, lingerMs };
}
