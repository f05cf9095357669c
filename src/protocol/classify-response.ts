/**
 * What the answer of a server means for the message it is about: stored or not, and what to do next. This is the one
 * place that may look at a remark, because servers use one code for many reasons. What is done about it is not here.
 * Source: SendMessageProcessor.java, AbstractSendMessageProcessor.java, NettyRemotingAbstract.java,
 * BrokerFastFailure.java (4.9.7, 5.5.0); the recorded answers in test/golden.
 */
import type { ErrorCode } from '../errors/error-table.js';
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import { ResponseCode, responseName } from './response-codes.js';

/** How durable the broker says the message is; all four mean stored. */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE';

/** The answer codes that mean stored. */
export const sendStatuses: ReadonlyMap<number, SendStatus> = new Map([
  [ResponseCode.SUCCESS, 'SEND_OK'],
  [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
  [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
  [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
]);

/** The code by which a server says that status. */
export const sendStatusCodes: Readonly<Record<SendStatus, number>> = {
  SEND_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  FLUSH_SLAVE_TIMEOUT: ResponseCode.FLUSH_SLAVE_TIMEOUT,
  SLAVE_NOT_AVAILABLE: ResponseCode.SLAVE_NOT_AVAILABLE,
};

/** What answers carry that their meaning depends on; a `ReceivedFrame` is one. */
export interface AnswerHead {
  readonly code: number;
  readonly remark: string | undefined;
}

/** The rule that a message without keys breaks at a compaction topic, as errors name it. */
export const KEY_REQUIRED = 'key-required';

/** What a code means when its remark says nothing that is known. */
const byCode: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [ResponseCode.SYSTEM_ERROR, 'RMQ_BROKER_ERROR'],
  [ResponseCode.SYSTEM_BUSY, 'RMQ_BROKER_BUSY'],
  [ResponseCode.REQUEST_CODE_NOT_SUPPORTED, 'RMQ_REQUEST_UNSUPPORTED'],
  [ResponseCode.MESSAGE_ILLEGAL, 'RMQ_MESSAGE_REFUSED'],
  [ResponseCode.SERVICE_NOT_AVAILABLE, 'RMQ_BROKER_UNAVAILABLE'],
  [ResponseCode.VERSION_NOT_SUPPORTED, 'RMQ_REQUEST_UNSUPPORTED'],
  [ResponseCode.NO_PERMISSION, 'RMQ_ACCESS_DENIED'],
  [ResponseCode.TOPIC_NOT_EXIST, 'RMQ_TOPIC_MISSING'],
  [ResponseCode.QUERY_NOT_FOUND, 'RMQ_MESSAGE_NOT_FOUND'],
  [ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, 'RMQ_MESSAGE_REFUSED'],
  [ResponseCode.INVALID_PARAMETER, 'RMQ_MESSAGE_REFUSED'],
  [ResponseCode.NO_BUYER_ID, 'RMQ_BROKER_ERROR'],
  [ResponseCode.NOT_IN_CURRENT_UNIT, 'RMQ_BROKER_ERROR'],
  [ResponseCode.FLOW_CONTROL, 'RMQ_BROKER_BUSY'],
  [ResponseCode.NOT_LEADER_FOR_QUEUE, 'RMQ_QUEUE_REFUSED'],
  [ResponseCode.ILLEGAL_OPERATION, 'RMQ_OPERATION_REFUSED'],
  [ResponseCode.GO_AWAY, 'RMQ_BROKER_UNAVAILABLE'],
  [ResponseCode.LMQ_QUOTA_EXCEEDED, 'RMQ_MESSAGE_REFUSED'],
  [ResponseCode.RPC_TIME_OUT, 'RMQ_BROKER_ERROR'],
  [ResponseCode.RPC_SEND_TO_CHANNEL_FAILED, 'RMQ_BROKER_ERROR'],
  [ResponseCode.RPC_ADDR_IS_NULL, 'RMQ_BROKER_ERROR'],
  [ResponseCode.RPC_UNKNOWN, 'RMQ_BROKER_ERROR'],
]);

const { SYSTEM_ERROR, NO_PERMISSION, INVALID_PARAMETER, MESSAGE_ILLEGAL } = ResponseCode;

/**
 * The first rule that fits wins over the code alone. All are anchored, so that a long remark costs no more than a short
 * one, and each is about a check that servers make before they store anything.
 */
const byRemark: readonly (readonly [code: number, remark: RegExp, meaning: ErrorCode, rule?: string])[] = [
  // Of a compaction topic, to a single message (SendMessageProcessor.java, 5.5.0).
  [MESSAGE_ILLEGAL, /^Required message key is missing/, 'RMQ_MESSAGE_INVALID', KEY_REQUIRED],
  // 4.x reports what 5.x has codes for as SYSTEM_ERROR: access, topic names, queues, a busy page cache.
  [SYSTEM_ERROR, /^org\.apache\.rocketmq\.(acl|auth)\./, 'RMQ_ACCESS_DENIED'],
  // Proxies of 5.x say as SYSTEM_ERROR, before they look at anything else, what brokers of 5.x have NO_PERMISSION for.
  [SYSTEM_ERROR, /^(username cannot be null\.|check signature failed\.)/, 'RMQ_ACCESS_DENIED'],
  [SYSTEM_ERROR, /^User:\S{1,255} (is not found\.|is disabled\.|has no permission to access )/, 'RMQ_ACCESS_DENIED'],
  [SYSTEM_ERROR, /^The specified topic/, 'RMQ_MESSAGE_REFUSED'],
  [SYSTEM_ERROR, /^request queueId\[/, 'RMQ_QUEUE_REFUSED'],
  [SYSTEM_ERROR, /^\[(PC_SYNCHRONIZED|PCBUSY_CLEAN_QUEUE|TIMEOUT_CLEAN_QUEUE)\]/, 'RMQ_BROKER_BUSY'],
  // The encoder throws before it appends anything (MessageExtEncoder.java, 5.5.0).
  [SYSTEM_ERROR, /^java\.lang\.RuntimeException: message body size exceeded/, 'RMQ_MESSAGE_REFUSED'],
  [SYSTEM_ERROR, /^create mapped file failed/, 'RMQ_BROKER_UNAVAILABLE'],
  [SYSTEM_ERROR, /^broker unable to service/, 'RMQ_BROKER_UNAVAILABLE'],
  [SYSTEM_ERROR, /^in-sync replicas not enough/, 'RMQ_BROKER_UNAVAILABLE'],
  [SYSTEM_ERROR, /^timer message is under flow control/, 'RMQ_BROKER_BUSY'],
  [SYSTEM_ERROR, /^accurate timer message is not enabled/, 'RMQ_MESSAGE_REFUSED'],
  [SYSTEM_ERROR, /^\[LMQ_CONSUME_QUEUE_NUM_EXCEEDED\]/, 'RMQ_MESSAGE_REFUSED'],
  [SYSTEM_ERROR, /^can not find message by the offset/, 'RMQ_MESSAGE_NOT_FOUND'],
  // The broker that was asked does not hear the requester, or it did not take the reply (ReplyMessageProcessor.java).
  [SYSTEM_ERROR, /^push reply message (fail, channel|to )/, 'RMQ_REQUESTER_MISSING'],
  // Of a topic that is to be created; 5.x has a code for some of it.
  [SYSTEM_ERROR, /^(The topic\[[^\]]*\] is conflict|unsupported key: |value is not in )/, 'RMQ_TOPIC_REFUSED'],
  [INVALID_PARAMETER, /^(The topic\[[^\]]*\] is conflict|MIXED message type)/, 'RMQ_TOPIC_REFUSED'],
  // NO_PERMISSION is also what a read-only broker says, and what any broker says about its own topics.
  [NO_PERMISSION, /^the broker\[[^\]]*\] sending (transaction )?message is forbidden/, 'RMQ_BROKER_UNAVAILABLE'],
  [NO_PERMISSION, /^Sending message to topic\[/, 'RMQ_MESSAGE_REFUSED'],
  [NO_PERMISSION, /^recall failed, operation is forbidden/, 'RMQ_RECALL_DISABLED'],
  [INVALID_PARAMETER, /^request queueId\[/, 'RMQ_QUEUE_REFUSED'],
];

/**
 * What an answer means that is none of the positive ones of its request. The error table says what follows from it:
 * whether the message may be stored, and whether another attempt makes sense. RMQ_BROKER_BUSY asks to be spared.
 */
export function classifyRefusal(answer: AnswerHead): ErrorCode {
  return ruleFor(answer)?.[2] ?? byCode.get(answer.code) ?? 'RMQ_RESPONSE_UNKNOWN';
}

const ruleFor = ({ code, remark = '' }: AnswerHead): (typeof byRemark)[number] | undefined =>
  byRemark.find(([ruleCode, pattern]) => ruleCode === code && pattern.test(remark));

/** The error for an answer that is a refusal. `request` is the name of the request that was refused. */
export function answerError(request: string, answer: AnswerHead): RocketMQError {
  const remark = answer.remark ?? '';
  const message = `${request} was answered ${responseName(answer.code)} (${answer.code}): ${remark || 'no remark'}`;
  const rule = ruleFor(answer)?.[3];
  const broken = rule === undefined ? {} : { rule };
  const detail = { request, responseCode: answer.code, remark, ...broken };
  return createError(classifyRefusal(answer), message, { detail });
}
