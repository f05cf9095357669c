/**
 * The names of properties that mean something to RocketMQ, and which of them are not for applications. The string they
 * are written into is `properties.ts`'s. Source: MessageConst.java (5.5.0).
 */

/** Names that this client writes or reads. */
export const MessageProperty = {
  /** What a message can be found by; several keys are separated by blanks. */
  KEYS: 'KEYS',
  TAGS: 'TAGS',
  /** `false`: the broker need not wait for disk or replica; absent means `true`. */
  WAIT_STORE_MSG_OK: 'WAIT',
  DELAY_TIME_LEVEL: 'DELAY',
  TIMER_DELAY_SEC: 'TIMER_DELAY_SEC',
  TIMER_DELAY_MS: 'TIMER_DELAY_MS',
  /** Milliseconds since 1970. */
  TIMER_DELIVER_MS: 'TIMER_DELIVER_MS',
  UNIQUE_KEY: 'UNIQ_KEY',
  /** 5.4: which of the topic's queues, the highest number first. */
  PRIORITY: '_SYS_MSG_PRIORITY_',
  /** 5.5: the light queue below the topic. */
  LITE_TOPIC: '__LITE_TOPIC',
  TRANSACTION_PREPARED: 'TRAN_MSG',
  PRODUCER_GROUP: 'PGROUP',
  TRANSACTION_ID: '__transactionId__',
  /** How often the broker has asked about a half message. */
  TRANSACTION_CHECK_TIMES: 'TRANSACTION_CHECK_TIMES',
  /** For how long the broker shall not ask; an application may set it. */
  CHECK_IMMUNITY_TIME_IN_SECONDS: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  /** Where a half message goes when it is committed. */
  REAL_TOPIC: 'REAL_TOPIC',
  REAL_QUEUE_ID: 'REAL_QID',
  SHARDING_KEY: '__SHARDINGKEY',
  /** The namespace (v1) that the message was sent in. */
  INSTANCE_ID: 'INSTANCE_ID',
  /** Of requests and replies: which belong together, whom the reply is for, how long it is waited for (ms). */
  CORRELATION_ID: 'CORRELATION_ID',
  REPLY_TO_CLIENT: 'REPLY_TO_CLIENT',
  TIME_TO_LIVE: 'TTL',
  /** `reply` for a reply. */
  MESSAGE_TYPE: 'MSG_TYPE',
  /** When the broker brought the reply. */
  PUSH_REPLY_TIME: 'PUSH_REPLY_TIME',
  CLUSTER: 'CLUSTER',
  MSG_REGION: 'MSG_REGION',
  TRACE_SWITCH: 'TRACE_ON',
} as const;

/** `STRING_HASH_SET`: the names that Java's `putUserProperty` refuses; `__SHARDINGKEY`, for one, is not among them. */
const RESERVED: ReadonlySet<string> = new Set([
  'KEYS',
  'TAGS',
  'WAIT',
  'DELAY',
  'TIMER_DELAY_SEC',
  'TIMER_DELAY_MS',
  'TIMER_DELIVER_MS',
  'TIMER_ENQUEUE_MS',
  'TIMER_DEQUEUE_MS',
  'TIMER_ROLL_TIMES',
  'TIMER_ROLL_LABEL',
  'TIMER_OUT_MS',
  'TIMER_DEL_UNIQKEY',
  'TIMER_DELAY_LEVEL',
  'UNIQ_KEY',
  'EXTEND_UNIQ_INFO',
  'TRAN_MSG',
  'PGROUP',
  'TRAN_PREPARED_QUEUE_OFFSET',
  'REAL_TOPIC',
  'REAL_QID',
  'RETRY_TOPIC',
  'RECONSUME_TIME',
  'MAX_RECONSUME_TIMES',
  'ORIGIN_MESSAGE_ID',
  'ORIGIN_GROUP',
  'MIN_OFFSET',
  'MAX_OFFSET',
  'BUYER_ID',
  'TRANSFER_FLAG',
  'CORRECTION_FLAG',
  'MQ2_FLAG',
  'MSG_REGION',
  'TRACE_ON',
  'CONSUME_START_TIME',
  'INSTANCE_ID',
  'CORRELATION_ID',
  'REPLY_TO_CLIENT',
  'TTL',
  'ARRIVE_TIME',
  'PUSH_REPLY_TIME',
  'CLUSTER',
  'MSG_TYPE',
  'POP_CK',
  'POP_CK_OFFSET',
  '1ST_POP_TIME',
  'DUP_INFO',
  'INNER_MULTI_QUEUE_OFFSET',
  '__BORNHOST',
  'BORN_TIMESTAMP',
  'DLQ_ORIGIN_TOPIC',
  'DLQ_ORIGIN_MESSAGE_ID',
  '__CRC32#',
  '_SYS_MSG_PRIORITY_',
  '__LITE_TOPIC',
]);

/** Whether the name is RocketMQ's own, so that an application must not set it as a property. */
export function isReservedProperty(name: string): boolean {
  return RESERVED.has(name);
}
