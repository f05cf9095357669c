/**
 * SEARCH_OFFSET_BY_TIMESTAMP (29): client → broker. All versions; where in a queue the messages of a time begin. A
 * broker does not check that the queue exists: one that does not has offset 0.
 * Source: SearchOffsetRequestHeader.java, AdminBrokerProcessor.java (5.5.0).
 */
import { headerAnswer, headerRequest } from '../call-parts.js';
import { defineFields, int32, int64, optional, string, timestamp } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface SearchOffsetRequest {
  readonly topic: string;
  readonly queueId: number;
  readonly timestamp: number;
  /** `LOWER` (the first message of the time or later) or `UPPER` (the last one up to it); since 5.1.4. */
  readonly boundary?: string | undefined;
  readonly brokerName?: string | undefined;
}

export interface SearchOffsetResponse {
  readonly offset: bigint;
}

const requestFields = defineFields({
  topic: string('topic'),
  queueId: int32('queueId'),
  timestamp: timestamp('timestamp'),
  boundary: optional(string('boundaryType')),
  brokerName: optional(string('bname')),
});

const responseFields = defineFields({ offset: int64('offset') });

/** Asks which offset a queue had reached at a time. */
export const searchOffset = remoteCall<SearchOffsetRequest, SearchOffsetResponse>({
  code: RequestCode.SEARCH_OFFSET_BY_TIMESTAMP,
  name: 'SEARCH_OFFSET_BY_TIMESTAMP',
  ...headerRequest(requestFields),
  ...headerAnswer(responseFields),
});
