/**
 * Tells a broker how a transaction ends: one END_TRANSACTION, which the broker confirms. (Java sends it oneway, and does not
 * know whether it was heard.) It is written once: a broker commits what it is told to commit twice a second time (seen with
 * 5.5.0 and 4.9.7), so only what was certainly not done is tried again. Which end it is was decided before.
 */
import type { CallbackContext } from '../../callbacks/async-context.js';
import { call } from '../../connection/call.js';
import type { Connection } from '../../connection/connection.js';
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import { endTransaction, type EndTransactionRequest } from '../../protocol/requests/end-transaction.js';
import type { Clock } from '../../time/clock.js';
import type { TellEnd } from '../hooks/end-hook.js';
import type { Message } from '../message/message.js';

/** What the end of a transaction needs of its producer. */
export interface TransactionRoutes {
  readonly clock: Clock;
  /** May throw when the producer is shut down. */
  connectionTo(address: string): Connection;
  /** Called once for each end, before it is written; absent where there is nobody to call. */
  readonly tellEnd: TellEnd | undefined;
}

/** How one transaction ends, and who is told. */
export interface TransactionEnd {
  /** Of the broker. */
  readonly address: string;
  readonly request: EndTransactionRequest;
  /** Without a namespace. */
  readonly topic: string;
  /** Of the half message, as far as its broker said so. */
  readonly regionId: string | undefined;
  /** Why nobody decided, where nobody did. */
  readonly reason: RocketMQError | undefined;
  /** Where the hooks run that see it. */
  readonly callerContext: CallbackContext;
  /** Called only where somebody wants to see it; undefined where it cannot be read. */
  readonly message: () => Message<unknown> | undefined;
  /** It drops one copy of a half message, and is not how the transaction ends: hooks and traces are not called. */
  readonly isOfCopy?: boolean | undefined;
}

/** How long it is tried, and its answer waited for. */
const TRY_MS = 3000;
/** Longer than an address rests after its first failures. */
const PAUSE_MS = 250;

/**
 * The broker has confirmed the end, or did not: `error.stored` says whether it may have done it all the same. 'unknown' is
 * never answered: its bytes are with the kernel. Called once, later.
 */
export type EndTold = (error: RocketMQError | undefined) => void;

/** Tells the broker of the end. Never throws. */
export function tellBroker(routes: TransactionRoutes, end: TransactionEnd, told: EndTold): void {
  const { address, request, isOfCopy = false } = end;
  const { tellEnd } = routes;
  if (tellEnd !== undefined && !isOfCopy) end.callerContext.run(() => tellEnd(contextOf(end), end.regionId));
  const giveUpAt = routes.clock.now() + TRY_MS;
  const attempt = (): void => {
    let connection: Connection;
    try {
      connection = routes.connectionTo(address);
    } catch (thrown) {
      const error = thrown instanceof RocketMQError ? thrown : createError('RMQ_CLOSED', String(thrown));
      routes.clock.afterPoll(() => told(error));
      return;
    }
    const failed = (thrown: unknown): void => {
      const error = thrown instanceof RocketMQError ? thrown : createError('RMQ_PROTOCOL_VIOLATION', String(thrown));
      if (isFinal(error) || routes.clock.now() >= giveUpAt) told(error);
      else routes.clock.after(PAUSE_MS, attempt);
    };
    if (request.resolution === 'unknown') {
      connection.oneway(endTransaction.oneway(request), { onHandedOver: () => told(undefined), onFailure: failed });
    } else {
      call(connection, endTransaction, request, giveUpAt).then(() => told(undefined), failed);
    }
  };
  attempt();
}

/** It may have been done, or would be refused again. */
const isFinal = ({ stored, code, retryable, detail }: RocketMQError): boolean =>
  stored === 'maybe' || code === 'RMQ_CLOSED' || (detail['responseCode'] !== undefined && !retryable);

const contextOf = ({ address, request, topic, reason, message }: TransactionEnd): Parameters<TellEnd>[0] => ({
  message: message(),
  topic,
  msgId: request.msgId,
  // 4.x brokers tell no transaction id; it is the unique key anyway.
  transactionId: request.transactionId ?? request.msgId,
  resolution: request.resolution,
  reason,
  isFromCheck: request.fromTransactionCheck === true,
  brokerName: request.brokerName,
  address,
});
