/**
 * GET_MAX_OFFSET (30): client → broker. All versions; the offset that the next message of a queue will get. A broker
 * does not check that the queue exists: one that does not has offset 0.
 * Source: GetMaxOffsetRequestHeader.java, AdminBrokerProcessor.java (5.5.0).
 */
import { bool, defineFields, int32, int64, optional, string } from '../fields.js';
import { onlySuccess, remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { ResponseCode } from '../response-codes.js';

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
export const getMaxOffset = remoteCall({
  code: RequestCode.GET_MAX_OFFSET,
  name: 'GET_MAX_OFFSET',
  answers: onlySuccess,
  encodeRequest: (request: GetMaxOffsetRequest) => ({ fields: requestFields.encode(request) }),
  decodeRequest: (frame): GetMaxOffsetRequest => requestFields.decode(frame),
  encodeResponse: (response: GetMaxOffsetResponse) => ({
    code: ResponseCode.SUCCESS,
    fields: responseFields.encode(response),
  }),
  decodeResponse: (frame): GetMaxOffsetResponse => responseFields.decode(frame),
});
