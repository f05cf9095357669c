/**
 * CHECK_TRANSACTION_STATE (39): broker → client, oneway and never answered as such. All versions; asks what became of
 * a half message whose end the broker never heard of. The client's word is an END_TRANSACTION.
 * Source: CheckTransactionStateRequestHeader.java, Broker2Client.java, AbstractTransactionalMessageCheckListener.java
 * (5.5.0).
 */
import { emptyAnswer, type EmptyResponse } from '../call-parts.js';
import { defineFields, int64, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface CheckTransactionStateRequest {
  readonly brokerName?: string | undefined;
  /** Where the half message lies now: every check stores it anew. */
  readonly commitLogOffset: bigint;
  /** The topic of all half messages; since 5.3.0. */
  readonly topic?: string | undefined;
  /** The unique key. */
  readonly msgId?: string | undefined;
  readonly tranStateTableOffset: bigint;
  readonly offsetMsgId?: string | undefined;
  readonly transactionId?: string | undefined;
  /** The half message as it is stored (`stored-message.ts`), but with its real topic and queue. */
  readonly halfMessage: Buffer;
}

const fields = defineFields({
  brokerName: optional(string('bname')),
  commitLogOffset: int64('commitLogOffset'),
  topic: optional(string('topic')),
  msgId: optional(string('msgId')),
  tranStateTableOffset: int64('tranStateTableOffset'),
  offsetMsgId: optional(string('offsetMsgId')),
  transactionId: optional(string('transactionId')),
});

/** Asks a client of the producer's group for the end of one transaction. */
export const checkTransactionState = remoteCall<CheckTransactionStateRequest, EmptyResponse>({
  code: RequestCode.CHECK_TRANSACTION_STATE,
  name: 'CHECK_TRANSACTION_STATE',
  encodeRequest: ({ halfMessage, ...request }) => ({
    fields: fields.encode(request),
    body: halfMessage,
  }),
  decodeRequest: (frame) => ({
    ...fields.decode(frame),
    halfMessage: Buffer.from(frame.body),
  }),
  ...emptyAnswer,
});
