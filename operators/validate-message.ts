/** The first stage: a message becomes an envelope. It takes no slot; that is `admit`, below it. */
import { map, type OperatorFunction } from 'rxjs';
import type { MessageLimits } from '../src/producer/message/encode-message.js';
import type { Open, Settled } from '../src/producer/message/envelope.js';
import type { Message } from '../src/producer/message/message.js';
import { assertGiven } from '../src/options/check-options.js';
import { validateOptions } from '../src/producer/stage-options.js';
import { openEnvelope } from '../src/producer/message/open-envelope.js';

const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The limits that messages are checked against. */
export interface ValidateOptions {
  /** Bytes of a body at most; default 4 MiB. */
  readonly maxMessageBytes?: number | undefined;
}

/**
 * Checks every rule of the servers (topic, body, keys, properties, sizes) and encodes body and properties, once for
 * all attempts. A message that breaks a rule becomes a settled envelope: `stage: 'validate'`, `stored: 'no'`,
 * `error.detail.rule` names the rule. It costs no slot and touches no socket. Passes one envelope on for each message,
 * synchronously and in order; errors and completion pass through.
 */
export function validateMessage<C>(options: ValidateOptions = {}): OperatorFunction<Message<C>, Open<C> | Settled<C>> {
  assertGiven('options of validateMessage', options, validateOptions);
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  return validateWithin({ maxMessageBytes });
}

/** As `validateMessage`, in the namespace of a producer. */
export const validateWithin = <C>(limits: MessageLimits): OperatorFunction<Message<C>, Open<C> | Settled<C>> =>
  map((message) => openEnvelope(message, limits));
