/**
 * What a broker does with a send: checks it, stores it and says where, one message or a batch. All kinds of sends come
 * here; they differ in their headers only.
 * Sources: SendMessageProcessor.java, DefaultMessageStore.java, and answers of real 5.5.0 and 4.9.7.
 */
import { decodeBatchBody } from '../protocol/batch-body.js';
import { MessageProperty } from '../protocol/message-properties.js';
import { decodeProperties, encodeProperties } from '../protocol/properties.js';
import { formatRecallHandle } from '../protocol/recall-handle.js';
import type { SendMessageRequest } from '../protocol/requests/send-message.js';
import { ResponseCode } from '../protocol/response-codes.js';
import { SysFlag } from '../protocol/sys-flag.js';
import { MAX_PROPERTIES_BYTES } from '../protocol/stored-limits.js';
import type { Answer } from './answer.js';
import type { BrokerState } from './broker-state.js';
import { checkSend, illegalMessage, keyMissing, noBody, sendAnswerFields } from './check-send.js';
import { isHalfMessage } from './half-messages.js';
import { innerBatchKey, innerBatchMarks, pretendsInnerBatch } from './batch-record.js';
import { lastOf } from './logical-queue.js';
import type { NewMessage, Place } from './message-store.js';
import { SendAnswer } from './send-answer.js';
import type { Sender } from './sender.js';
import { isSpecial, specialSend } from './special-send.js';
import { storedBytes, storedMemberProperties, storedProperties } from './stored-properties.js';
import type { TopicConfig } from './topic-table.js';

/** A send as a broker sees it. */
export interface Send {
  readonly header: Omit<SendMessageRequest, 'body'>;
  /** May be a view of received bytes. */
  readonly body: Buffer;
  readonly sender: Sender;
}

/** Stores what was sent, or refuses it. */
export function storeSend(send: Send, broker: BrokerState): Answer {
  const { header, body, sender } = send;
  if (body.length === 0 && broker.release.major === 5) return noBody();
  const topic = checkSend(header, broker, sender.remoteAddress);
  if ('code' in topic) return topic;
  const stretches = topic.logicalQueues?.get(header.queueId);
  if (stretches !== undefined) {
    const { queueId, begins } = lastOf(stretches);
    const answer = store(send, topic, queueId, broker);
    return answer instanceof SendAnswer ? answer.inLogicalQueue(header.queueId, begins) : answer;
  }
  const queueId = header.queueId < 0 ? Math.floor(Math.random() * topic.writeQueues) : header.queueId;
  return store(send, topic, queueId, broker);
}

function store(send: Send, topic: TopicConfig, queueId: number, broker: BrokerState): Answer {
  const { isBatch } = send.header;
  return isBatch === true ? storeBatch(send, topic, queueId, broker) : storeSingle(send, topic, queueId, broker);
}

function storeSingle({ header, body, sender }: Send, topic: TopicConfig, queueId: number, broker: BrokerState): Answer {
  const { major } = broker.release;
  if (losesWithoutKeys(topic, broker) && !hasKeys(header.properties ?? '')) return keyMissing();
  const isHalf = isHalfMessage(header.properties ?? '');
  const properties = storedProperties(header.properties ?? '', major, isHalf);
  const isLegal = body.length <= broker.maxMessageBytes && storedBytes(properties.text, major) <= MAX_PROPERTIES_BYTES;
  if (!isLegal || (major === 5 && pretendsInnerBatch(properties.text, header.sysFlag, topic.queueType)))
    return illegalMessage(broker);
  const message: NewMessage = {
    topic: header.topic,
    queueId,
    flag: header.flag,
    sysFlag: header.sysFlag,
    bornAt: header.bornAt,
    bornPort: sender.remotePort,
    reconsumeTimes: header.reconsumeTimes ?? 0,
    body,
    properties: properties.text,
  };
  if (!isHalf && isSpecial(properties.text, major)) return storeSpecial(message, topic, properties.uniqueKey, broker);
  const place = isHalf ? broker.halfMessages.prepare(message) : broker.store.append(message);
  return stored([place], queueId, properties.uniqueKey);
}

/** Delivered later, with a priority, or of a lite topic. */
function storeSpecial(
  message: NewMessage,
  topic: TopicConfig,
  uniqueKey: string | undefined,
  broker: BrokerState,
): Answer {
  const special = specialSend(message.properties, topic, message.queueId, broker);
  if ('code' in special) return special;
  const { queueId, delivery } = special;
  const properties = encodeProperties(delivery?.properties ?? special.properties);
  if (delivery === undefined) {
    return stored([broker.store.append({ ...message, queueId, properties })], queueId, uniqueKey);
  }
  const { timerOutMs, dueAt } = delivery;
  const place = broker.store.append({ ...message, topic: delivery.topic, queueId: delivery.queueId, properties });
  // What is received is a view of bytes that are soon others.
  const kept = { ...message, queueId, properties, body: Buffer.from(message.body) };
  const enqueuedAt = Date.now();
  const isTimer = timerOutMs !== undefined;
  broker.delayed.add({
    dueAt,
    recall: isTimer && uniqueKey !== undefined ? { topic: message.topic, uniqueKey } : undefined,
    toStore: (now) => (isTimer ? { ...kept, properties: properties + timerMarks(enqueuedAt, now) } : kept),
  });
  const recallHandle =
    isTimer && uniqueKey !== undefined
      ? formatRecallHandle({ topic: message.topic, brokerName: broker.name, deliverAt: timerOutMs + 1, uniqueKey })
      : undefined;
  return stored([place], queueId, uniqueKey, recallHandle);
}

/** What the timer writes on a message that has gone through it. */
const timerMarks = (enqueuedAt: number, dequeuedAt: number): string =>
  encodeProperties([
    ['TIMER_ENQUEUE_MS', String(enqueuedAt)],
    ['TIMER_DEQUEUE_MS', String(dequeuedAt)],
  ]);

function storeBatch(send: Send, topic: TopicConfig, queueId: number, broker: BrokerState): Answer {
  const { header, body, sender } = send;
  const { major } = broker.release;
  const envelope = header.properties ?? '';
  const envelopeProperties = decodeProperties(envelope);
  if (major === 5 && header.topic.startsWith('%RETRY%')) {
    const remark = `batch request does not support retry group ${header.topic}`;
    return { code: ResponseCode.MESSAGE_ILLEGAL, remark, fields: sendAnswerFields };
  }
  const innerKey = major === 5 ? innerBatchKey(topic.queueType, envelopeProperties) : undefined;
  if (innerKey !== undefined) return storeAsOne(send, innerKey, queueId, broker);
  if (!isOrdinary(envelopeProperties, header.sysFlag)) return illegalMessage(broker);
  if (major === 5 && pretendsInnerBatch(envelope, header.sysFlag, topic.queueType)) return illegalMessage(broker);
  if (body.length > broker.maxMessageBytes) return major === 4 ? illegalMessage(broker) : batchTooLarge();
  // All of it is read before anything is stored: a batch is stored as a whole or not at all.
  const members = decodeBatchBody(body);
  const isCompacted = losesWithoutKeys(topic, broker);
  const places = members.map((member) => {
    const message: NewMessage = {
      topic: header.topic,
      queueId,
      flag: member.flag,
      sysFlag: header.sysFlag,
      bornAt: header.bornAt,
      bornPort: sender.remotePort,
      reconsumeTimes: header.reconsumeTimes ?? 0,
      body: member.body,
      properties: storedMemberProperties(member.properties, envelope, major),
    };
    return isCompacted && !hasKeys(member.properties) ? broker.store.lose(message) : broker.store.append(message);
  });
  const uniqueKey = major === 5 ? envelopeProperties.get(MessageProperty.UNIQUE_KEY) : undefined;
  return stored(places, queueId, uniqueKey);
}

/**
 * Compaction topics (5.x) keep the last message of each key: one without keys is refused alone, and in a batch it gets its
 * place and is never found there.
 */
const losesWithoutKeys = (topic: TopicConfig, { release }: BrokerState): boolean =>
  release.major === 5 && topic.isCompacted === true;

const hasKeys = (properties: string): boolean =>
  (decodeProperties(properties).get(MessageProperty.KEYS) ?? '').trim() !== '';

/** No batch is delivered later, or a transaction. */
function isOrdinary(envelope: ReadonlyMap<string, string>, sysFlag: number): boolean {
  const isDelayed = Number(envelope.get(MessageProperty.DELAY_TIME_LEVEL) ?? 0) > 0;
  return !isDelayed && (sysFlag & SysFlag.TRANSACTION_BITS) === 0;
}

/** Refusals tell the key, too. */
function storeAsOne({ header, body, sender }: Send, batchUniqId: string, queueId: number, broker: BrokerState): Answer {
  const { text } = storedProperties(header.properties ?? '', 5);
  const firstOffset = broker.store.length(header.topic, queueId);
  const isRead = isOrdinary(decodeProperties(text), header.sysFlag);
  if (!isRead || body.length > broker.maxMessageBytes || Buffer.byteLength(text) > MAX_PROPERTIES_BYTES) {
    const refusal = illegalMessage(broker);
    return { ...refusal, fields: new Map([...(refusal.fields ?? []), ['batchUniqId', batchUniqId]]) };
  }
  const place = broker.store.append({
    topic: header.topic,
    queueId,
    flag: header.flag,
    bornAt: header.bornAt,
    bornPort: sender.remotePort,
    reconsumeTimes: header.reconsumeTimes ?? 0,
    body,
    ...innerBatchMarks(text, header.sysFlag, decodeBatchBody(body).length, firstOffset),
  });
  return new SendAnswer({ ...place, queueId, transactionId: batchUniqId, batchUniqId });
}

function stored(
  places: readonly Place[],
  queueId: number,
  transactionId: string | undefined,
  recallHandle?: string,
): Answer {
  const offsetMsgId = places.map((place) => place.offsetMsgId).join(',');
  const queueOffset = places[0]?.queueOffset ?? 0;
  return new SendAnswer({ offsetMsgId, queueId, queueOffset, transactionId, recallHandle });
}

function batchTooLarge(): Answer {
  const remark =
    'java.lang.RuntimeException: message body size exceeded, ' +
    'org.apache.rocketmq.store.MessageExtEncoder.encode(MessageExtEncoder.java:290)';
  return { code: ResponseCode.SYSTEM_ERROR, remark };
}
