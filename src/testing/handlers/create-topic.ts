/**
 * UPDATE_AND_CREATE_TOPIC (17) at the broker: a topic is created, or gets other settings. 4.x ignores attributes.
 * Sources: AdminBrokerProcessor.java, TopicAttributes.java (5.5.0), and answers of real 5.5.0 and 4.9.7.
 */
import { createTopic as call, parseAttributes } from '../../protocol/requests/create-topic.js';
import { ResponseCode } from '../../protocol/response-codes.js';
import { isSystemTopic } from '../../protocol/system-topics.js';
import type { Answer } from '../answer.js';
import { type BrokerState, CLUSTER_NAME, REPLY_TOPIC } from '../broker-state.js';
import { invalidParameter, topicNameProblem } from '../check-send.js';
import { isTopicType } from '../message-type.js';
import type { TopicConfig } from '../topic-table.js';
import { handler } from './handler.js';

const MESSAGE_TYPES = ['UNSPECIFIED', 'MIXED', 'TRANSACTION', 'PRIORITY', 'FIFO', 'DELAY', 'LITE', 'NORMAL'];
/** Fixed when the topic is created. */
const UNCHANGEABLE = ['queue.type', 'cleanup.policy'];
/** What an attribute may be; undefined: not looked at here. */
const ATTRIBUTES: Readonly<Record<string, readonly string[] | undefined>> = {
  'message.type': MESSAGE_TYPES,
  'queue.type': ['BatchCQ', 'SimpleCQ'],
  'cleanup.policy': ['DELETE', 'COMPACTION'],
  'reserve.time': undefined,
  'lite.topic.expiration': undefined,
};

export const createTopic = handler(call, (request, broker: BrokerState): Answer => {
  const { topic, readQueues, writeQueues, perm, attributes = '' } = request;
  const refusal =
    nameRefusal(topic, broker) ??
    (broker.release.major === 5 ? attributeRefusal(attributes, broker.topics.has(topic)) : undefined);
  if (refusal !== undefined) return refusal;
  const { type, queueType, isCompacted } = { ...broker.topics.get(topic), ...settingsIn(attributes, broker) };
  broker.topics.set({ topic, readQueues, writeQueues, perm, type, queueType, isCompacted });
  broker.register();
  return { ...call.response({}), remark: 'not set any response code' };
});

function nameRefusal(topic: string, broker: BrokerState): Answer | undefined {
  const isSystem = isSystemTopic(topic) || [CLUSTER_NAME, REPLY_TOPIC, broker.name].includes(topic);
  const conflict = isSystem ? `The topic[${topic}] is conflict with system topic.` : undefined;
  const remark = topicNameProblem(topic, broker.release.major) ?? conflict;
  return remark === undefined ? undefined : { code: invalidParameter(broker), remark };
}

/** What brokers and proxies look at. Who names no attributes leaves them as they are. */
function settingsIn(
  attributes: string,
  { release }: BrokerState,
): Partial<Pick<TopicConfig, 'type' | 'queueType' | 'isCompacted'>> {
  if (release.major === 4) return {};
  const {
    'message.type': type,
    'queue.type': queueType,
    'cleanup.policy': cleanupPolicy,
  } = parseAttributes(attributes);
  return {
    ...(isTopicType(type) && { type }),
    ...((queueType === 'BatchCQ' || queueType === 'SimpleCQ') && { queueType }),
    ...(cleanupPolicy !== undefined && { isCompacted: cleanupPolicy === 'COMPACTION' }),
  };
}

function attributeRefusal(text: string, isThere: boolean): Answer | undefined {
  const code = ResponseCode.SYSTEM_ERROR;
  for (const [name, value] of Object.entries(parseAttributes(text))) {
    if (!Object.hasOwn(ATTRIBUTES, name)) return { code, remark: `unsupported key: ${name}` };
    if (isThere && UNCHANGEABLE.includes(name)) {
      return { code, remark: `attempt to update an unchangeable attribute. key: ${name}` };
    }
    const allowed = ATTRIBUTES[name];
    if (name === 'message.type' && value === 'MIXED') {
      return { code: ResponseCode.INVALID_PARAMETER, remark: 'MIXED message type is not supported.' };
    }
    if (allowed !== undefined && !allowed.includes(value)) {
      return { code, remark: `value is not in set: [${allowed.join(', ')}]` };
    }
  }
  return undefined;
}
