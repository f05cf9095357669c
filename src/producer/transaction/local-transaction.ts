/**
 * One transaction from its half message to its end: the local work runs while the message keeps its slot, and the broker
 * is told what it says. A sequel of its envelope; the half message itself is sent like any other.
 *
 *     half message stored ──SEND_OK──► local work ──says, fails, out of time──► END_TRANSACTION ──answered──► receipt
 *            └──any other status──────────────────────rollback────────────────────▲
 *
 *     aborted or shut down in between: the message is settled from outside, and nothing is said; the broker will ask
 */
import { nameOf, textOf } from '../../callbacks/thrown.js';
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { printable } from '../../errors/printable.js';
import { parseOffsetMsgId } from '../../protocol/offset-msg-id.js';
import type { CheckTransactionStateRequest } from '../../protocol/requests/check-transaction-state.js';
import type { EndTransactionRequest, Resolution } from '../../protocol/requests/end-transaction.js';
import { tellBroker, type TransactionRoutes } from './end-of-transaction.js';
import type { RecentEnds } from './recent-ends.js';
import type { Envelope, Sequel } from '../message/envelope.js';
import type { SendReceipt } from '../message/outcome.js';
import { awaitResolution, type ResolutionInput } from './resolution.js';
import { type ExecuteTransaction, transactionReceipt } from './transaction.js';

/** A transaction whose local work is under way. */
export interface OpenTransaction {
  /**
   * A broker asks about it: it has stored the half message anew, and the end must name the new copy, or both would live.
   * False for a broker that has not the half message that counts: an attempt there had no answer, another one elsewhere had.
   */
  moved(request: CheckTransactionStateRequest, address: string): boolean;
}

/** Those of one producer, by the unique key of their messages. */
export type OpenTransactions = Map<string, OpenTransaction>;

/** What a local transaction needs of its producer. */
export interface TransactionDesk extends TransactionRoutes {
  /** The group, as brokers know it. */
  readonly groupOnWire: string;
  readonly openTransactions: OpenTransactions;
  readonly recentEnds: RecentEnds;
  /** Of the broker's master; never the VIP channel, which does not take the end of a transaction. */
  masterOf(brokerName: string): string | undefined;
  nameOnWire(topic: string): string;
}

/** For the broker's log; what was thrown is the caller's, and may be anything. */
const MAX_REASON_LENGTH = 200;

type Place = Pick<EndTransactionRequest, 'commitLogOffset' | 'tranStateTableOffset'>;

export class LocalTransaction<C> implements Sequel<C>, OpenTransaction {
  readonly #desk: TransactionDesk;
  readonly #execute: ExecuteTransaction<C>;
  readonly #localTimeoutMs: number;
  readonly #abort = new AbortController();
  #receipt: SendReceipt<C> | undefined;
  #place: Place | undefined;
  #address = '';
  #stopListening: () => void = () => {};
  /** The local work has said something, or will not be listened to any more. */
  #isDecided = false;

  constructor(desk: TransactionDesk, execute: ExecuteTransaction<C>, localTimeoutMs: number) {
    this.#desk = desk;
    this.#execute = execute;
    this.#localTimeoutMs = localTimeoutMs;
  }

  begin(envelope: Envelope<C>, receipt: SendReceipt<C>): void {
    const { msgId } = envelope;
    this.#receipt = receipt;
    // The END is not the message's to wait for: its own time begins with the local work.
    envelope.expiresAt = envelope.flow.clock.now() + this.#localTimeoutMs;
    try {
      const { commitLogOffset } = parseOffsetMsgId(receipt.offsetMsgId);
      this.#place = { commitLogOffset, tranStateTableOffset: receipt.queueOffset };
    } catch (thrown) {
      this.#settle(
        envelope,
        'unknown',
        failed('the broker does not say where the half message lies', envelope, thrown),
      );
      return;
    }
    if (receipt.status !== 'SEND_OK') {
      this.#decide(envelope, 'rollback');
      return;
    }
    this.#address = envelope.address;
    this.#desk.openTransactions.set(msgId, this);
    const transaction = { transactionId: receipt.transactionId ?? msgId, msgId, signal: this.#abort.signal };
    const ask = (): ResolutionInput => this.#execute(envelope.message, transaction);
    const stopListening = envelope.callerContext.run(awaitResolution, ask, {
      resolved: (resolution) => this.#decide(envelope, resolution),
      failed: (thrown) => this.#decide(envelope, 'unknown', failed('its local work failed', envelope, thrown)),
    });
    if (this.#isDecided) stopListening();
    else this.#stopListening = stopListening;
  }

  moved({ commitLogOffset, tranStateTableOffset }: CheckTransactionStateRequest, address: string): boolean {
    const brokerName = this.#receipt?.queue.brokerName ?? '';
    if (address !== this.#address && address !== this.#desk.masterOf(brokerName)) return false;
    this.#place = { commitLogOffset, tranStateTableOffset };
    return true;
  }

  expired(envelope: Envelope<C>): void {
    const what = `its local work took more than ${this.#localTimeoutMs} ms`;
    envelope.callerContext.run(() => this.#abort.abort());
    this.#decide(envelope, 'unknown', transactionError('RMQ_TRANSACTION_TIMEOUT', what, envelope));
  }

  ended({ msgId, callerContext }: Envelope<C>): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#desk.openTransactions.delete(msgId);
    callerContext.run(() => {
      this.#stopListening();
      this.#abort.abort();
    });
  }

  #decide(envelope: Envelope<C>, resolution: Resolution, reason?: RocketMQError): void {
    const place = this.#place;
    if (this.#isDecided || place === undefined || this.#receipt === undefined) return;
    this.#isDecided = true;
    // What happens to the END from here on has limits of its own.
    envelope.expiresAt = 0;
    this.#stopListening();
    this.#desk.openTransactions.delete(envelope.msgId);
    const { queue, transactionId, regionId } = this.#receipt;
    const request: EndTransactionRequest = {
      ...place,
      producerGroup: this.#desk.groupOnWire,
      brokerName: queue.brokerName,
      topic: this.#desk.nameOnWire(queue.topic),
      msgId: envelope.msgId,
      resolution,
      transactionId,
      fromTransactionCheck: false,
      reason: reason && reasonForBroker('executeLocalTransaction', reason),
    };
    const address = this.#desk.masterOf(queue.brokerName) ?? envelope.address;
    const { message, callerContext } = envelope;
    const { topic } = message;
    const end = { address, request, topic, regionId, reason, callerContext, message: () => message };
    const told = this.#desk.recentEnds.begin(envelope.msgId, { brokerName: queue.brokerName, address });
    tellBroker(this.#desk, end, (error) => {
      told(error === undefined && resolution !== 'unknown');
      if (error === undefined) this.#settle(envelope, resolution, reason);
      else this.#settle(envelope, 'unknown', notTold(error, envelope));
    });
  }

  #settle(envelope: Envelope<C>, resolution: Resolution, reason: RocketMQError | undefined): void {
    // Aborted or shut down meanwhile: it has its outcome.
    if (envelope.outcome !== undefined || this.#receipt === undefined) return;
    envelope.flow.settle(envelope, transactionReceipt(this.#receipt, resolution, reason));
  }
}

/** Why a transaction stays open, as brokers log it. */
export const reasonForBroker = (what: string, reason: RocketMQError): string =>
  printable(`${what}: ${nameOf(reason.cause) ?? reason.code}: ${reason.message}`).slice(0, MAX_REASON_LENGTH);

interface OpenMessage {
  readonly msgId: string;
  readonly message: { readonly topic: string };
}

function transactionError(
  code: 'RMQ_TRANSACTION_FAILED' | 'RMQ_TRANSACTION_TIMEOUT' | 'RMQ_TRANSACTION_OPEN',
  what: string,
  { msgId, message }: OpenMessage,
  cause?: unknown,
): RocketMQError {
  const { topic } = message;
  return createError(code, `the transaction of message ${msgId} stays open: ${what}`, {
    cause,
    detail: { msgId, topic },
  });
}

const failed = (what: string, envelope: OpenMessage, thrown: unknown): RocketMQError =>
  transactionError('RMQ_TRANSACTION_FAILED', `${what}: ${textOf(thrown)}`, envelope, thrown);

const notTold = (error: RocketMQError, envelope: OpenMessage): RocketMQError =>
  transactionError('RMQ_TRANSACTION_OPEN', `its broker has not confirmed the end: ${error.message}`, envelope, error);
