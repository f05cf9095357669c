/**
 * RECALL_MESSAGE (370) at the broker: takes a timer message back, if the broker lets it and it is not due yet. 4.x does
 * not know the request.
 * Source: RecallMessageProcessor.java (5.5.0).
 */
import { parseRecallHandle } from '../../protocol/recall-handle.js';
import { recallMessage as call, type RecallMessageRequest } from '../../protocol/requests/recall-message.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import { type BrokerState, REGION_ID } from '../broker-state.js';
import { MAX_TIMER_MS } from '../delivery-time.js';
import { handler, notSupported } from './handler.js';

export const recallMessage = handler(call, (request, broker: BrokerState) => {
  if (broker.release.major === 4) return notSupported(call.code);
  const handle = parseRecallHandle(request.recallHandle);
  const problem = problemOf(request, broker);
  if (problem !== undefined) return { ...problem, fields: new Map([['MSG_REGION', REGION_ID]]) };
  if (handle !== undefined) broker.delayed.recall(handle.topic, handle.uniqueKey);
  const answer = call.response({ msgId: handle?.uniqueKey ?? '', regionId: REGION_ID });
  return { ...answer, remark: 'not set any response code' };
});

function problemOf(
  { topic, recallHandle }: RecallMessageRequest,
  broker: BrokerState,
): { readonly code: number; readonly remark: string } | undefined {
  const illegal = (remark: string) => ({ code: ResponseCode.ILLEGAL_OPERATION, remark });
  if (!broker.recallsMessages) {
    return { code: ResponseCode.NO_PERMISSION, remark: 'recall failed, operation is forbidden' };
  }
  if (broker.topics.get(topic) === undefined) {
    return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `recall failed, the topic[${topic}] not exist` };
  }
  const handle = parseRecallHandle(recallHandle);
  if (handle === undefined) return illegal('recall handle is invalid');
  if (handle.topic !== topic) return illegal('recall failed, topic not match');
  if (handle.brokerName !== broker.name) return illegal('recall failed, broker service not available');
  const left = handle.deliverAt - Date.now();
  return left <= 0 || left >= MAX_TIMER_MS ? illegal('recall failed, timestamp invalid') : undefined;
}
