/**
 * GET_MAX_OFFSET (30) at the broker: where a queue ends. A queue that does not exist ends at 0.
 * Source: AdminBrokerProcessor.java (5.5.0).
 */
import { getMaxOffset as call } from '../../protocol/requests/get-max-offset.js';
import type { BrokerState } from '../broker-state.js';
import { endOf, lastOf, notHosted, stretchesOf } from '../logical-queue.js';
import { handler } from './handler.js';

export const getMaxOffset = handler(call, ({ topic, queueId }, broker: BrokerState) => {
  const stretches = stretchesOf(broker, topic, queueId);
  if (stretches === undefined) return notHosted(topic, queueId, broker);
  return call.response({ offset: BigInt(endOf(lastOf(stretches), topic)) });
});
