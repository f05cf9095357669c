/**
 * What hooks and traces are told of the end of a transaction. When they are is `end-hook.ts`'s.
 * Source: EndTransactionContext.java (5.5.0).
 */
import type { RocketMQError } from '../../errors/rocketmq-error.js';
import type { Resolution } from '../../protocol/requests/end-transaction.js';
import type { Message } from '../message/message.js';

/** One end of a transaction, which its broker is about to be told. */
export interface EndTransactionContext {
  readonly group: string;
  /** As it was handed in; after a check as the broker has it, without its context. Undefined where that cannot be read. */
  readonly message: Message<unknown> | undefined;
  readonly topic: string;
  readonly msgId: string;
  /** What the broker calls it; the unique key of the message, as `msgId`. */
  readonly transactionId: string;
  /** `unknown`: the transaction stays open, and the broker will ask (again). */
  readonly resolution: Resolution;
  /** Why, where nobody decided: as in `TransactionReceipt`. */
  readonly reason: RocketMQError | undefined;
  /** Whether the broker had asked. */
  readonly isFromCheck: boolean;
  /** Undefined where the broker had asked and not said its name, as 4.x brokers do. */
  readonly brokerName: string | undefined;
  /** Of the broker that is told. */
  readonly address: string;
}

/** A context whose message nothing finds that prints, copies or clones objects. */
export class EndContext implements EndTransactionContext {
  readonly #message: Message<unknown> | undefined;
  readonly group: string;
  readonly topic: string;
  readonly msgId: string;
  readonly transactionId: string;
  readonly resolution: Resolution;
  readonly reason: RocketMQError | undefined;
  readonly isFromCheck: boolean;
  readonly brokerName: string | undefined;
  readonly address: string;

  constructor(facts: EndTransactionContext) {
    this.#message = facts.message;
    this.group = facts.group;
    this.topic = facts.topic;
    this.msgId = facts.msgId;
    this.transactionId = facts.transactionId;
    this.resolution = facts.resolution;
    this.reason = facts.reason;
    this.isFromCheck = facts.isFromCheck;
    this.brokerName = facts.brokerName;
    this.address = facts.address;
  }

  get message(): Message<unknown> | undefined {
    return this.#message;
  }
}
