/**
 * PUSH_REPLY_MESSAGE_TO_CLIENT (326): broker → client. The reply to a request of this client; since 4.6. The broker waits
 * 10 s for the answer: any code but 0 makes the replier's send fail.
 * Source: ReplyMessageRequestHeader.java, ReplyMessageProcessor.java, ClientRemotingProcessor.java (5.5.0).
 */
import { emptyAnswer, type EmptyResponse } from '../call-parts.js';
import { defineFields, string, timestamp } from '../fields.js';
import { longSendFields } from '../long-send-fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import type { SendMessageRequest } from './send-message.js';

/** A send as the broker passes it on; its body may be compressed, as `sysFlag` says. */
export interface PushReplyMessageRequest extends Omit<
  SendMessageRequest,
  'maxReconsumeTimes' | 'isBatch' | 'brokerName'
> {
  /** `ip:port` of the replier. */
  readonly bornHost: string;
  readonly storeHost: string;
  readonly storedAt: number;
}

const requestFields = defineFields({
  ...longSendFields,
  bornHost: string('bornHost'),
  storeHost: string('storeHost'),
  storedAt: timestamp('storeTimestamp'),
});

/** Hands a reply to the client that asked. */
export const pushReplyMessage = remoteCall<PushReplyMessageRequest, EmptyResponse>({
  code: RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
  name: 'PUSH_REPLY_MESSAGE_TO_CLIENT',
  encodeRequest: (request) => ({ fields: requestFields.encode(request), body: request.body }),
  decodeRequest: (frame) => ({ ...requestFields.decode(frame), body: Buffer.from(frame.body) }),
  ...emptyAnswer,
});
