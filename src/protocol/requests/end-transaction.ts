/**
 * END_TRANSACTION (37): client → broker. All versions; says what becomes of a half message. Sent oneway, as Java does:
 * a broker does not answer "unknown" at all. `topic` is read by 5.3.0 and later, for access control only.
 * Source: EndTransactionRequestHeader.java, EndTransactionProcessor.java (5.5.0).
 */
import { emptyAnswer, type EmptyResponse } from '../call-parts.js';
import { bool, defineFields, int32, int64, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';
import { SysFlag } from '../sys-flag.js';
import { violation } from '../violation.js';

/** How a transaction ends; `unknown`: the broker is to ask later. */
export type Resolution = 'commit' | 'rollback' | 'unknown';

export interface EndTransactionRequest {
  readonly producerGroup: string;
  readonly brokerName?: string | undefined;
  /** Of the half message. A transaction check changes it, and `tranStateTableOffset`. */
  readonly commitLogOffset: bigint;
  readonly topic?: string | undefined;
  /** The unique key. */
  readonly msgId: string;
  /** The offset of the half message in the queue of half messages. */
  readonly tranStateTableOffset: bigint;
  readonly resolution: Resolution;
  /** As the broker told it; 4.x brokers tell none. */
  readonly transactionId?: string | undefined;
  /** Whether the broker had asked. */
  readonly fromTransactionCheck?: boolean | undefined;
  /** Why it ends like that, for the broker's log. */
  readonly reason?: string | undefined;
}

const fields = defineFields({
  producerGroup: string('producerGroup'),
  brokerName: optional(string('bname')),
  commitLogOffset: int64('commitLogOffset'),
  topic: optional(string('topic')),
  msgId: string('msgId'),
  tranStateTableOffset: int64('tranStateTableOffset'),
  commitOrRollback: int32('commitOrRollback'),
  transactionId: optional(string('transactionId')),
  fromTransactionCheck: optional(bool('fromTransactionCheck')),
});

const codes: Readonly<Record<Resolution, number>> = {
  commit: SysFlag.TRANSACTION_COMMIT,
  rollback: SysFlag.TRANSACTION_ROLLBACK,
  unknown: 0,
};
const resolutions: ReadonlyMap<number, Resolution> = new Map([
  [SysFlag.TRANSACTION_COMMIT, 'commit'],
  [SysFlag.TRANSACTION_ROLLBACK, 'rollback'],
  [0, 'unknown'],
]);

/** Ends the transaction of one half message. */
export const endTransaction = remoteCall<EndTransactionRequest, EmptyResponse>({
  code: RequestCode.END_TRANSACTION,
  name: 'END_TRANSACTION',
  encodeRequest: ({ resolution, reason, ...request }) => ({
    fields: fields.encode({ ...request, commitOrRollback: codes[resolution] }),
    remark: reason,
  }),
  decodeRequest: (frame) => {
    const { commitOrRollback, ...request } = fields.decode(frame);
    const resolution = resolutions.get(commitOrRollback);
    if (resolution === undefined) throw violation('a transaction ends in no known way', { commitOrRollback });
    return { ...request, resolution, reason: frame.remark };
  },
  ...emptyAnswer,
});
