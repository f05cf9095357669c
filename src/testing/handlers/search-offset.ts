/**
 * SEARCH_OFFSET_BY_TIMESTAMP (29) at the broker: where in a queue the messages of a time begin. 4.x names the message
 * that is nearest in time.
 * Source: AdminBrokerProcessor.java, ConsumeQueue.java (5.5.0, 4.9.7), and answers of real 5.5.0 and 4.9.7.
 */
import { searchOffset as call } from '../../protocol/requests/search-offset.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

export const searchOffset = handler(call, ({ topic, queueId, timestamp }, { store, release }: BrokerState) => {
  const times = Array.from(store.messagesOf(topic, queueId), ({ storedAt }) => storedAt);
  const next = times.findIndex((storedAt) => storedAt >= timestamp);
  const offset = release.major === 5 ? (next === -1 ? times.length : next) : nearest(times, next, timestamp);
  return call.response({ offset: BigInt(offset) });
});

function nearest(times: readonly number[], next: number, timestamp: number): number {
  if (next === -1) return Math.max(times.length - 1, 0);
  const [before, after] = [times[next - 1], times[next]];
  if (before === undefined || after === undefined) return next;
  return timestamp - before < after - timestamp ? next - 1 : next;
}
