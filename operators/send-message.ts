/**
 * One attempt: the frame goes to the master of the chosen queue's broker, and the broker's answer becomes the outcome.
 * Whether a failed attempt is followed by another is `retryExcludingBroker`'s question.
 */
import type { OperatorFunction } from 'rxjs';
import type { Connection } from '../src/connection/connection.js';
import type { ErrorCode } from '../src/errors/error-table.js';
import { createError, RocketMQError, withStored } from '../src/errors/rocketmq-error.js';
import { nextUniqueKey } from '../src/ids/unique-key.js';
import { batchLimits } from '../src/producer/batch/batch-limits.js';
import { waitsForStore } from '../src/producer/batch/batch-rules.js';
import type { AttemptSink, Envelope, SendMode, Settled, Targeted } from '../src/producer/message/envelope.js';
import { Failure, Receipt, Unconfirmed } from '../src/producer/message/outcome.js';
import type { BatchOptions } from '../src/producer/pipeline-options.js';
import { assertGiven } from '../src/options/check-options.js';
import { sendMessageArguments, sendMessageOptions } from '../src/producer/stage-options.js';
import { coreOf, type Producer } from '../src/producer/producer.js';
import type { ProducerCore } from '../src/producer/producer-core.js';
import { batchProperties, splitBatchAnswer } from '../src/protocol/batch-envelope.js';
import { releaseName } from '../src/protocol/broker-version.js';
import type { HeaderEncoding, OutgoingFrame } from '../src/protocol/command.js';
import type { FrameBuffer } from '../src/protocol/frame-buffer.js';
import type { MessageQueue } from '../src/protocol/message-queue.js';
import type { ReceivedFrame } from '../src/protocol/received-frame.js';
import { sendBatchMessage } from '../src/protocol/requests/send-batch-message.js';
import { sendMessage as sendMessageCall } from '../src/protocol/requests/send-message.js';
import { sendReplyMessage } from '../src/protocol/requests/send-reply-message.js';
import { ResponseCode } from '../src/protocol/response-codes.js';
import { readSendAnswer } from '../src/protocol/send-answer.js';
import { SharedAttempts, type SingleAttempts } from './send-together.js';
import { type Passage, stage, type Verdict } from './stage.js';

export interface SendMessageOptions {
  /** Of the messages that do not say it themselves. Default 'confirm'. */
  readonly mode?: SendMode | undefined;
  /** Messages of one queue leave in one frame; see `PipelineOptions.batch`. Off unless it is given. */
  readonly batch?: BatchOptions | boolean | undefined;
}

/**
 * Makes exactly one attempt for every message, and never errors the stream.
 *
 * - The attempt may take half of the message's time while other attempts remain and all of it when it is the last;
 *   `attemptTimeoutMs` of the producer takes the place of both, and is cut to what is left.
 * - A broker whose address is not known refreshes the route once; if it stays unknown, the attempt fails with
 *   RMQ_BROKER_UNKNOWN, which names the broker.
 * - A broker that goes away (GO_AWAY) is tried once more on another connection, within the attempt.
 * - With `retryAnotherBrokerWhenNotStoreOk` an answer with another status than SEND_OK is a failed attempt too; its receipt
 *   is the outcome when no later attempt succeeds.
 * - The producer's hooks are called around it; `checkForbidden` may refuse the message: RMQ_SEND_FORBIDDEN.
 * - `stored` is 'no' only where no byte of the frame left the process or the broker says that it stored nothing.
 * - With `batch`, first attempts to one queue are gathered and made together; every message keeps its own outcome. When
 *   a batch fails, the attempt of each of its messages has failed, and further attempts are made one by one. When a
 *   broker refuses a batch for good, its messages are sent one by one within the same attempt. What is ended while it
 *   waits for its batch is `stored: 'no'`.
 */
export function sendMessage<C>(
  producer: Producer,
  options: SendMessageOptions = {},
): OperatorFunction<Targeted<C> | Settled<C>, Settled<C>> {
  assertGiven('arguments of sendMessage', { producer }, sendMessageArguments);
  assertGiven('options of sendMessage', options, sendMessageOptions);
  const { mode = 'confirm', batch } = options;
  // Nobody answers, so nothing is to be shared.
  const limits = mode === 'oneway' ? undefined : batchLimits(batch);
  return stage<C, Targeted<C>, never>('send', 'RMQ_CONNECT_FAILED', (passage) => {
    const core = coreOf(producer);
    const attempts = new Attempts(core, passage, mode);
    if (limits === undefined) return (envelope) => attempts.begin(envelope);
    const together = new SharedAttempts(core, passage, attempts, limits);
    return (envelope) => together.begin(envelope);
  });
}

class Attempts implements AttemptSink, OutgoingFrame, SingleAttempts {
  readonly #core: ProducerCore;
  readonly #passage: Passage;
  readonly #mode: SendMode;
  /** The attempt in which a message was sent again because a broker went away. */
  readonly #moved = new WeakMap<Envelope, number>();
  /** Whose frame `writeTo` writes, and where to: set just around the synchronous call of the connection. */
  #current: Targeted | undefined;
  #serverVersion = 0;

  constructor(core: ProducerCore, passage: Passage, mode: SendMode) {
    this.#core = core;
    this.#passage = passage;
    this.#mode = mode;
  }

  begin(envelope: Targeted): Verdict {
    this.#passage.hold(envelope);
    this.start(envelope);
    return 'kept';
  }

  start(envelope: Targeted): void {
    if (envelope.outcome !== undefined) return;
    this.#count(envelope);
    const address = this.#core.addressOf(envelope.queue.brokerName);
    if (address === undefined) this.#findBroker(envelope);
    else this.#sendIfAllowed(envelope, address);
  }

  refuse(envelope: Targeted, error: RocketMQError): void {
    this.#count(envelope);
    this.failed(envelope, error);
  }

  prepare(envelope: Targeted, address: string): number | undefined {
    if (envelope.outcome !== undefined) return undefined;
    this.#count(envelope);
    this.#limit(envelope);
    if (!this.#isAllowed(envelope, address)) return undefined;
    envelope.address = address;
    this.#sent(envelope);
    return envelope.deadlineAt;
  }

  writeTo(out: FrameBuffer, opaque: number, encoding: HeaderEncoding): void {
    const envelope = this.#current;
    if (envelope === undefined) return;
    if (envelope.batch === undefined) {
      const encoder = envelope.isReply ? this.#core.replyEncoder : this.#core.encoder;
      encoder.write(out, opaque, encoding, envelope.mode === 'oneway', envelope);
    } else {
      const { message, queue, sysFlag, bornAt, flag, body } = envelope;
      const facts = { waitStoreMsgOk: waitsForStore(message), sysFlag, serverVersion: this.#serverVersion };
      const properties = batchProperties(facts, nextUniqueKey);
      this.#core.encoder.writeBatch(out, opaque, encoding, { queue, sysFlag, bornAt, flag, properties, body });
    }
  }

  answered(envelope: Envelope, frame: ReceivedFrame, connection: Connection): void {
    const { queue } = envelope;
    if (queue === undefined) return;
    if (frame.code === ResponseCode.GO_AWAY && this.#moveOn(envelope as Targeted, connection)) return;
    let receipt: Receipt<unknown>;
    try {
      receipt = this.#receiptOf(envelope, queue, frame);
    } catch (thrown) {
      this.failed(envelope, thrown);
      return;
    }
    this.#core.health?.succeeded(queue, this.#core.clock.tickNow() - envelope.attemptStartedAt);
    if (this.#core.requiredKeys.isAsking) this.#core.requiredKeys.stored(envelope);
    this.stored(envelope, receipt, frame);
  }

  stored(envelope: Envelope, receipt: Receipt<unknown>, frame: ReceivedFrame): void {
    const { watch } = envelope;
    if (watch !== undefined) {
      envelope.watch = undefined;
      const elapsedMs = this.#core.clock.tickNow() - envelope.attemptStartedAt;
      watch.answered(receipt, elapsedMs, frame.field('TRACE_ON') !== 'false');
    }
    if (receipt.status !== 'SEND_OK' && this.#core.config.retryAnotherBrokerWhenNotStoreOk) {
      envelope.weakReceipt = receipt;
      this.failed(envelope, storeNotOk(receipt, envelope.address));
    } else {
      envelope.flow.settle(envelope, receipt);
    }
  }

  handedOver(envelope: Envelope): void {
    const { queue, watch } = envelope;
    if (queue === undefined) return;
    const receipt = new Unconfirmed(envelope, queue);
    if (watch !== undefined) {
      envelope.watch = undefined;
      watch.handedOver(receipt, this.#core.clock.tickNow() - envelope.attemptStartedAt);
    }
    envelope.flow.settle(envelope, receipt);
  }

  failed(envelope: Envelope, thrown: unknown): void {
    const error = asError(thrown);
    envelope.addFailedAttempt(error);
    if (envelope.queue !== undefined) this.#core.health?.failed(envelope.queue, error);
    const { topic } = envelope.message;
    if (error.code === 'RMQ_MESSAGE_INVALID') {
      this.#core.requiredKeys.refused(topic, error);
    } else if (error.code === 'RMQ_QUEUE_REFUSED') {
      const renewed = this.#renewRoute(envelope, this.#core.refreshRoute(topic));
      // The same queue would only be refused again.
      if (envelope.keptQueue !== undefined) envelope.routeRenewal = renewed;
    } else if (GONE.has(error.code) && isLastBroker(envelope)) {
      void this.#renewRoute(envelope, this.#core.renewRoute(topic));
    }
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'send', error }, envelope.failedAttempts));
  }

  /** A broker that goes away stored nothing: the same attempt, once more, on another connection. */
  #moveOn(envelope: Targeted, connection: Connection): boolean {
    if (this.#moved.get(envelope) === envelope.attempt) return false;
    const next = connection.successor();
    if (next === undefined) return false;
    this.#moved.set(envelope, envelope.attempt);
    this.#write(envelope, next);
    return true;
  }

  /** Of a batch as a whole; those of its members are with the batch. */
  #receiptOf(envelope: Envelope, queue: MessageQueue, frame: ReceivedFrame): Receipt<unknown> {
    const now = this.#core.clock.tickNow();
    const { batch } = envelope;
    if (batch === undefined) {
      const call = envelope.isReply ? sendReplyMessage : sendMessageCall;
      const answer = readSendAnswer(frame, envelope.message.delivery !== undefined, call);
      return new Receipt(envelope, queue, answer, now);
    }
    const { attempt, startedAt, handedInAt } = envelope;
    const answer = sendBatchMessage.decodeResponse(frame);
    batch.receipts = splitBatchAnswer(answer, batch.members, ({ message, context, msgId }, own) => {
      return new Receipt({ message, context, msgId, attempt, startedAt, handedInAt }, queue, own, now);
    });
    return new Receipt(envelope, queue, answer, now);
  }

  dispatch(envelope: Targeted, address: string): void {
    this.#limit(envelope);
    const connection = this.#core.connectionTo(address);
    envelope.address = address;
    if (envelope.minBrokerVersion > connection.serverVersion) {
      this.#checkVersion(envelope, connection);
      return;
    }
    this.#sent(envelope);
    this.#write(envelope, connection);
  }

  /** From here on the broker may have it, and owes a response: once for each attempt, however often it is written. */
  #sent(envelope: Targeted): void {
    if (envelope.sink === undefined) envelope.share?.sent(envelope);
    envelope.sink = this;
  }

  #sendIfAllowed(envelope: Targeted, address: string): void {
    if (this.#isAllowed(envelope, address)) this.dispatch(envelope, address);
  }

  /** Asks the hooks; what they forbid is settled. They may have ended it themselves, by its signal. */
  #isAllowed(envelope: Targeted, address: string): boolean {
    const { attemptHooks } = this.#core;
    if (attemptHooks === undefined) return true;
    envelope.address = address;
    const error = attemptHooks.begin(envelope);
    if (envelope.outcome !== undefined) return false;
    if (error === undefined) return true;
    envelope.flow.settle(envelope, new Failure(envelope, { stage: 'send', error }, envelope.failedAttempts));
    return false;
  }

  #write(envelope: Targeted, connection: Connection): void {
    this.#current = envelope;
    this.#serverVersion = connection.serverVersion;
    if (envelope.mode === 'oneway') connection.oneway(this, envelope);
    else connection.request(this, envelope);
    this.#current = undefined;
  }

  /** An attempt begins. */
  #count(envelope: Targeted): void {
    envelope.attempt++;
    envelope.mode ??= this.#mode;
    envelope.address = '';
    envelope.attemptStartedAt = this.#core.clock.tickNow();
    if (envelope.expiresAt === 0) envelope.expiresAt = envelope.attemptStartedAt + this.#core.config.sendTimeoutMs;
  }

  /** It may take so long from now on. */
  #limit(envelope: Targeted): void {
    const { clock, config } = this.#core;
    const now = clock.tickNow();
    const left = envelope.expiresAt - now;
    const share = envelope.attempt < envelope.attemptsAllowed ? left / 2 : left;
    envelope.deadlineAt = now + Math.min(left, config.attemptTimeoutMs ?? share);
  }

  /** A broker that is too old would take the message and not do what it asks for: deliver it at once, for one. */
  #checkVersion(envelope: Targeted, { address, serverVersion }: Connection): void {
    const judge = (version: number): void =>
      this.#goOn(envelope, () => {
        if (version < envelope.minBrokerVersion) this.failed(envelope, brokerTooOld(envelope, version));
        else this.dispatch(envelope, address);
      });
    if (serverVersion > 0) {
      // As a connection that refuses: not at once, or a source that never stops would never let go.
      this.#core.clock.afterPoll(() => judge(serverVersion));
      return;
    }
    this.#core.versionOf(address, envelope.deadlineAt).then(judge, (error: unknown) => {
      // Of the greeting: the message itself has not left.
      this.#goOn(envelope, () => this.failed(envelope, withStored(asError(error), 'no')));
    });
  }

  /** The topic has other queues than its route says, or may have other brokers: the next attempts, and later messages, go by what is true now. */
  async #renewRoute(envelope: Envelope, renewed: Promise<void>): Promise<void> {
    await renewed;
    if (envelope.outcome === undefined)
      envelope.route = this.#core.knownRoute(envelope.message.topic) ?? envelope.route;
  }

  /** The route may be older than the broker's move to another address. */
  #findBroker(envelope: Targeted): void {
    const { brokerName, topic } = envelope.queue;
    const sendOrFail = (): void =>
      this.#goOn(envelope, () => {
        const address = this.#core.addressOf(brokerName);
        if (address !== undefined) this.#sendIfAllowed(envelope, address);
        else this.failed(envelope, brokerUnknown(brokerName, topic));
      });
    this.#renewRoute(envelope, this.#core.refreshRoute(topic)).then(sendOrFail, sendOrFail);
  }

  /** What the attempt waited for is there, unless the message has ended meanwhile. Nobody else hears what `act` throws. */
  #goOn(envelope: Targeted, act: () => void): void {
    if (envelope.outcome !== undefined) return;
    try {
      act();
    } catch (thrown) {
      this.failed(envelope, thrown);
    }
  }
}

/** What is said of, or happens at, a broker that may be gone. */
const GONE: ReadonlySet<ErrorCode> = new Set([
  'RMQ_CONNECT_FAILED',
  'RMQ_CONNECTION_LOST',
  'RMQ_ATTEMPT_TIMEOUT',
  'RMQ_BROKER_UNAVAILABLE',
]);

/**
 * Whether no other broker is left for the message: it is bound to its queue, whose broker may have left the topic or have
 * another address by now; or the route knows no other, because while brokers are restarted one by one, the last one known
 * goes when the first is there again. Routes are refreshed every 30 s only.
 */
function isLastBroker({ isBound, route, queue, excludedBrokers }: Envelope): boolean {
  if (isBound) return true;
  if (route === undefined) return false;
  return route.queues.every(({ brokerName }) => brokerName === queue?.brokerName || excludedBrokers.has(brokerName));
}

const brokerUnknown = (brokerName: string, topic: string): RocketMQError =>
  createError('RMQ_BROKER_UNKNOWN', `no address is known for the master of broker ${brokerName}`, {
    detail: { brokerName, topic },
  });

const storeNotOk = ({ status, queue: { topic, brokerName } }: Receipt<unknown>, address: string): RocketMQError =>
  createError('RMQ_STORE_NOT_OK', `broker ${brokerName} stored the message with status ${status}`, {
    detail: { status, topic, brokerName, address },
  });
const brokerTooOld = ({ queue, address, minBrokerVersion }: Targeted, version: number): RocketMQError => {
  const [is, needed] = [releaseName(version), releaseName(minBrokerVersion)];
  return createError('RMQ_BROKER_TOO_OLD', `the broker ${queue.brokerName} is ${is}, and this takes ${needed}`, {
    detail: { brokerName: queue.brokerName, address, version: is, needed },
  });
};

const asError = (thrown: unknown): RocketMQError =>
  thrown instanceof RocketMQError
    ? thrown
    : createError('RMQ_PROTOCOL_VIOLATION', 'the answer of the broker cannot be read', { cause: thrown });
