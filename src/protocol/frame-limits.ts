/**
 * How much of what a peer sends is looked at. Every limit is judged before the bytes it is about are parsed.
 * Limits on messages are not here but where messages are checked.
 */
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';

export const FRAME_LIMITS = {
  /** A whole frame with its 4 length bytes: what the Java decoder accepts (`com.rocketmq.remoting.frameMaxLength`). */
  frameBytes: 16 * 1024 * 1024,
  /** Length bytes, type byte and header length: what must have arrived before the limits can be judged. */
  prefixBytes: 8,
  /** The answer to a batch names every message of it (33 to 57 bytes each), so an honest header can be this large. */
  headerBytes: 4 * 1024 * 1024,
  /** A JSON header of another than the plain, flat shape: what is handed to JSON.parse stays small. */
  irregularHeaderBytes: 64 * 1024,
  /** Entries of `extFields`; the largest request has 14. */
  fields: 256,
  /** The body of a route answer. */
  routeBytes: 4 * 1024 * 1024,
} as const;

/** The error of a request of so many bytes, if servers would hang up on it; a body may be as large as `maxMessageBytes`. */
export function frameTooLarge(bytes: number): RocketMQError | undefined {
  const limit = FRAME_LIMITS.frameBytes;
  if (bytes <= limit) return undefined;
  const message = `the request takes ${bytes} bytes, header and all; servers read at most ${limit}`;
  return createError('RMQ_MESSAGE_TOO_LARGE', message, { detail: { bytes, limit } });
}
