/**
 * PULL_MESSAGE (11): client → broker. All versions; the messages of one queue from an offset on, as the broker stores
 * them (`stored-message.ts`). Here only to read back what was sent: subscriptions are not described.
 * Source: PullMessageRequestHeader.java, PullMessageResponseHeader.java, PullMessageProcessor.java (5.5.0).
 */
import { headerRequest } from '../call-parts.js';
import { defineFields, int32, int64, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { ResponseCode } from '../response-codes.js';

/** Bits of `sysFlag` (PullSysFlag.java). */
export const PullSysFlag = { COMMIT_OFFSET: 1, SUSPEND: 2, SUBSCRIPTION: 4 } as const;

export interface PullMessageRequest {
  readonly consumerGroup: string;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: bigint;
  readonly maxMessages: number;
  /** See `PullSysFlag`. */
  readonly sysFlag: number;
  readonly commitOffset: bigint;
  /** How long the broker may hold the request back when there is nothing new; with `SUSPEND` only. */
  readonly suspendTimeoutMs: bigint;
  /** `*`, or tags joined by `||`; with `SUBSCRIPTION` only. */
  readonly subscription?: string | undefined;
  readonly subVersion: bigint;
  readonly expressionType?: string | undefined;
  readonly brokerName?: string | undefined;
}

export type PullStatus = 'FOUND' | 'NO_NEW_MESSAGE' | 'NO_MATCHED_MESSAGE' | 'OFFSET_ILLEGAL';

export interface PullMessageResponse {
  readonly status: PullStatus;
  readonly suggestedBrokerId?: bigint | undefined;
  readonly nextBeginOffset: bigint;
  readonly minOffset: bigint;
  readonly maxOffset: bigint;
  /** Of static topics (5.x): what to add to the offsets in `messages`, which are those where they lie. */
  readonly offsetDelta?: bigint | undefined;
  /** Stored messages behind each other; empty unless `FOUND`. */
  readonly messages: Uint8Array;
}

const requestFields = defineFields({
  consumerGroup: string('consumerGroup'),
  topic: string('topic'),
  queueId: int32('queueId'),
  queueOffset: int64('queueOffset'),
  maxMessages: int32('maxMsgNums'),
  sysFlag: int32('sysFlag'),
  commitOffset: int64('commitOffset'),
  suspendTimeoutMs: int64('suspendTimeoutMillis'),
  subscription: optional(string('subscription')),
  subVersion: int64('subVersion'),
  expressionType: optional(string('expressionType')),
  brokerName: optional(string('bname')),
});

const responseFields = defineFields({
  suggestedBrokerId: optional(int64('suggestWhichBrokerId')),
  nextBeginOffset: int64('nextBeginOffset'),
  minOffset: int64('minOffset'),
  maxOffset: int64('maxOffset'),
  offsetDelta: optional(int64('offsetDelta')),
});

const statusCodes: Readonly<Record<PullStatus, number>> = {
  FOUND: ResponseCode.SUCCESS,
  NO_NEW_MESSAGE: ResponseCode.PULL_NOT_FOUND,
  NO_MATCHED_MESSAGE: ResponseCode.PULL_RETRY_IMMEDIATELY,
  OFFSET_ILLEGAL: ResponseCode.PULL_OFFSET_MOVED,
};

const statuses: ReadonlyMap<number, PullStatus> = new Map([
  [ResponseCode.SUCCESS, 'FOUND'],
  [ResponseCode.PULL_NOT_FOUND, 'NO_NEW_MESSAGE'],
  [ResponseCode.PULL_RETRY_IMMEDIATELY, 'NO_MATCHED_MESSAGE'],
  [ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_ILLEGAL'],
]);

/** Asks for the messages of one queue from an offset on. */
export const pullMessage = remoteCall<PullMessageRequest, PullMessageResponse, PullStatus>({
  code: RequestCode.PULL_MESSAGE,
  name: 'PULL_MESSAGE',
  answers: statuses,
  ...headerRequest(requestFields),
  encodeResponse: (response: PullMessageResponse) => ({
    code: statusCodes[response.status],
    fields: responseFields.encode(response),
    body: response.messages,
  }),
  decodeResponse: (frame, status): PullMessageResponse => ({
    ...responseFields.decode(frame),
    status,
    messages: Buffer.from(frame.body),
  }),
});
