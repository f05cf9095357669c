/**
 * SEND_BATCH_MESSAGE (320): client → broker. Many messages of one topic and queue in one body (`batch-body.ts`), stored
 * together; since 4.1. Below version 413 (5.0.0) its properties may hold WAIT only: anything else would overwrite the
 * members' own properties in the store.
 * Source: SendMessageRequestHeaderV2.java, SendMessageProcessor.java (4.9.7, 5.5.0).
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

/** As of one message; `body` holds the members, and `isBatch` goes without saying. */
export type SendBatchMessageRequest = SendMessageRequest;

/** As of one message; `offsetMsgId` names one id for each member. */
export type SendBatchMessageResponse = SendMessageResponse;

/** Stores all messages of the body behind each other in one queue, or none. */
export const sendBatchMessage = remoteCall({
  code: RequestCode.SEND_BATCH_MESSAGE,
  name: 'SEND_BATCH_MESSAGE',
  answers: sendStatuses,
  encodeRequest: (request: SendBatchMessageRequest) => ({
    fields: sendRequestFields.encode({ ...request, isBatch: true }),
    body: request.body,
  }),
  decodeRequest: (frame): SendBatchMessageRequest => ({
    ...sendRequestFields.decode(frame),
    body: Buffer.from(frame.body),
  }),
  encodeResponse: (response: SendBatchMessageResponse) => ({
    code: sendStatusCodes[response.status],
    fields: sendResponseFields.encode(response),
  }),
  decodeResponse: (frame, status): SendBatchMessageResponse => ({ status, ...sendResponseFields.decode(frame) }),
});
