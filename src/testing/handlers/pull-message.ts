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
import { endOf, firstOffset, lastOf, notHosted, type Stretch, type Stretches, stretchesOf } from '../logical-queue.js';
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
  const { topic, queueId } = request;
  const config = broker.topics.get(topic);
  const stretches = stretchesOf(broker, topic, queueId);
  if (stretches === undefined) {
    return notHosted(topic, queueId, broker, 'cannot find mapping item in request process of current broker');
  }
  const { response, remark } =
    config?.logicalQueues === undefined
      ? pull(request, stretches[0], BigInt(firstOffset(stretches[0], topic, config?.queueType)))
      : pullLogical(request, stretches, broker.name);
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
  if (config.logicalQueues === undefined && (queueId < 0 || queueId >= config.readQueues)) {
    const has = `topicConfig.readQueueNums:[${config.readQueues}] consumer:[/${senderAddress}]`;
    return { code: invalidParameter(broker), remark: `queueId[${queueId}] is illegal, topic:[${topic}] ${has}` };
  }
  // Subscriptions that heartbeats tell are not kept; a pull has to bring its own.
  if ((sysFlag & PullSysFlag.SUBSCRIPTION) !== 0) return undefined;
  return { code: SUBSCRIPTION_NOT_EXIST, remark: `the consumer's group info not exist${helpLink}` };
}

/** What is said to a pull, and about it. */
interface Pulled {
  readonly response: PullMessageResponse;
  readonly remark: string | undefined;
}

/** From one queue as it lies in one place. */
function pull({ topic, queueOffset, maxMessages }: PullMessageRequest, stretch: Stretch, minOffset: bigint): Pulled {
  const { store, queueId } = stretch;
  const maxOffset = BigInt(store.readableEnd(topic, queueId));
  const range = { suggestedBrokerId: 0n, minOffset, maxOffset, messages: NO_MESSAGES };
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
  const nextBeginOffset = BigInt(found.end);
  const messages = Buffer.concat(found.messages.map(encodeStoredMessage));
  return { response: { ...range, status: 'FOUND', nextBeginOffset, messages }, remark: 'FOUND' };
}

/** From the stretch that has the offset; a broker asks others for theirs. Behind its end the next one begins. */
function pullLogical(request: PullMessageRequest, stretches: Stretches, brokerName: string): Pulled {
  const at = Math.max(
    stretches.findLastIndex(({ begins }) => begins <= request.queueOffset),
    0,
  );
  const stretch = stretches[at] ?? stretches[0];
  const next = stretches[at + 1];
  const last = BigInt(lastOf(stretches).begins);
  if (next !== undefined && request.queueOffset >= endOf(stretch, request.topic)) {
    const begins = BigInt(next.begins);
    const range = { minOffset: begins, maxOffset: last, nextBeginOffset: begins, offsetDelta: begins };
    const response = { ...range, status: 'NO_MATCHED_MESSAGE', suggestedBrokerId: 0n, messages: NO_MESSAGES } as const;
    return { response, remark: undefined };
  }
  const begins = BigInt(stretch.begins);
  const { response } = pull({ ...request, queueOffset: request.queueOffset - begins }, stretch, 0n);
  const { status } = response;
  const isFound = status === 'FOUND';
  return {
    response: {
      ...response,
      status: status === 'OFFSET_ILLEGAL' && stretches.length === 1 ? 'NO_NEW_MESSAGE' : status,
      minOffset: begins,
      maxOffset: next === undefined ? response.maxOffset + begins : last,
      nextBeginOffset: response.nextBeginOffset + begins,
      offsetDelta: begins,
    },
    remark: isFound ? (stretch.brokerName === brokerName ? 'FOUND' : '') : undefined,
  };
}
