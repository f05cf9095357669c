/**
 * PULL_MESSAGE (11) at the broker: the messages of one queue from an offset on. It never waits for new ones, and leaves
 * it to the client to choose by tag, which clients do anyway.
 * Sources: PullMessageProcessor.java, DefaultMessageStore.java (5.5.0), and answers of real 5.5.0 and 4.9.7.
 */
import {
  pullMessage as call,
  type PullMessageRequest,
  type PullMessageResponse,
  PullSysFlag,
} from '../../protocol/requests/pull-message.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import { encodeStoredMessage } from '../../protocol/stored-message.js';
import type { Answer } from '../answer.js';
import type { BrokerState } from '../broker-state.js';
import { invalidParameter } from '../check-send.js';
import { handler } from './handler.js';

/** What a broker hands out at once, whatever is asked for (MessageStoreConfig.java). */
const MAX_MESSAGES = 32;
const MAX_BYTES = 256 * 1024;

/** ResponseCode.java; no producer meets it. */
const SUBSCRIPTION_NOT_EXIST = 24;

const NO_MESSAGES = Buffer.alloc(0);

export const pullMessage = handler(call, (request, broker: BrokerState, sender): Answer => {
  const refusal = refusalOf(request, broker, sender.remoteAddress);
  if (refusal !== undefined) return refusal;
  const { response, remark } = pull(request, broker);
  const { fields, ...answer } = call.response(response);
  // What 5.x adds: the system flags of topic and group.
  const flags = [
    ['topicSysFlag', '0'],
    ['groupSysFlag', '0'],
  ] as const;
  return { ...answer, remark, fields: broker.release.major === 4 ? fields : new Map([...fields, ...flags]) };
});

function refusalOf(request: PullMessageRequest, broker: BrokerState, senderAddress: string): Answer | undefined {
  const { topic, queueId, sysFlag } = request;
  const { helpLink } = broker.release;
  const config = broker.topics.get(topic);
  if (config === undefined) {
    const remark = `topic[${topic}] not exist, apply first please! ${helpLink}`;
    return { code: ResponseCode.TOPIC_NOT_EXIST, remark };
  }
  if (queueId < 0 || queueId >= config.readQueues) {
    const has = `topicConfig.readQueueNums:[${config.readQueues}] consumer:[/${senderAddress}]`;
    return { code: invalidParameter(broker), remark: `queueId[${queueId}] is illegal, topic:[${topic}] ${has}` };
  }
  // Subscriptions that heartbeats tell are not kept; a pull has to bring its own.
  if ((sysFlag & PullSysFlag.SUBSCRIPTION) !== 0) return undefined;
  return { code: SUBSCRIPTION_NOT_EXIST, remark: `the consumer's group info not exist${helpLink}` };
}

function pull(
  { topic, queueId, queueOffset, maxMessages }: PullMessageRequest,
  { store }: BrokerState,
): { response: PullMessageResponse; remark: string } {
  const maxOffset = BigInt(store.length(topic, queueId));
  const range = { suggestedBrokerId: 0n, minOffset: 0n, maxOffset, messages: NO_MESSAGES };
  const nothing = (status: 'NO_NEW_MESSAGE' | 'OFFSET_ILLEGAL', nextBeginOffset: bigint, remark: string) => ({
    response: { ...range, status, nextBeginOffset },
    remark,
  });
  if (maxOffset === 0n) {
    return nothing(queueOffset === 0n ? 'NO_NEW_MESSAGE' : 'OFFSET_ILLEGAL', 0n, 'NO_MESSAGE_IN_QUEUE');
  }
  if (queueOffset < 0n) return nothing('OFFSET_ILLEGAL', 0n, 'OFFSET_TOO_SMALL');
  if (queueOffset === maxOffset) return nothing('NO_NEW_MESSAGE', maxOffset, 'OFFSET_OVERFLOW_ONE');
  if (queueOffset > maxOffset) return nothing('OFFSET_ILLEGAL', maxOffset, 'OFFSET_OVERFLOW_BADLY');
  const maxCount = Math.max(1, Math.min(maxMessages, MAX_MESSAGES));
  const found = store.read(topic, queueId, Number(queueOffset), maxCount, MAX_BYTES);
  const nextBeginOffset = queueOffset + BigInt(found.length);
  const messages = Buffer.concat(found.map(encodeStoredMessage));
  return { response: { ...range, status: 'FOUND', nextBeginOffset, messages }, remark: 'FOUND' };
}
