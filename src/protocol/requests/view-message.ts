/**
 * VIEW_MESSAGE_BY_ID (33): client → broker, the one that the offset message id names. All versions; the message at one
 * place of its commit log. A place where none begins is code 1, with a remark that says so.
 * Source: ViewMessageRequestHeader.java, QueryMessageProcessor.java (5.5.0).
 */
import { headerRequest } from '../call-parts.js';
import { defineFields, int64, optional, string } from '../fields.js';
import { onlySuccess, remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { ResponseCode } from '../response-codes.js';

export interface ViewMessageRequest {
  readonly commitLogOffset: bigint;
  /** 5.x, for access control; the message may be of another topic all the same. */
  readonly topic?: string | undefined;
}

export interface ViewMessageResponse {
  /** One stored message (`stored-message.ts`). */
  readonly message: Uint8Array;
}

const requestFields = defineFields({ commitLogOffset: int64('offset'), topic: optional(string('topic')) });

/** Asks for the message at one place. */
export const viewMessage = remoteCall<ViewMessageRequest, ViewMessageResponse>({
  code: RequestCode.VIEW_MESSAGE_BY_ID,
  name: 'VIEW_MESSAGE_BY_ID',
  answers: onlySuccess,
  ...headerRequest(requestFields),
  encodeResponse: (response: ViewMessageResponse) => ({
    code: ResponseCode.SUCCESS,
    fields: new Map<string, string>(),
    body: response.message,
  }),
  decodeResponse: (frame): ViewMessageResponse => ({ message: Buffer.from(frame.body) }),
});
