/**
 * What hooks are told of a message on its way. Which hooks there are is `hook-options.ts`, when they are called
 * `attempt-hooks.ts`.
 * Source: CheckForbiddenContext.java, SendMessageContext.java (5.5.0).
 */
import type { RocketMQError } from '../../errors/rocketmq-error.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import type { SendMode } from '../message/envelope.js';
import type { Message } from '../message/message.js';
import type { DeliveryKind } from './delivery-kind.js';
import type { OnewayReceipt, SendReceipt } from '../message/outcome.js';

/** One attempt to send a message: the same object in all calls about it. */
export interface SendContext {
  readonly group: string;
  readonly message: Message<unknown>;
  readonly msgId: string;
  readonly queue: MessageQueue;
  /** Of the broker. */
  readonly address: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly mode: SendMode;
  readonly kind: DeliveryKind;
  /** Of the body as it is sent, which may be compressed. */
  readonly bodyBytes: number;
}

/** What became of one attempt. One that failed may be followed by another. */
export type AttemptOutcome =
  | { readonly ok: true; readonly receipt: SendReceipt | OnewayReceipt; readonly elapsedMs: number }
  | { readonly ok: false; readonly error: RocketMQError; readonly elapsedMs: number };

/** A context whose message nothing finds that prints, copies or clones objects. */
export class AttemptContext implements SendContext {
  readonly #message: Message<unknown>;
  readonly group: string;
  readonly msgId: string;
  readonly queue: MessageQueue;
  readonly address: string;
  readonly attempt: number;
  readonly mode: SendMode;
  readonly kind: DeliveryKind;
  readonly bodyBytes: number;

  constructor(facts: SendContext) {
    this.#message = facts.message;
    this.group = facts.group;
    this.msgId = facts.msgId;
    this.queue = facts.queue;
    this.address = facts.address;
    this.attempt = facts.attempt;
    this.mode = facts.mode;
    this.kind = facts.kind;
    this.bodyBytes = facts.bodyBytes;
  }

  get message(): Message<unknown> {
    return this.#message;
  }
}
