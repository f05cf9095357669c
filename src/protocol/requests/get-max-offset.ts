/**
 * GET_MAX_OFFSET (30): client → broker. All versions; the offset that the next message of a queue will get. A broker
 * does not check that the queue exists: one that does not has offset 0.
 * Source: GetMaxOffsetRequestHeader.java, AdminBrokerProcessor.java (5.5.0).
 */
import { headerAnswer, headerRequest } from '../call-parts.js';
import { bool, defineFields, int32, int64, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface GetMaxOffsetRequest {
  readonly topic: string;
  readonly queueId: number;
  /** 5.x: only what replicas have confirmed; true unless given. */
  readonly committed?: boolean | undefined;
  readonly brokerName?: string | undefined;
}

export interface GetMaxOffsetResponse {
  readonly offset: bigint;
}

const requestFields = defineFields({
  topic: string('topic'),
  queueId: int32('queueId'),
  committed: optional(bool('committed')),
  brokerName: optional(string('bname')),
});

const responseFields = defineFields({ offset: int64('offset') });

/** Asks where a queue ends. */
export const getMaxOffset = remoteCall<GetMaxOffsetRequest, GetMaxOffsetResponse>({
  code: RequestCode.GET_MAX_OFFSET,
  name: 'GET_MAX_OFFSET',
  ...headerRequest(requestFields),
  ...headerAnswer(responseFields),
});
