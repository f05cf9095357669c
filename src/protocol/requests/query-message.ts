/**
 * QUERY_MESSAGE (12): client → broker. All versions; the messages of a topic that have a key or unique key, as the
 * broker's index knows them: by hash, so that others may be among them. Nothing found is code 22.
 * Source: QueryMessageRequestHeader.java, QueryMessageProcessor.java (5.5.0, 4.9.7).
 */
import { headerRequest } from '../call-parts.js';
import { bool, defineFields, int32, int64, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { ResponseCode } from '../response-codes.js';

export interface QueryMessageRequest {
  readonly topic: string;
  readonly key: string;
  /** Of one broker; for unique keys it takes its own limit (32). */
  readonly maxMessages: number;
  /** Ms since 1970, of storing. */
  readonly from: bigint;
  readonly to: bigint;
  readonly isUniqueKey?: boolean | undefined;
  /** `K` for keys, `U` for unique keys; 5.5. */
  readonly indexType?: string | undefined;
}

export interface QueryMessageResponse {
  readonly indexUpdatedAt: bigint;
  readonly indexUpdatedTo: bigint;
  /** Stored messages behind each other (`stored-message.ts`). */
  readonly messages: Uint8Array;
}

const requestFields = defineFields({
  topic: string('topic'),
  key: string('key'),
  maxMessages: int32('maxNum'),
  from: int64('beginTimestamp'),
  to: int64('endTimestamp'),
  isUniqueKey: optional(bool('_UNIQUE_KEY_QUERY')),
  indexType: optional(string('indexType')),
});

const responseFields = defineFields({
  indexUpdatedAt: int64('indexLastUpdateTimestamp'),
  indexUpdatedTo: int64('indexLastUpdatePhyoffset'),
});

const answers: ReadonlyMap<number, 'FOUND' | 'NOT_FOUND'> = new Map([
  [ResponseCode.SUCCESS, 'FOUND'],
  [ResponseCode.QUERY_NOT_FOUND, 'NOT_FOUND'],
]);

/**
 * V4_9_3, the last version at which all servers with access control agree that `_UNIQUE_KEY_QUERY` is not signed: 4.7.1
 * to 5.0.0 never include it, 5.1.0 and later do above this version. The Java client of 4.9.7 signs it, and is refused by
 * its own brokers.
 * Source: PlainAccessValidator.java (4.9.7), DefaultAuthenticationContextBuilder.java (5.5.0).
 */
const ASKED_AS_VERSION = 399;

/** Asks one broker for messages with a key. */
export const queryMessage = remoteCall<QueryMessageRequest, QueryMessageResponse, 'FOUND' | 'NOT_FOUND'>({
  code: RequestCode.QUERY_MESSAGE,
  name: 'QUERY_MESSAGE',
  version: ASKED_AS_VERSION,
  answers,
  ...headerRequest(requestFields),
  encodeResponse: (response: QueryMessageResponse) => ({
    code: response.messages.length > 0 ? ResponseCode.SUCCESS : ResponseCode.QUERY_NOT_FOUND,
    fields: responseFields.encode(response),
    body: response.messages,
  }),
  decodeResponse: (frame): QueryMessageResponse => ({
    ...responseFields.decode(frame),
    messages: Buffer.from(frame.body),
  }),
});
