/**
 * SEND_MESSAGE (10) at the broker: a send under long field names, as Java clients write it with
 * `org.apache.rocketmq.client.sendSmartMsg=false`. No client of this library sends it.
 * Source: SendMessageRequestHeader.java, SendMessageProcessor.java (5.5.0).
 */
import { bool, defineFields, int32, optional, string, timestamp } from '../../protocol/fields.js';
import { RequestCode } from '../../protocol/request-codes.js';
import type { BrokerState } from '../broker-state.js';
import { storeSend } from '../store-send.js';
import type { Handler } from './handler.js';

const requestFields = defineFields({
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
  maxReconsumeTimes: optional(int32('maxReconsumeTimes')),
  isBatch: optional(bool('batch')),
  brokerName: optional(string('bname')),
});

export const sendMessage: Handler<BrokerState> = {
  code: RequestCode.SEND_MESSAGE,
  answer: (frame, broker, sender) =>
    storeSend({ header: requestFields.decode(frame), body: frame.body, sender }, broker),
};
