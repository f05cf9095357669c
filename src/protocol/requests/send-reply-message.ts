/**
 * SEND_REPLY_MESSAGE_V2 (325): client → broker. The reply to a request of another client; since 4.6. As SEND_MESSAGE_V2
 * but for its number: the broker pushes it to the requester before it answers, and answers code 1 where it cannot.
 * Source: ReplyMessageProcessor.java (5.5.0).
 */
import { sendStatusCodes, sendStatuses } from '../classify-response.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import {
  type SendMessageRequest,
  type SendMessageResponse,
  sendRequestFields,
  sendResponseFields,
} from './send-message.js';

export type SendReplyMessageRequest = SendMessageRequest;

/** The `offsetMsgId` is `0` where the broker pushed the reply and did not store it. */
export type SendReplyMessageResponse = SendMessageResponse;

/** Has the broker push a reply to the client whose request it answers. */
export const sendReplyMessage = remoteCall({
  code: RequestCode.SEND_REPLY_MESSAGE_V2,
  name: 'SEND_REPLY_MESSAGE_V2',
  answers: sendStatuses,
  encodeRequest: (request: SendReplyMessageRequest) => ({
    fields: sendRequestFields.encode(request),
    body: request.body,
  }),
  decodeRequest: (frame): SendReplyMessageRequest => ({
    ...sendRequestFields.decode(frame),
    body: Buffer.from(frame.body),
  }),
  encodeResponse: (response: SendReplyMessageResponse) => ({
    code: sendStatusCodes[response.status],
    fields: sendResponseFields.encode(response),
  }),
  decodeResponse: (frame, status): SendReplyMessageResponse => ({ status, ...sendResponseFields.decode(frame) }),
});
