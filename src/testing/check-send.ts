/**
 * Whether a broker takes what is sent to it: the checks of a real one, in their order, with their codes and words. What
 * is taken is stored in `store-send.ts`.
 * Sources: AbstractSendMessageProcessor.java, HookUtils.java, TopicValidator.java, and answers of real 5.5.0 and 4.9.7.
 */
import type { SendMessageRequest } from '../protocol/requests/send-message.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { Answer } from './answer.js';
import { type BrokerState, REGION_ID } from './broker-state.js';
import { notHosted } from './logical-queue.js';
import type { TopicConfig } from './topic-table.js';

/** What every answer of the send processor carries, refusals included. */
export const sendAnswerFields: ReadonlyMap<string, string> = new Map([
  ['TRACE_ON', 'true'],
  ['MSG_REGION', REGION_ID],
]);

const MAX_TOPIC_LENGTH = 127;
const TOPIC_CHARACTERS = /^[%|a-zA-Z0-9_-]+$/;
const FORBIDDEN_TOPICS: ReadonlySet<string> = new Set([
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
]);
const PERM_NAMES = ['---', '--X', '-W-', '-WX', 'R--', 'R-X', 'RW-', 'RWX'];

/** The topic a message goes to, created if need be; or the answer that refuses it. */
export function checkSend(
  request: Omit<SendMessageRequest, 'body'>,
  broker: BrokerState,
  senderAddress: string,
): TopicConfig | Answer {
  const topic = broker.topics.get(request.topic) ?? createTopic(request, broker);
  if ('code' in topic) return topic;
  if (topic.logicalQueues !== undefined) {
    return topic.logicalQueues.has(request.queueId) ? topic : notHosted(request.topic, request.queueId, broker);
  }
  if (request.queueId >= Math.max(topic.readQueues, topic.writeQueues)) {
    const config = describeTopic(topic, broker.release.major);
    const remark = `request queueId[${request.queueId}] is illegal, ${config} Producer: ${senderAddress}`;
    return refuse(invalidParameter(broker), remark);
  }
  return topic;
}

/** A topic that exists has a good name; so only for a missing one is it looked at. */
function createTopic(request: Omit<SendMessageRequest, 'body'>, broker: BrokerState): TopicConfig | Answer {
  const { release, topics } = broker;
  const { topic, defaultTopic, defaultTopicQueueNums } = request;
  const badName = topicNameProblem(topic, release.major);
  if (badName !== undefined) return refuse(invalidParameter(broker), badName);
  if (FORBIDDEN_TOPICS.has(topic)) {
    return refuse(ResponseCode.NO_PERMISSION, `Sending message to topic[${topic}] is forbidden.`);
  }
  const created = topics.inherit(topic, defaultTopic, defaultTopicQueueNums);
  if (created === undefined) {
    return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist, apply first please!${release.helpLink}`);
  }
  broker.register();
  return created;
}

/** The answer to a message that breaks a limit; the remark does not say which. */
export function illegalMessage(broker: BrokerState): Answer {
  const remark =
    'the message is illegal, maybe msg body or properties length not matched. ' +
    `msg body length limit ${broker.maxMessageBytes}B, msg properties length limit 32KB.`;
  return { code: ResponseCode.MESSAGE_ILLEGAL, remark, fields: sendAnswerFields };
}

/** The answer of a compaction topic to a message without keys. */
export function keyMissing(): Answer {
  return { code: ResponseCode.MESSAGE_ILLEGAL, remark: 'Required message key is missing', fields: sendAnswerFields };
}

/** Java has no empty bodies, only absent ones; 5.x trips over them. */
export function noBody(): Answer {
  const remark =
    'java.lang.NullPointerException: Cannot read the array length because the return value of ' +
    '"org.apache.rocketmq.remoting.protocol.RemotingCommand.getBody()" is null, ' +
    'org.apache.rocketmq.broker.processor.AbstractSendMessageProcessor.buildMsgContext(AbstractSendMessageProcessor.java:361)';
  return { code: ResponseCode.SYSTEM_ERROR, remark };
}

/** Until 5.3.2 there was no code of its own for impossible parameters. */
export function invalidParameter({ release }: BrokerState): number {
  return release.major === 4 ? ResponseCode.SYSTEM_ERROR : ResponseCode.INVALID_PARAMETER;
}

function refuse(code: number, remark: string): Answer {
  return { code, remark, fields: sendAnswerFields };
}

/** What 4.x and 5.x say about a name that no topic can have. */
export function topicNameProblem(topic: string, major: 4 | 5): string | undefined {
  const name = major === 4 ? '' : `: ${topic},`;
  if (topic.trim() === '') return 'The specified topic is blank.';
  if (!TOPIC_CHARACTERS.test(topic)) {
    return `The specified topic${name} contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$`;
  }
  if (topic.length <= MAX_TOPIC_LENGTH) return undefined;
  const is = `The specified topic${name} is longer than topic max length`;
  return major === 4 ? `${is}.` : `${is}: ${MAX_TOPIC_LENGTH}`;
}

/** As Java's TopicConfig prints itself. */
function describeTopic({ topic, readQueues, writeQueues, perm }: TopicConfig, major: 4 | 5): string {
  const attributes = major === 4 ? '' : ', attributes={}';
  return (
    `TopicConfig [topicName=${topic}, readQueueNums=${readQueues}, writeQueueNums=${writeQueues}, ` +
    `perm=${PERM_NAMES[perm] ?? '---'}, topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false${attributes}]`
  );
}
