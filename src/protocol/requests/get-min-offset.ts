/**
 * GET_MIN_OFFSET (31): client → broker. All versions; the offset of the oldest message that a queue still has. A broker
 * does not check that the queue exists: one that does not has offset 0 or -1.
 * Source: GetMinOffsetRequestHeader.java, AdminBrokerProcessor.java (5.5.0).
 */
import { defineFields, int32, int64, optional, string } from '../fields.js';
import { onlySuccess, remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { ResponseCode } from '../response-codes.js';

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
export const getMinOffset = remoteCall({
  code: RequestCode.GET_MIN_OFFSET,
  name: 'GET_MIN_OFFSET',
  answers: onlySuccess,
  encodeRequest: (request: GetMinOffsetRequest) => ({ fields: requestFields.encode(request) }),
  decodeRequest: (frame): GetMinOffsetRequest => requestFields.decode(frame),
  encodeResponse: (response: GetMinOffsetResponse) => ({
    code: ResponseCode.SUCCESS,
    fields: responseFields.encode(response),
  }),
  decodeResponse: (frame): GetMinOffsetResponse => responseFields.decode(frame),
});
