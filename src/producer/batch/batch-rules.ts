/** Which messages brokers take in a batch. What a batch is made of is `message-batch.ts`'s and the accumulator's. */
import type { ErrorCode } from '../../errors/error-table.js';
import { MAX_PROPERTIES_BYTES } from '../../protocol/stored-limits.js';
import type { Message } from '../message/message.js';

const RETRY_TOPIC = '%RETRY%';

/**
 * 4.9.7 appends the properties of the batch and its cluster's name to those of each member and does not check the sum:
 * above 32767 bytes it confirms the batch and stores a record that no consumer gets past. This is more than it adds.
 */
const ADDED_BY_BROKER_BYTES = 512;
const MAX_MEMBER_PROPERTIES_BYTES = MAX_PROPERTIES_BYTES - ADDED_BY_BROKER_BYTES;
const MAX_UTF8_BYTES_PER_CHARACTER = 3;

/** Why a message cannot be in a batch. */
export interface BatchObstacle {
  readonly code: ErrorCode;
  readonly rule: string;
  readonly problem: string;
}

const retryTopic: BatchObstacle = {
  code: 'RMQ_MESSAGE_INVALID',
  rule: 'batch-retry-topic',
  problem: 'it goes to a retry topic, which takes no batches',
};
const special: BatchObstacle = {
  code: 'RMQ_MESSAGE_INVALID',
  rule: 'batch-special',
  problem: 'it asks for delivery, priority or liteTopic, which brokers do not look at in batches',
};
const largeProperties: BatchObstacle = {
  code: 'RMQ_MESSAGE_TOO_LARGE',
  rule: 'batch-properties-size',
  problem: `its properties have more than the ${MAX_MEMBER_PROPERTIES_BYTES} bytes that are safe in a batch`,
};

/**
 * What forbids the message any batch; undefined for ordinary messages.
 * Sources: MessageBatch.java, SendMessageProcessor.java (5.5.0), and what a real 4.9.7 stored.
 */
export function batchObstacle(of: {
  readonly message: Message<unknown>;
  readonly properties: string;
}): BatchObstacle | undefined {
  const { topic, delivery, priority, liteTopic } = of.message;
  if (topic.startsWith(RETRY_TOPIC)) return retryTopic;
  if (delivery !== undefined || priority !== undefined || liteTopic !== undefined) return special;
  return isSafeInBatch(of.properties) ? undefined : largeProperties;
}

const isSafeInBatch = (properties: string): boolean =>
  properties.length * MAX_UTF8_BYTES_PER_CHARACTER <= MAX_MEMBER_PROPERTIES_BYTES ||
  Buffer.byteLength(properties) <= MAX_MEMBER_PROPERTIES_BYTES;

/** Whether the broker is to wait for disk and replica before it answers: one answer for all members of a batch. */
export const waitsForStore = (message: Message<unknown>): boolean => message.waitStoreMsgOk ?? true;
