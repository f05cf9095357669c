/**
 * GET_EARLIEST_MSG_STORETIME (32) at the broker: when the first message of a queue was stored; -1 where there is none.
 * Source: AdminBrokerProcessor.java (5.5.0).
 */
import { getEarliestStoreTime as call } from '../../protocol/requests/get-earliest-store-time.js';
import type { BrokerState } from '../broker-state.js';
import { notHosted, stretchesOf } from '../logical-queue.js';
import { handler } from './handler.js';

export const getEarliestStoreTime = handler(call, ({ topic, queueId }, broker: BrokerState) => {
  const stretches = stretchesOf(broker, topic, queueId);
  if (stretches === undefined) return notHosted(topic, queueId, broker);
  const [first] = stretches.flatMap((stretch) => stretch.store.read(topic, stretch.queueId, 0, 1, 1).messages);
  return call.response({ timestamp: first?.storedAt ?? -1 });
});
