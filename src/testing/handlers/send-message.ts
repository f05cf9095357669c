/**
 * SEND_MESSAGE (10) at the broker: a send under long field names, as Java clients write it with
 * `org.apache.rocketmq.client.sendSmartMsg=false`. No client of this library sends it.
 * Source: SendMessageRequestHeader.java, SendMessageProcessor.java (5.5.0).
 */
import { bool, defineFields, int32, optional, string } from '../../protocol/fields.js';
import { longSendFields } from '../../protocol/long-send-fields.js';
import { RequestCode } from '../../protocol/request-codes.js';
import type { BrokerState } from '../broker-state.js';
import { storeSend } from '../store-send.js';
import type { Handler } from './handler.js';

/** Of SEND_REPLY_MESSAGE, too. */
export const sendMessageFields = defineFields({
  ...longSendFields,
  maxReconsumeTimes: optional(int32('maxReconsumeTimes')),
  isBatch: optional(bool('batch')),
  brokerName: optional(string('bname')),
});

export const sendMessage: Handler<BrokerState> = {
  code: RequestCode.SEND_MESSAGE,
  answer: (frame, broker, sender) =>
    storeSend({ header: sendMessageFields.decode(frame), body: frame.body, sender }, broker),
};
