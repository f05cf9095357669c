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
import { violation } from '../../protocol/violation.js';
import type { Envelope, Sequel } from '../message/envelope.js';
import { Failure, type SendReceipt } from '../message/outcome.js';
import { ReceivedReply, type RequestReceipt } from './reply.js';

/** A reply; without its body, where that is larger than a message may be. */
type KeptReply = Omit<PushedReply, 'body'> & { readonly body: Buffer | undefined };

interface PendingReplyHost {
  /** The request has its outcome. */
  forget(): void;
  /** It is stored, and its reply did not come in time. */
  missed(): void;
}

export class PendingReply<C> implements Sequel<C> {
  readonly #maxBodyBytes: number;
  readonly #host: PendingReplyHost;
  #envelope: Envelope<C> | undefined;
  #receipt: SendReceipt<C> | undefined;
  #reply: KeptReply | undefined;

  /** `maxBodyBytes` is for the body as the replier handed it in. */
  constructor(maxBodyBytes: number, host: PendingReplyHost) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#host = host;
  }

  begin(envelope: Envelope<C>, receipt: SendReceipt<C>): void {
    this.#envelope = envelope;
    this.#receipt = receipt;
    if (this.#reply !== undefined) this.#read(envelope, receipt, this.#reply);
  }

  /** The reply is here. A second one to the same request is dropped. */
  arrived(reply: PushedReply): void {
    if (this.#reply !== undefined) return;
    // Nothing is kept of a body that will not be handed over.
    const isTooLarge = reply.body.length > this.#maxBodyBytes;
    this.#reply = isTooLarge ? { ...reply, body: undefined } : reply;
    if (this.#envelope !== undefined && this.#receipt !== undefined) {
      this.#read(this.#envelope, this.#receipt, this.#reply);
    }
  }

  expired(envelope: Envelope<C>): void {
    this.#host.missed();
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
    this.#host.forget();
  }

  #read(envelope: Envelope<C>, receipt: SendReceipt<C>, reply: KeptReply): void {
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

  #settle(envelope: Envelope<C>, receipt: SendReceipt<C>, reply: KeptReply): void {
    const { context, startedAt, handedInAt, flow } = envelope;
    let body: Uint8Array;
    try {
      if (reply.body === undefined) throw replyTooLarge(this.#maxBodyBytes);
      body = decompress(reply.body, reply.sysFlag, this.#maxBodyBytes);
    } catch (thrown) {
      this.#fail(envelope, unreadable(thrown));
      return;
    }
    const properties = Object.fromEntries(reply.properties);
    const now = flow.clock.now();
    const elapsedMs = now - startedAt;
    const totalMs = now - handedInAt;
    const settled: RequestReceipt<C> = Object.assign(receipt, {
      reply: new ReceivedReply({ body, properties, elapsedMs, totalMs, receipt, context }),
    });
    flow.settle(envelope, settled);
  }

  #fail(envelope: Envelope<C>, error: RocketMQError): void {
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'send', error }, envelope.failedAttempts));
  }
}

const replyTooLarge = (limit: number): RocketMQError =>
  violation(`the reply has more than the ${limit} bytes of maxMessageBytes`, { limit });

const unreadable = (thrown: unknown): RocketMQError =>
  thrown instanceof RocketMQError
    ? thrown
    : createError('RMQ_PROTOCOL_VIOLATION', 'the reply cannot be read', { cause: thrown });
