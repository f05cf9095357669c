/**
 * SEND_REPLY_MESSAGE_V2 (325) at the broker: the reply to a request of another client.
 * Source: ReplyMessageProcessor.java (5.5.0, 4.9.7).
 */
import { sendRequestFields } from '../../protocol/requests/send-message.js';
import { sendReplyMessage } from '../../protocol/requests/send-reply-message.js';
import type { Answer } from '../answer.js';
import type { BrokerState } from '../broker-state.js';
import { storeReply } from '../store-reply.js';
import type { Handler } from './handler.js';

export const sendReplyMessageV2: Handler<BrokerState, Answer | Promise<Answer>> = {
  code: sendReplyMessage.code,
  answer: (frame, broker, sender) =>
    storeReply({ header: sendRequestFields.decode(frame), body: frame.body, sender }, broker),
};
