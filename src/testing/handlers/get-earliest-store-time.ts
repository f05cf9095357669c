/**
 * GET_EARLIEST_MSG_STORETIME (32) at the broker: when the first message of a queue was stored; -1 where there is none.
 * Source: AdminBrokerProcessor.java (5.5.0).
 */
import { getEarliestStoreTime as call } from '../../protocol/requests/get-earliest-store-time.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

export const getEarliestStoreTime = handler(call, ({ topic, queueId }, { store }: BrokerState) => {
  const [first] = store.read(topic, queueId, 0, 1, 1);
  return call.response({ timestamp: first?.storedAt ?? -1 });
});
