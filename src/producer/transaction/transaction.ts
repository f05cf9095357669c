/** A transaction as its caller sees it: what the local work is told, and what comes of it. How it runs is `local-transaction.ts`. */
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import { encodeProperties, PROPERTY_SEPARATOR } from '../../protocol/properties.js';
import type { Resolution } from '../../protocol/requests/end-transaction.js';
import { SysFlag } from '../../protocol/sys-flag.js';
import type { Message } from '../message/message.js';
import type { MessageKind } from '../message/message-kind.js';
import type { SendReceipt } from '../message/outcome.js';
import type { ResolutionInput } from './resolution.js';

/** The transaction that the local work, or the answer to a broker's question, belongs to. */
export interface Transaction {
  /** What the broker calls it; the unique key of the message, as `msgId`. */
  readonly transactionId: string;
  readonly msgId: string;
  /** Aborted when nobody waits for the answer any more: its time is up, or the message was aborted, or the producer shut down. */
  readonly signal: AbortSignal;
}

/**
 * The local work of a transaction, done when the broker has the half message. What it throws, and time running out, leave
 * the transaction `unknown`: the broker will ask `checkTransaction`.
 */
export type ExecuteTransaction<C = unknown, R extends Resolution = Resolution> = (
  message: Message<C>,
  transaction: Transaction,
) => ResolutionInput<R>;

/**
 * Answers a broker that asks what became of a transaction. The message is as it was handed in, without its context. (An
 * async function states its type, `Promise<Resolution>`, or the compiler takes 'commit' for any string.)
 */
export type CheckTransaction = (message: Message, transaction: Transaction) => ResolutionInput;

/** The half message is stored, and this is how its transaction has ended. */
export interface TransactionReceipt<C = unknown> extends SendReceipt<C> {
  /** `unknown` also where the broker has not confirmed the end: it will ask `checkTransaction`. */
  readonly resolution: Resolution;
  /** Why, where the local work did not say `unknown` by itself: RMQ_TRANSACTION_FAILED, _TIMEOUT or _OPEN. */
  readonly reason: RocketMQError | undefined;
}

/** The receipt of the half message, completed by what the broker was told. */
export const transactionReceipt = <C>(
  half: SendReceipt<C>,
  resolution: Resolution,
  reason: RocketMQError | undefined,
): TransactionReceipt<C> => {
  // 4.x brokers tell no transaction id; it is the unique key anyway.
  const transactionId = { value: half.transactionId ?? half.msgId, enumerable: true };
  return Object.defineProperty(Object.assign(half, { resolution, reason }), 'transactionId', transactionId);
};

/** Every one of these would move the half message itself to another place: the broker would never find it again. */
const NOT_IN_TRANSACTIONS = new RegExp(
  `${PROPERTY_SEPARATOR}(DELAY|TIMER_[A-Z_]+|_SYS_MSG_PRIORITY_|__LITE_TOPIC)\u0001`,
);

/** The messages of the transactions of one producer group (its name on the wire). */
export function transactionKind(group: string): MessageKind {
  return {
    properties: encodeProperties([
      [MessageProperty.TRANSACTION_PREPARED, 'true'],
      [MessageProperty.PRODUCER_GROUP, group],
    ]),
    sysFlag: SysFlag.TRANSACTION_PREPARED,
    problem(properties) {
      const [, name] = NOT_IN_TRANSACTIONS.exec(properties) ?? [];
      if (name === undefined) return undefined;
      return createError(
        'RMQ_MESSAGE_INVALID',
        'a message in a transaction is neither delayed, nor has it a priority',
        {
          detail: { rule: 'transaction-delivery', property: name },
        },
      );
    },
  };
}
