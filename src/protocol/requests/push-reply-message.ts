/**
 * PUSH_REPLY_MESSAGE_TO_CLIENT (326): broker → client. The reply to a request of this client; since 4.6. The broker waits
 * 10 s for the answer: any code but 0 makes the replier's send fail.
 * Source: ReplyMessageRequestHeader.java, ReplyMessageProcessor.java, ClientRemotingProcessor.java (5.5.0).
 */
import { emptyAnswer, type EmptyResponse } from '../call-parts.js';
import { bool, defineFields, int32, optional, string, timestamp } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface PushReplyMessageRequest {
  readonly producerGroup: string;
  readonly topic: string;
  readonly defaultTopic: string;
  readonly defaultTopicQueueNums: number;
  readonly queueId: number;
  /** See `sys-flag.ts`: the body may be compressed. */
  readonly sysFlag: number;
  readonly bornAt: number;
  readonly flag: number;
  /** Encoded; see `properties.ts`. */
  readonly properties?: string | undefined;
  readonly reconsumeTimes?: number | undefined;
  readonly unitMode?: boolean | undefined;
  /** `ip:port` of the replier. */
  readonly bornHost: string;
  readonly storeHost: string;
  readonly storedAt: number;
  readonly body: Uint8Array;
}

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
