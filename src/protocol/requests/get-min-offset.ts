/**
 * GET_MIN_OFFSET (31): client → broker. All versions; the offset of the oldest message that a queue still has. A broker
 * does not check that the queue exists: one that does not has offset 0 or -1.
 * Source: GetMinOffsetRequestHeader.java, AdminBrokerProcessor.java (5.5.0).
 */
import { headerAnswer, headerRequest } from '../call-parts.js';
import { defineFields, int32, int64, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface GetMinOffsetRequest {
  readonly topic: string;
  readonly queueId: number;
  readonly brokerName?: string | undefined;
}

export interface GetMinOffsetResponse {
  readonly offset: bigint;
}

const requestFields = defineFields({
  topic: string('topic'),
  queueId: int32('queueId'),
  brokerName: optional(string('bname')),
});

const responseFields = defineFields({ offset: int64('offset') });

/** Asks where a queue begins. */
export const getMinOffset = remoteCall<GetMinOffsetRequest, GetMinOffsetResponse>({
  code: RequestCode.GET_MIN_OFFSET,
  name: 'GET_MIN_OFFSET',
  ...headerRequest(requestFields),
  ...headerAnswer(responseFields),
});
