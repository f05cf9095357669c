/**
 * SEND_REPLY_MESSAGE (324) at the broker: a reply under long field names, as Java clients write it with
 * `org.apache.rocketmq.client.sendSmartMsg=false`. No client of this library sends it.
 * Source: ReplyMessageProcessor.java (5.5.0, 4.9.7).
 */
import { RequestCode } from '../../protocol/request-codes.js';
import type { Answer } from '../answer.js';
import type { BrokerState } from '../broker-state.js';
import { storeReply } from '../store-reply.js';
import type { Handler } from './handler.js';
import { sendMessageFields } from './send-message.js';

export const sendReplyMessage: Handler<BrokerState, Answer | Promise<Answer>> = {
  code: RequestCode.SEND_REPLY_MESSAGE,
  answer: (frame, broker, sender) =>
    storeReply({ header: sendMessageFields.decode(frame), body: frame.body, sender }, broker),
};
