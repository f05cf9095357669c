/**
 * SEND_REPLY_MESSAGE_V2 (325): client → broker. The reply to a request of another client; since 4.6. As SEND_MESSAGE_V2
 * but for its number: the broker pushes it to the requester before it answers, and answers code 1 where it cannot.
 * Source: ReplyMessageProcessor.java (5.5.0).
 */
import { RequestCode } from '../request-codes.js';
import { sendCall } from './send-message.js';

/**
 * Has the broker push a reply to the client whose request it answers. The answer's `offsetMsgId` is `0` where the broker
 * pushed the reply and did not store it.
 */
export const sendReplyMessage = sendCall(RequestCode.SEND_REPLY_MESSAGE_V2, 'SEND_REPLY_MESSAGE_V2');
