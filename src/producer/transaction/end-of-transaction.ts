/**
 * Tells a broker how a transaction ends: one END_TRANSACTION, oneway as in Java. It is written once: a broker commits what
 * it is told to commit twice a second time (seen with 5.5.0 and 4.9.7), so only what certainly never left is tried again.
 * Which end it is was decided before.
 */
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
  /** Called only where somebody wants to see it; undefined where it cannot be read. */
  readonly message: () => Message<unknown> | undefined;
}

/** How long it is tried while the connection cannot be opened. */
const TRY_MS = 3000;
/** Longer than an address rests after its first failures. */
const PAUSE_MS = 250;

/** The bytes are with the kernel, or never will be: `error.stored` says whether they may have left. Called once, later. */
export type EndWritten = (error: RocketMQError | undefined) => void;

/** Writes the end to its broker. Never throws. */
export function writeEnd(routes: TransactionRoutes, end: TransactionEnd, done: EndWritten): void {
  const { address, request } = end;
  routes.tellEnd?.(contextOf(end), end.regionId);
  const giveUpAt = routes.clock.now() + TRY_MS;
  const attempt = (): void => {
    let connection: Connection;
    try {
      connection = routes.connectionTo(address);
    } catch (thrown) {
      const error = thrown instanceof RocketMQError ? thrown : createError('RMQ_CLOSED', String(thrown));
      routes.clock.afterPoll(() => done(error));
      return;
    }
    connection.oneway(endTransaction.oneway(request), {
      onHandedOver: () => done(undefined),
      onFailure(error) {
        const isFinal = error.stored === 'maybe' || error.code === 'RMQ_CLOSED' || routes.clock.now() >= giveUpAt;
        if (isFinal) done(error);
        else routes.clock.after(PAUSE_MS, attempt);
      },
    });
  };
  attempt();
}

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
