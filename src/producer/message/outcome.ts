/**
 * What becomes of a message: exactly one outcome, a receipt or a failure. Outcomes show themselves in logs without
 * body, property values or context.
 */
import { inspect } from 'node:util';
import type { RocketMQError } from '../../errors/rocketmq-error.js';
import type { SendStatus } from '../../protocol/classify-response.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import type { SendAnswer } from '../../protocol/send-answer.js';
import type { Message } from './message.js';

/** Where a message ended that did not get a receipt. */
export type Stage =
  'validate' | 'dropped' | 'compress' | 'route' | 'select' | 'send' | 'overflow' | 'order' | 'abort' | 'shutdown';

/** The broker's positive answer to this very message. */
export interface SendReceipt<C = unknown> {
  readonly ok: true;
  readonly status: SendStatus;
  /** The unique key made here, the same on every attempt. */
  readonly msgId: string;
  /** Where the broker put it: its address and the commit log offset. */
  readonly offsetMsgId: string;
  readonly queue: MessageQueue;
  readonly queueOffset: bigint;
  /** 1 when the first attempt succeeded. */
  readonly attempts: number;
  readonly regionId: string | undefined;
  readonly transactionId: string | undefined;
  /** What `recall()` takes a timer message back with: `delayMs` and `deliverAt` at brokers of 5.3.2 and later. */
  readonly recallHandle: string | undefined;
  /** Ms from the slot in the window to the answer: all attempts, and no wait before the first. */
  readonly elapsedMs: number;
  /** Ms from the call of `send()`, or from when the stream handed it in, to the answer: the wait for a slot included. */
  readonly totalMs: number;
  readonly message: Message<C>;
  readonly context: C;
}

/** What a oneway send yields once its bytes are with the kernel: nobody confirmed anything. */
export interface OnewayReceipt<C = unknown> {
  readonly ok: true;
  readonly status: 'UNCONFIRMED';
  readonly msgId: string;
  readonly queue: MessageQueue;
  readonly message: Message<C>;
  readonly context: C;
}

/** One try at one broker that did not succeed. */
export interface FailedAttempt {
  readonly brokerName: string;
  /** Empty where no address was known. */
  readonly address: string;
  readonly error: RocketMQError;
  readonly elapsedMs: number;
}

export interface SendFailure<C = unknown> {
  readonly ok: false;
  readonly stage: Stage;
  /** 'no' only where provable: it never left the process, or the broker refused it. Everything else is 'maybe'. */
  readonly stored: 'no' | 'maybe';
  readonly error: RocketMQError;
  readonly attempts: readonly FailedAttempt[];
  /** Undefined where the message was refused before it got one. */
  readonly msgId: string | undefined;
  readonly message: Message<C>;
  readonly context: C;
}

export type SendOutcome<C = unknown> = SendReceipt<C> | SendFailure<C>;

/** What an envelope knows of a message that was sent; the envelope itself fits. */
export interface SentMessage<C> {
  readonly message: Message<C>;
  readonly context: C;
  readonly msgId: string;
  readonly attempt: number;
  readonly startedAt: number;
  readonly handedInAt: number;
}

/**
 * Keeps message and context where nothing that prints, copies or clones an object finds them: behind getters of the
 * prototype. A spread copy has neither.
 */
abstract class Outcome<C> {
  readonly #message: Message<C>;
  readonly #context: C;

  constructor(message: Message<C>, context: C) {
    this.#message = message;
    this.#context = context;
  }

  get message(): Message<C> {
    return this.#message;
  }

  get context(): C {
    return this.#context;
  }

  /** For logs: of the message what it is called and not what is in it; nothing of the caller's context. */
  toJSON(): Record<string, unknown> {
    return { ...(this as object), message: namesOf(this.#message) };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }
}

/** Returns what a message is called, for logs. What was handed in may be anything: it may have failed because it is no message at all. */
export function namesOf(message: Message<unknown>): unknown {
  try {
    const { topic, tag, keys } = message;
    return { topic, tag, keys };
  } catch {
    return 'unreadable';
  }
}

/** Keeps what is rarely looked at in the answer, which decodes it when somebody does. A spread copy lacks that too. */
export class Receipt<C> extends Outcome<C> implements SendReceipt<C> {
  readonly ok = true;
  readonly status: SendStatus;
  readonly msgId: string;
  readonly queue: MessageQueue;
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly totalMs: number;
  readonly #answer: SendAnswer;

  /** `sentTo` is the queue that was asked for; the broker may have chosen another of its own. */
  constructor(sent: SentMessage<C>, sentTo: MessageQueue, answer: SendAnswer, now: number) {
    super(sent.message, sent.context);
    this.status = answer.status;
    this.msgId = sent.msgId;
    this.queue = answer.queueId === sentTo.queueId ? sentTo : { ...sentTo, queueId: answer.queueId };
    this.attempts = sent.attempt;
    this.elapsedMs = now - sent.startedAt;
    this.totalMs = now - sent.handedInAt;
    this.#answer = answer;
  }

  get offsetMsgId(): string {
    return this.#answer.offsetMsgId;
  }

  get queueOffset(): bigint {
    return this.#answer.queueOffset;
  }

  get regionId(): string | undefined {
    return this.#answer.regionId;
  }

  get transactionId(): string | undefined {
    return this.#answer.transactionId;
  }

  get recallHandle(): string | undefined {
    return this.#answer.recallHandle;
  }

  override toJSON(): Record<string, unknown> {
    const { offsetMsgId, regionId, transactionId, recallHandle } = this;
    const queueOffset = this.queueOffset.toString();
    return { ...super.toJSON(), offsetMsgId, queueOffset, regionId, transactionId, recallHandle };
  }
}

export class Unconfirmed<C> extends Outcome<C> implements OnewayReceipt<C> {
  readonly ok = true;
  readonly status = 'UNCONFIRMED';
  readonly msgId: string;
  readonly queue: MessageQueue;

  constructor(sent: SentMessage<C>, queue: MessageQueue) {
    super(sent.message, sent.context);
    this.msgId = sent.msgId;
    this.queue = queue;
  }
}

export class Failure<C> extends Outcome<C> implements SendFailure<C> {
  readonly ok = false;
  readonly stage: Stage;
  readonly stored: 'no' | 'maybe';
  readonly error: RocketMQError;
  readonly attempts: readonly FailedAttempt[];
  readonly msgId: string | undefined;

  /** `attempts` are those before; one of them that may have stored the message makes the whole failure 'maybe'. */
  constructor(
    failed: { readonly message: Message<C>; readonly context: C; readonly msgId: string | undefined },
    why: { readonly stage: Stage; readonly error: RocketMQError },
    attempts: readonly FailedAttempt[] = [],
  ) {
    super(failed.message, failed.context);
    this.stage = why.stage;
    this.error = why.error;
    this.attempts = attempts;
    this.stored =
      why.error.stored === 'maybe' || attempts.some((attempt) => attempt.error.stored === 'maybe') ? 'maybe' : 'no';
    this.msgId = failed.msgId;
  }
}
