/**
 * The header of a send under long field names, as SEND_MESSAGE (10) has it and PUSH_REPLY_MESSAGE_TO_CLIENT (326) after
 * it. What each of them has besides is in their own tables; the short names are in `requests/send-message.ts`.
 * Source: SendMessageRequestHeader.java, ReplyMessageRequestHeader.java (5.5.0).
 */
import { bool, int32, optional, string, timestamp } from './fields.js';

/** To be spread into a field table. */
export const longSendFields = {
  producerGroup: string('producerGroup'),
  topic: string('topic'),
  defaultTopic: string('defaultTopic'),
  defaultTopicQueueNums: int32('defaultTopicQueueNums'),
  queueId: int32('queueId'),
  sysFlag: int32('sysFlag'),
  bornAt: timestamp('bornTimestamp'),
  flag: int32('flag'),
  properties: optional(string('properties')),
  reconsumeTimes: optional(int32('reconsumeTimes')),
  unitMode: optional(bool('unitMode')),
} as const;
