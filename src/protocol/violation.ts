/**
 * The error for bytes that are not the protocol. It never quotes them: they may be a body or a credential.
 */
import { createError, type ErrorDetail, type RocketMQError } from '../errors/rocketmq-error.js';

/** Makes an `RMQ_PROTOCOL_VIOLATION`; `what` names the rule that was broken. */
export function violation(what: string, detail?: ErrorDetail, cause?: unknown): RocketMQError {
  return createError('RMQ_PROTOCOL_VIOLATION', what, { ...(detail && { detail }), cause });
}
