/**
 * SEARCH_OFFSET_BY_TIMESTAMP (29) at the broker: where in a queue the messages of a time begin. 4.x names the message
 * that is nearest in time.
 * Source: AdminBrokerProcessor.java, ConsumeQueue.java (5.5.0, 4.9.7), and answers of real 5.5.0 and 4.9.7.
 */
import { searchOffset as call } from '../../protocol/requests/search-offset.js';
import type { BrokerState } from '../broker-state.js';
import { endOf, lastOf, notHosted, stretchesOf } from '../logical-queue.js';
import { handler } from './handler.js';

/** A record, as far as its time is concerned. */
interface Stored {
  readonly at: number;
  readonly offset: number;
}

export const searchOffset = handler(call, ({ topic, queueId, timestamp }, broker: BrokerState) => {
  const stretches = stretchesOf(broker, topic, queueId);
  if (stretches === undefined) return notHosted(topic, queueId, broker);
  const records = stretches.flatMap(({ store, queueId: id, begins }) =>
    Array.from(store.messagesOf(topic, id), ({ storedAt, queueOffset }): Stored => ({
      at: storedAt,
      offset: begins + Number(queueOffset),
    })),
  );
  const next = records.findIndex(({ at }) => at >= timestamp);
  if (broker.release.major === 4) return call.response({ offset: BigInt(nearest(records, next, timestamp)) });
  const isBatchCq = broker.topics.get(topic)?.queueType === 'BatchCQ';
  const behind = isBatchCq ? (records.at(-1)?.offset ?? 0) : endOf(lastOf(stretches), topic);
  return call.response({ offset: BigInt(records[next]?.offset ?? behind) });
});

function nearest(records: readonly Stored[], next: number, timestamp: number): number {
  if (next === -1) return records.at(-1)?.offset ?? 0;
  const [before, after] = [records[next - 1], records[next]];
  if (before === undefined || after === undefined) return after?.offset ?? 0;
  return (timestamp - before.at < after.at - timestamp ? before : after).offset;
}
