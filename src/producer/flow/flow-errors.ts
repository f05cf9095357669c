/** Why a flow ends messages by itself, with the figures that tell what to do about it. When it does is `Flow`'s. */
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import type { Envelope } from '../message/envelope.js';
import type { Window } from './window.js';

/** What no broker has seen when nobody listens any more. */
export const abandonedError = (): RocketMQError =>
  createError('RMQ_ABANDONED', 'the stream ended before this message was sent');

/** The envelope found no room in the buffer, or had to make room; see `Flow.overflow`. */
export function overflowError(envelope: Envelope, how: 'refused' | 'dropped', window: Window): RocketMQError {
  const { buffered, sources } = window;
  const detail = { topic: envelope.message.topic, buffered };
  if (how === 'dropped')
    return createError('RMQ_DROPPED', `dropped, because ${buffered} messages wait for a slot`, { detail });
  const why = sources === 0 ? '' : '; an operator between fromPull and here makes many messages of what it reads';
  return createError('RMQ_OVERLOADED', `${buffered} messages already wait for a slot${why}`, { detail });
}

/** The time of the message is over, wherever it was; `now` as `Clock.now()`. */
export const deadlineError = (envelope: Envelope, now: number): RocketMQError => {
  const tried = envelope.failedAttempts.map((attempt) => attempt.brokerName).join(', ');
  const { isAdmitted, isBuffered, queue, startedAt } = envelope;
  const waitedFor =
    queue === undefined || !isBuffered ? 'a slot' : `broker ${queue.brokerName}, which does not respond`;
  const waited = isAdmitted
    ? `${Math.round(now - startedAt)} ms after it was admitted`
    : `while it waited for ${waitedFor}`;
  return createError(
    'RMQ_DEADLINE',
    `out of time ${waited}, ${envelope.attempt} attempts made${tried && ` (${tried})`}`,
    {
      detail: { topic: envelope.message.topic, attempts: envelope.attempt, brokers: tried },
    },
  );
};
