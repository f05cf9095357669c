/**
 * GET_MIN_OFFSET (31) at the broker: where a queue begins, which is 0, because nothing is ever deleted.
 * Source: AdminBrokerProcessor.java, BatchConsumeQueue.java (5.5.0), and answers of a real 5.5.0.
 */
import { getMinOffset as call } from '../../protocol/requests/get-min-offset.js';
import type { BrokerState } from '../broker-state.js';
import { firstOffset, notHosted, stretchesOf } from '../logical-queue.js';
import { handler } from './handler.js';

export const getMinOffset = handler(call, ({ topic, queueId }, broker: BrokerState) => {
  const stretches = stretchesOf(broker, topic, queueId);
  // Of all requests only this one says it so.
  if (stretches === undefined) {
    const { code, remark } = notHosted(topic, queueId, broker, 'is not leader in broker');
    return { code, remark: `${remark}, request code ${call.code}` };
  }
  return {
    ...call.response({ offset: BigInt(firstOffset(stretches[0], topic, broker.topics.get(topic)?.queueType)) }),
    // 5.x answers with an empty remark.
    remark: broker.release.major === 5 ? '' : undefined,
  };
});
