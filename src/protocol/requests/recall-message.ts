/**
 * RECALL_MESSAGE (370): client → broker, the one that gave out the handle. Takes back a timer message that is not due
 * yet; since 5.3.2, and only where recallMessageEnable is set (code 16 otherwise).
 * Source: RecallMessageRequestHeader.java, RecallMessageProcessor.java (5.5.0).
 */
import { headerAnswer, headerRequest } from '../call-parts.js';
import { defineFields, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface RecallMessageRequest {
  readonly producerGroup?: string | undefined;
  readonly topic: string;
  /** See `recall-handle.ts`. */
  readonly recallHandle: string;
  readonly brokerName?: string | undefined;
}

export interface RecallMessageResponse {
  /** The unique key of the message. */
  readonly msgId: string;
  /** Of the broker. */
  readonly regionId?: string | undefined;
}

const requestFields = defineFields({
  producerGroup: optional(string('producerGroup')),
  topic: string('topic'),
  recallHandle: string('recallHandle'),
  brokerName: optional(string('bname')),
});

const responseFields = defineFields({ msgId: string('msgId'), regionId: optional(string('MSG_REGION')) });

/** Takes a message back before it is delivered. A broker does not say whether it still had it. */
export const recallMessage = remoteCall<RecallMessageRequest, RecallMessageResponse>({
  code: RequestCode.RECALL_MESSAGE,
  name: 'RECALL_MESSAGE',
  ...headerRequest(requestFields),
  ...headerAnswer(responseFields),
});
