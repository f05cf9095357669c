/**
 * What the answer of a server means for the message it is about: stored or not, and what to do next. This is the one
 * place that may look at a remark, because servers use one code for many reasons. What is done about it is not here.
 * Source: SendMessageProcessor.java, AbstractSendMessageProcessor.java, NettyRemotingAbstract.java,
 * BrokerFastFailure.java (4.9.7, 5.5.0); the recorded answers in test/golden.
 */
import type { ErrorCode } from '../errors/error-table.js';
import { printable } from '../errors/printable.js';
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

/** Why and for whom a request was refused. */
export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  /** 'no' where the server checks this before it stores anything. */
  readonly stored: 'no' | 'maybe';
  /** Whether another broker, or this one a little later, may well take the same message. */
  readonly retry: 'elsewhere' | 'never';
  /** The broker asks to be spared: wait before the next attempt, and send less. */
  readonly isBusy: boolean;
}

export type SendVerdict = { readonly ok: true; readonly status: SendStatus } | Refusal;

/** What answers carry that their meaning depends on; a `ReceivedFrame` is one. */
export interface AnswerHead {
  readonly code: number;
  readonly remark: string | undefined;
}

function refusal(code: ErrorCode, rest: Omit<Refusal, 'ok' | 'code'>): Refusal {
  return { ok: false, code, ...rest };
}

const NOT_STORED = { stored: 'no', isBusy: false } as const;
const busy = refusal('RMQ_BROKER_BUSY', { stored: 'no', retry: 'elsewhere', isBusy: true });
const unavailable = refusal('RMQ_BROKER_UNAVAILABLE', { ...NOT_STORED, retry: 'elsewhere' });
const topicMissing = refusal('RMQ_TOPIC_MISSING', { ...NOT_STORED, retry: 'elsewhere' });
const queueRefused = refusal('RMQ_QUEUE_REFUSED', { ...NOT_STORED, retry: 'elsewhere' });
const messageRefused = refusal('RMQ_MESSAGE_REFUSED', { ...NOT_STORED, retry: 'never' });
const accessDenied = refusal('RMQ_ACCESS_DENIED', { ...NOT_STORED, retry: 'never' });
const unsupported = refusal('RMQ_REQUEST_UNSUPPORTED', { ...NOT_STORED, retry: 'never' });
const brokerError = refusal('RMQ_BROKER_ERROR', { stored: 'maybe', retry: 'elsewhere', isBusy: false });
const unknown = refusal('RMQ_RESPONSE_UNKNOWN', { stored: 'maybe', retry: 'never', isBusy: false });

/** What a code means when its remark says nothing that is known. */
const byCode: ReadonlyMap<number, Refusal> = new Map([
  [ResponseCode.SYSTEM_ERROR, brokerError],
  [ResponseCode.SYSTEM_BUSY, busy],
  [ResponseCode.REQUEST_CODE_NOT_SUPPORTED, unsupported],
  [ResponseCode.MESSAGE_ILLEGAL, messageRefused],
  [ResponseCode.SERVICE_NOT_AVAILABLE, unavailable],
  [ResponseCode.VERSION_NOT_SUPPORTED, unsupported],
  [ResponseCode.NO_PERMISSION, accessDenied],
  [ResponseCode.TOPIC_NOT_EXIST, topicMissing],
  [ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, messageRefused],
  [ResponseCode.INVALID_PARAMETER, messageRefused],
  [ResponseCode.NO_BUYER_ID, brokerError],
  [ResponseCode.NOT_IN_CURRENT_UNIT, brokerError],
  [ResponseCode.FLOW_CONTROL, busy],
  [ResponseCode.NOT_LEADER_FOR_QUEUE, queueRefused],
  [ResponseCode.GO_AWAY, unavailable],
  [ResponseCode.LMQ_QUOTA_EXCEEDED, messageRefused],
  [ResponseCode.RPC_TIME_OUT, brokerError],
  [ResponseCode.RPC_SEND_TO_CHANNEL_FAILED, brokerError],
  [ResponseCode.RPC_ADDR_IS_NULL, brokerError],
  [ResponseCode.RPC_UNKNOWN, brokerError],
]);

interface RemarkRule {
  readonly code: number;
  /** Anchored, so that a long remark costs no more than a short one. */
  readonly remark: RegExp;
  readonly refusal: Refusal;
}

const { SYSTEM_ERROR, NO_PERMISSION, INVALID_PARAMETER } = ResponseCode;

/** The first rule that fits wins over the code alone. */
const remarkRules: readonly RemarkRule[] = [
  // 4.x reports what 5.x has codes for as SYSTEM_ERROR: access, topic names, queues, a busy page cache.
  { code: SYSTEM_ERROR, remark: /^org\.apache\.rocketmq\.(acl|auth)\./, refusal: accessDenied },
  { code: SYSTEM_ERROR, remark: /^The specified topic/, refusal: messageRefused },
  { code: SYSTEM_ERROR, remark: /^request queueId\[/, refusal: queueRefused },
  { code: SYSTEM_ERROR, remark: /^\[(PC_SYNCHRONIZED|PCBUSY_CLEAN_QUEUE|TIMEOUT_CLEAN_QUEUE)\]/, refusal: busy },
  // The encoder throws before it appends anything (MessageExtEncoder.java, 5.5.0).
  { code: SYSTEM_ERROR, remark: /^java\.lang\.RuntimeException: message body size exceeded/, refusal: messageRefused },
  { code: SYSTEM_ERROR, remark: /^create mapped file failed/, refusal: unavailable },
  { code: SYSTEM_ERROR, remark: /^broker unable to service/, refusal: unavailable },
  { code: SYSTEM_ERROR, remark: /^in-sync replicas not enough/, refusal: unavailable },
  { code: SYSTEM_ERROR, remark: /^timer message is under flow control/, refusal: busy },
  { code: SYSTEM_ERROR, remark: /^accurate timer message is not enabled/, refusal: messageRefused },
  { code: SYSTEM_ERROR, remark: /^\[LMQ_CONSUME_QUEUE_NUM_EXCEEDED\]/, refusal: messageRefused },
  // NO_PERMISSION is also what a read-only broker says, and what any broker says about its own topics.
  {
    code: NO_PERMISSION,
    remark: /^the broker\[[^\]]*\] sending (transaction )?message is forbidden/,
    refusal: unavailable,
  },
  { code: NO_PERMISSION, remark: /^Sending message to topic\[/, refusal: messageRefused },
  { code: INVALID_PARAMETER, remark: /^request queueId\[/, refusal: queueRefused },
];

/** What the answer to a send means for its message. */
export function classifySendResponse(answer: AnswerHead): SendVerdict {
  const status = sendStatuses.get(answer.code);
  return status === undefined ? classifyRefusal(answer) : { ok: true, status };
}

function classifyRefusal({ code, remark }: AnswerHead): Refusal {
  const rule = remark && remarkRules.find((known) => known.code === code && known.remark.test(remark));
  return rule ? rule.refusal : (byCode.get(code) ?? unknown);
}

/** The error for an answer that is a refusal. `request` is the name of the request that was refused. */
export function answerError(request: string, answer: AnswerHead): RocketMQError {
  const { code, stored } = classifyRefusal(answer);
  const remark = printable(answer.remark ?? '');
  return createError(
    code,
    `${request} was answered ${responseName(answer.code)} (${answer.code}): ${remark || 'no remark'}`,
    {
      stored,
      detail: { request, responseCode: answer.code, remark },
    },
  );
}
