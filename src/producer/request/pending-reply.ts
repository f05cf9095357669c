/**
 * One request on its way, from before it is sent until its reply is there, its time is up, or it was ended from outside.
 * The message keeps its slot for so long.
 *
 *     sent ──stored──► waiting ──reply──► settled          A reply may overtake the answer to the send: it comes over
 *       └──reply──► kept ──stored──────────┘               another connection. Then it is kept until that is there.
 */
import type { PushedReply } from '../../client/reply-requests.js';
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import { decompress, whenReadable } from '../../protocol/compression.js';
import type { Envelope, Sequel } from '../message/envelope.js';
import { Failure, type SendReceipt } from '../message/outcome.js';
import { ReceivedReply, type RequestReceipt } from './reply.js';

/** More than any broker takes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export class PendingReply<C> implements Sequel<C> {
  readonly #forget: () => void;
  #envelope: Envelope<C> | undefined;
  #receipt: SendReceipt<C> | undefined;
  #reply: PushedReply | undefined;

  /** `forget` is called once the request has its outcome. */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  begin(envelope: Envelope<C>, receipt: SendReceipt<C>): void {
    this.#envelope = envelope;
    this.#receipt = receipt;
    if (this.#reply !== undefined) this.#read(envelope, receipt, this.#reply);
  }

  /** The reply is here. A second one to the same request is dropped. */
  arrived(reply: PushedReply): void {
    if (this.#reply !== undefined) return;
    this.#reply = reply;
    if (this.#envelope !== undefined && this.#receipt !== undefined) {
      this.#read(this.#envelope, this.#receipt, reply);
    }
  }

  expired(envelope: Envelope<C>): void {
    const { msgId, message } = envelope;
    const waitedMs = Math.round(envelope.flow.clock.now() - envelope.startedAt);
    this.#fail(
      envelope,
      createError('RMQ_REPLY_TIMEOUT', `no reply to the request ${msgId} within ${waitedMs} ms`, {
        detail: { msgId, topic: message.topic, waitedMs },
      }),
    );
  }

  ended(): void {
    this.#forget();
  }

  #read(envelope: Envelope<C>, receipt: SendReceipt<C>, reply: PushedReply): void {
    const readable = whenReadable(reply.sysFlag);
    if (readable === undefined) {
      this.#settle(envelope, receipt, reply);
      return;
    }
    void readable.then(() => {
      // Its time may be up meanwhile.
      if (envelope.outcome === undefined) this.#settle(envelope, receipt, reply);
    });
  }

  #settle(envelope: Envelope<C>, receipt: SendReceipt<C>, reply: PushedReply): void {
    const { context, startedAt, flow } = envelope;
    let body: Uint8Array;
    try {
      body = decompress(reply.body, reply.sysFlag, MAX_BODY_BYTES);
    } catch (thrown) {
      this.#fail(envelope, unreadable(thrown));
      return;
    }
    const properties = Object.fromEntries(reply.properties);
    const elapsedMs = flow.clock.now() - startedAt;
    const settled: RequestReceipt<C> = Object.assign(receipt, {
      reply: new ReceivedReply({ body, properties, elapsedMs, receipt, context }),
    });
    flow.settle(envelope, settled);
  }

  #fail(envelope: Envelope<C>, error: RocketMQError): void {
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'send', error }, envelope.failedAttempts));
  }
}

const unreadable = (thrown: unknown): RocketMQError =>
  thrown instanceof RocketMQError
    ? thrown
    : createError('RMQ_PROTOCOL_VIOLATION', 'the reply cannot be read', { cause: thrown });
