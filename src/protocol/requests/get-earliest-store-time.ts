/**
 * GET_EARLIEST_MSG_STORETIME (32): client → broker. All versions; when the oldest message that a queue still has was
 * stored, -1 where it has none.
 * Source: GetEarliestMsgStoretimeRequestHeader.java, AdminBrokerProcessor.java (5.5.0).
 */
import { headerAnswer, headerRequest } from '../call-parts.js';
import { defineFields, int32, optional, string, timestamp } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface GetEarliestStoreTimeRequest {
  readonly topic: string;
  readonly queueId: number;
  readonly brokerName?: string | undefined;
}

export interface GetEarliestStoreTimeResponse {
  /** Ms since 1970; -1 where there is no message. */
  readonly timestamp: number;
}

const requestFields = defineFields({
  topic: string('topic'),
  queueId: int32('queueId'),
  brokerName: optional(string('bname')),
});

const responseFields = defineFields({ timestamp: timestamp('timestamp') });

/** Asks how old the oldest message of a queue is. */
export const getEarliestStoreTime = remoteCall<GetEarliestStoreTimeRequest, GetEarliestStoreTimeResponse>({
  code: RequestCode.GET_EARLIEST_MSG_STORETIME,
  name: 'GET_EARLIEST_MSG_STORETIME',
  ...headerRequest(requestFields),
  ...headerAnswer(responseFields),
});
