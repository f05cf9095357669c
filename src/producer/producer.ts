/** The producer as its caller sees it. What it does is done by `producer-core.ts` and the pipeline in `operators/`. */
import type { Writable } from 'node:stream';
import { filter, interval, map, type Observable, takeUntil } from 'rxjs';
import { internalKey } from '../errors/copies.js';
import { AsyncContext } from '../callbacks/async-context.js';
import { createError } from '../errors/rocketmq-error.js';
import { assertSameVersion, markVersion } from '../errors/same-version.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import { assertGiven } from '../options/check-options.js';
import { abortable } from './abortable.js';
import {
  onewayOptions,
  readyOptions,
  sendOptions,
  shutdownOptions,
  transactionSendOptions,
  waitArguments,
} from './call-options.js';
import { whenAborted } from './flow/abort-listeners.js';
import { outcomesOf } from './batch/batch-outcome.js';
import { BrokerQuestions } from './admin/broker-questions.js';
import type { Resolution } from '../protocol/requests/end-transaction.js';
import type { Envelope, EnvelopeOutcome, Open, Settled } from './message/envelope.js';
import type { Body, Message } from './message/message.js';
import { queueProblem } from './message/encode-message.js';
import { openBatch, unsentBatch } from './batch/message-batch.js';
import { openEnvelope } from './message/open-envelope.js';
import { Failure, type SendOutcome, type SendReceipt } from './message/outcome.js';
import type { PipelineOptions } from './pipeline-options.js';
import type { PullSource, SourceFactory } from './flow/pull-source.js';
import { ProducerAdmin } from './admin/producer-admin.js';
import type { ProducerCore, ShutdownOptions, ShutdownSummary } from './producer-core.js';
import type { ProducerEvent } from './state/producer-event.js';
import type { ProducerHealth } from './state/health.js';
import type { Metrics } from './state/producer-statistics.js';
import type { ReadyOptions } from './state/readiness.js';
import type { QueueSelector } from './message/queue-selector.js';
import { recall } from './admin/recall.js';
import { type ReceivedRequest, type Reply, replyTo, type RequestReceipt } from './request/reply.js';
import { SendError, sendFailed, topicOf } from './message/send-error.js';
import type { ServiceState } from './state/service-state.js';
import { checkTransactionWork } from './transaction/transaction-options.js';
import type { ExecuteTransaction, TransactionReceipt } from './transaction/transaction.js';

/** What is special about one `send()`. */
export interface SendOptions {
  /** Gives up at once when it is aborted; a message that is with a broker by then may be stored. */
  readonly signal?: AbortSignal | undefined;
  /** Ms from this call to the outcome, in place of the producer's `sendTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Exactly this queue, in place of the message's. */
  readonly queue?: MessageQueue | undefined;
  readonly selectQueue?: QueueSelector | undefined;
}

/** What is special about one `sendInTransaction()`. */
export interface SendInTransactionOptions extends SendOptions {
  /** Ms that the local work may take; default 60 000. Then the transaction is `unknown`, and what it says later is ignored. */
  readonly localTimeoutMs?: number | undefined;
}

/** The pipelines behind a producer's methods, which are made of operators. */
export interface ProducerPipelines {
  /** Takes an envelope into the producer's own pipeline. */
  readonly submit: (envelope: Open | Settled) => void;
  /** Takes the envelope of a half message into a pipeline that only transactions have. */
  readonly submitTransaction: (envelope: Open | Settled) => void;
  /** Takes the envelope of a request into a pipeline that only requests have. */
  readonly submitRequest: (envelope: Open | Settled) => void;
  sendEach<C>(source: SourceOf<Message<C>>, options: PipelineOptions<C>): AsyncIterableIterator<SendOutcome<C>>;
  writable<C>(options: PipelineOptions<C>): Writable;
}

/** What messages can come from. */
export type SourceOf<T> = Observable<T> | PullSource<T> | SourceFactory<T>;

const METRICS_PERIOD_MS = 1000;
const NO_OPTIONS: SendOptions = {};

function assertSendOptions(call: string, options: SendOptions): void {
  if (options !== NO_OPTIONS) assertGiven(`options of ${call}`, options, sendOptions);
}

/** A producer works with the operators of every copy of this version of the library. */
const CORE = Symbol.for(internalKey('producer-core'));

/**
 * Sends messages to the brokers of one cluster. `messages$.pipe(toRocketMQ(producer))` sends a stream; `send` sends
 * one message. Both start a producer that was only created. Made by `createProducer`; as a class it serves as a token for
 * dependency injection, and for `instanceof`, which recognises producers of every copy of this version of the library.
 */
export abstract class Producer implements AsyncDisposable {
  /** @internal What the stages work with. */
  declare readonly [CORE]: ProducerCore;
  readonly #core: ProducerCore;
  readonly #pipelines: ProducerPipelines;
  readonly #questions: BrokerQuestions;
  /** Topics and queues of the cluster, and messages it has stored. */
  readonly admin: ProducerAdmin;
  /** Every state it enters, beginning with the one it is in; completes with SHUTDOWN_ALREADY. */
  readonly state$: Observable<ServiceState>;
  /** What happens beside the outcomes; completes at the end of `shutdown()`. */
  readonly events$: Observable<ProducerEvent>;
  /** `metrics()` once a second for as long as it is subscribed to. */
  readonly metrics$: Observable<Metrics>;

  /** @internal */
  constructor(core: ProducerCore, pipelines: ProducerPipelines) {
    // From JavaScript, or where a container makes an object of the token.
    if (core === undefined) throw createError('RMQ_CONFIG_INVALID', 'a Producer is created by createProducer(config)');
    // Not enumerable, so that a producer in a log is not its whole inside.
    Object.defineProperty(this, CORE, { value: core });
    this.#core = core;
    this.#pipelines = pipelines;
    const questions = new BrokerQuestions(core);
    const { createTopicKey, unitMode } = core.config;
    const assertUsable = (): void => core.assertTakesMessages();
    this.#questions = questions;
    this.admin = new ProducerAdmin({ questions, createTopicKey, unitMode, assertUsable, logger: core.logger });
    this.state$ = core.forListeners('state$', core.state$);
    this.events$ = core.forListeners('events$', core.events$);
    const metrics$ = interval(METRICS_PERIOD_MS, core.clock.scheduler).pipe(
      takeUntil(core.state$.pipe(filter((state) => state === 'SHUTDOWN_ALREADY'))),
      map(() => core.statistics.snapshot()),
    );
    this.metrics$ = core.forListeners('metrics$', metrics$);
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    if (this !== Producer) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && CORE in value;
  }

  get state(): ServiceState {
    return this.#core.state;
  }

  /** A snapshot of the counters, over all pipelines of this producer. */
  metrics(): Metrics {
    return this.#core.statistics.snapshot();
  }

  /**
   * Joins the client instance and begins with routes and heartbeats; joins a start in progress, and resolves at once for
   * a producer that runs, be it by its first send. Servers that cannot be reached do not fail it: they are tried again
   * when something is sent, and `ready()` waits for them.
   *
   * Rejects with RMQ_GROUP_DUPLICATE (the producer stays CREATE_JUST), with RMQ_INSTANCE_FAILED (it is START_FAILED for
   * good), and with RMQ_STATE_INVALID after that and after `shutdown()`. `signal` ends the wait with RMQ_ABORTED; the
   * start goes on.
   */
  async start(signal?: AbortSignal): Promise<void> {
    assertGiven('arguments of start()', { signal }, waitArguments);
    return abortable(this.#core.start(), 'the start', signal);
  }

  /**
   * Resolves when messages could be sent, for readiness probes: the routes of `topics` are known, and a broker of each
   * answers a heartbeat; without `topics`, any broker that the name servers know. Starts a producer that was only created.
   *
   * Asks again until then, for `timeoutMs` (10 000), and rejects with what is in the way when they are over: usually
   * RMQ_NAME_SERVER_UNREACHABLE, RMQ_ROUTE_MISSING, RMQ_CONNECT_FAILED, RMQ_ATTEMPT_TIMEOUT or RMQ_ACCESS_DENIED. At once
   * with RMQ_CLOSED after `shutdown()`, with RMQ_CONFIG_INVALID for wrong options, with what `start()` rejects with, and
   * with RMQ_ABORTED when `signal` is aborted.
   */
  async ready(options: ReadyOptions = {}): Promise<void> {
    assertGiven('options of ready()', options, readyOptions);
    await abortable(this.#core.ready(options), 'the producer to be ready', options.signal);
  }

  /**
   * Returns which name servers and brokers this producer knows, whether it is connected to them, and when each last
   * answered: plain data for status pages. Asks nobody; `ready()` does.
   */
  health(): ProducerHealth {
    return this.#core.serverHealth();
  }

  /**
   * Sends one message and resolves with its receipt. Rejects with a SendError, whose `failure` says at which stage it
   * failed, after which attempts and whether it may be stored; with RMQ_OVERLOADED, `stored: 'no'`, when 16 384
   * messages or 32 MiB of them already wait: await, or use a stream. The time runs from this call.
   */
  send<C = undefined>(message: Message<C>, options: SendOptions = NO_OPTIONS): Promise<SendReceipt<C>> {
    return new Promise((resolve) => {
      this.#core.assertTakesMessages();
      const envelope = openEnvelope(message, this.#core.config);
      // What is no message says more than options that are none: send('topic', 'body').
      if (envelope.outcome === undefined) assertSendOptions('send()', options);
      this.#send(envelope, envelope.outcome === undefined ? options : NO_OPTIONS, (outcome) => {
        if (!outcome.ok) resolve(sendFailed(outcome));
        else if (isReceipt(outcome)) resolve(outcome);
      });
    });
  }

  /**
   * Sends all messages, at most 32 767, in one request to one queue, and resolves with their receipts, in the order of the
   * messages. A broker stores all of them or none: the batch is validated, routed, retried and timed out as one.
   *
   * They must have one topic, one `waitStoreMsgOk`, and one `queue` or `shardingKey` if any (unless `options` choose the
   * queue; a selector is asked once, with the first message); none may go to a retry topic. Bodies are copied and not
   * compressed. With 22 bytes for each message the batch must fit into `maxMessageBytes`; **a broker with a smaller
   * `maxMessageSize` refuses the whole batch**, which then fails.
   *
   * The first message without keys to a topic goes ahead of the others, alone, until the topic has stored one: compaction
   * topics of 5.x (`cleanup.policy=COMPACTION`) refuse such a message alone, and in a batch acknowledge and lose it. A topic
   * that has refused one refuses the batch too, before anything is sent (RMQ_MESSAGE_INVALID, rule `key-required`).
   *
   * Rejects with a SendError. Where a message breaks a rule, nothing is sent: `failure` is that of the message, which
   * `error.detail.index` and `error.detail.rule` name, and `notSent` has those of the others. Otherwise `failure` is that
   * of the first message and `alsoFailed` has those of the others; a message that went ahead and is in neither is stored.
   */
  sendBatch<C = undefined>(
    messages: readonly Message<C>[],
    options: SendOptions = {},
  ): Promise<readonly SendReceipt<C>[]> {
    return new Promise((resolve) => {
      this.#core.assertTakesMessages();
      assertSendOptions('sendBatch()', options);
      const isDirected = options.queue !== undefined || options.selectQueue !== undefined;
      const envelope = openBatch(messages, this.#core.config, isDirected);
      const alone = this.#core.requiredKeys.firstAlone(messages);
      if (alone >= 0) {
        resolve(this.#sendAhead(messages, alone, options));
        return;
      }
      this.#send(envelope, options, (outcome) => {
        const outcomes = outcomesOf(envelope, outcome);
        const [failure, ...alsoFailed] = outcomes.filter((one) => !one.ok);
        if (failure === undefined) resolve(outcomes.filter(isReceipt));
        else resolve(sendFailed(failure, alsoFailed));
      });
    });
  }

  /**
   * Sends one message as the first half of a transaction, runs `execute` when a broker has it, and tells the broker what
   * `execute` says: 'commit' lets consumers see the message, 'rollback' never does, with 'unknown' the broker asks
   * `checkTransaction` later. Resolves with the receipt of the half message and what the broker was told.
   *
   * What `execute` throws, says otherwise, or does not say within `localTimeoutMs`, and an end that the broker does not
   * confirm, make it 'unknown', and `reason` says why. A half message with another status than SEND_OK is rolled back unasked.
   * Rejects as `send`: nothing was done locally then; unless it was aborted (or shut down) during the local work, which
   * is `stored: 'maybe'`: the broker will ask. `timeoutMs` is for the half message alone.
   *
   * @example
   * await producer.sendInTransaction({ topic: 'orders', body }, async () => {
   *   await database.save(order);
   *   return 'commit';
   * });
   */
  sendInTransaction<C = undefined, const R extends Resolution = Resolution>(
    message: Message<C>,
    execute: ExecuteTransaction<C, R>,
    given: SendInTransactionOptions = {},
  ): Promise<TransactionReceipt<C>> {
    return new Promise<SendReceipt<C>>((resolve) => {
      this.#core.assertTakesMessages();
      assertGiven('options of sendInTransaction()', given, transactionSendOptions);
      const { localTimeoutMs, ...options } = given;
      const work = checkTransactionWork<C>({ execute, ...(localTimeoutMs === undefined ? {} : { localTimeoutMs }) });
      const envelope = this.#core.transactions.open(message, work.execute, work.localTimeoutMs);
      const settled = (outcome: EnvelopeOutcome<C>): void => {
        if (!outcome.ok) resolve(sendFailed(outcome));
        else if (isReceipt(outcome)) resolve(outcome);
      };
      this.#send(envelope, options, settled, this.#pipelines.submitTransaction);
      // Every receipt of a transaction is one of LocalTransaction's.
    }) as Promise<TransactionReceipt<C>>;
  }

  /**
   * Sends one message as a request and resolves with its reply. `timeoutMs` (default `sendTimeoutMs`) is for both, and is
   * told to the replier. Rejects as `send`, and with RMQ_REPLY_TIMEOUT, `stored: 'maybe'`, for a request that was stored
   * and not answered; a reply that comes later is dropped and counted (`metrics().strays`). 256 requests wait at once.
   *
   * Brokers of 4.9.7 and 5.5.0 lose track of a client when another one with the same client id leaves: requests under way
   * then time out, and the first that does gives the next ones a name of their own (property `REPLY_TO_CLIENT`).
   */
  request<C = undefined>(message: Message<C>, options: SendOptions = {}): Promise<Reply<C>> {
    return new Promise((resolve) => {
      this.#core.assertTakesMessages();
      // First: what is opened waits for its reply until it has its outcome.
      assertSendOptions('request()', options);
      const { timeoutMs = this.#core.config.sendTimeoutMs } = options;
      const envelope = this.#core.requests.open(message, timeoutMs);
      const settled = (outcome: EnvelopeOutcome<C>): void => {
        if (!outcome.ok) resolve(sendFailed(outcome));
        // Every receipt of a request is one of PendingReply's.
        else resolve((outcome as RequestReceipt<C>).reply);
      };
      this.#send(envelope, options, settled, this.#pipelines.submitRequest);
    });
  }

  /**
   * Sends the reply to a request that a consumer of yours received: its properties say whom it is for. Resolves when the
   * broker has handed it over; rejects as `send`, with RMQ_ARGUMENT_INVALID for a message that is no request, and with
   * RMQ_REQUESTER_MISSING where no broker that was tried hears the requester any more.
   */
  async reply(to: ReceivedRequest, body: Body, options: SendOptions = {}): Promise<SendReceipt> {
    assertSendOptions('reply()', options);
    const { topic, kind } = replyTo(to);
    this.#core.addReplyTopic(topic);
    return new Promise((resolve) => {
      this.#core.assertTakesMessages();
      this.#send(openEnvelope({ topic, body }, this.#core.config, kind), options, (outcome) => {
        if (!outcome.ok) {
          if (outcome.error.code === 'RMQ_REQUESTER_MISSING') this.#core.requests.requesterMissing(to);
          resolve(sendFailed(outcome));
        } else if (outcome.status !== 'UNCONFIRMED') resolve(outcome);
      });
    });
  }

  /**
   * Sends one message, once, and waits for no answer: the broker may refuse it without a word. A failure on this side
   * is counted in the metrics and logged. Throws RMQ_CLOSED after `shutdown()`.
   */
  sendOneway(message: Message<unknown>, options: Pick<SendOptions, 'queue' | 'selectQueue'> = {}): void {
    this.#core.assertTakesMessages();
    assertGiven('options of sendOneway()', options, onewayOptions);
    const envelope = openEnvelope(message, this.#core.config);
    envelope.mode = 'oneway';
    envelope.listener = {
      settled: (outcome) => {
        if (outcome.ok) return;
        this.#core.logger.warn({ topic: topicOf(outcome), code: outcome.error.code }, 'oneway send failed');
      },
    };
    this.#direct(envelope, options);
    this.#pipelines.submit(envelope);
  }

  /**
   * Sends what `source` gives and yields each outcome, failures included: `for await (const outcome of
   * producer.sendEach(rows)) …`. **An outcome that is not taken holds its slot**: the source is read only as fast as the
   * loop goes on. A source that cannot be paused and overflows while nobody takes ends the loop with RMQ_OVERLOADED.
   *
   * Leaving the loop is `unsubscribe`: what was not sent is given back, what is with a broker is finished. `options` as
   * for `toRocketMQ`, but `onFailure` is 'result' unless stated; in the other modes the loop throws the SendError.
   * Throws RMQ_CONFIG_INVALID at once for wrong options. Nothing is read before the first `next()`.
   */
  sendEach<C = undefined>(
    source: SourceOf<Message<C>>,
    options: PipelineOptions<C> = {},
  ): AsyncIterableIterator<SendOutcome<C>> {
    return this.#pipelines.sendEach(source, options);
  }

  /**
   * A Node stream that sends every message written to it, for `pipeline(source, producer.writable(), { signal })`. A write
   * is done when there is room for the next one; the stream finishes when every message has its outcome. Each outcome is
   * an 'outcome' event, and `deadLetter` is told every failure.
   *
   * By default the first failure destroys it with the SendError, after what is in flight is settled. Destroying it is
   * `unsubscribe`; with an AbortError it ends everything now. Throws RMQ_CONFIG_INVALID at once for wrong options.
   */
  writable<C = undefined>(options: PipelineOptions<C> = {}): Writable {
    return this.#pipelines.writable(options);
  }

  /** Sends one message of a batch, and when it is stored the others to the same queue. */
  async #sendAhead<C>(
    messages: readonly Message<C>[],
    index: number,
    { timeoutMs = this.#core.config.sendTimeoutMs, ...options }: SendOptions,
  ): Promise<readonly SendReceipt<C>[]> {
    const { clock } = this.#core;
    const endsAt = clock.now() + timeoutMs;
    const [message] = messages.slice(index);
    const others = messages.toSpliced(index, 1);
    if (message === undefined) return [];
    const receipt = await this.send(message, { ...options, timeoutMs }).catch((error: unknown) => {
      throw error instanceof SendError ? unsentBatch(error.failure, others) : error;
    });
    if (others.length === 0) return [receipt];
    const { signal } = options;
    const left = { queue: receipt.queue, timeoutMs: Math.max(endsAt - clock.now(), 1) };
    const receipts = await this.sendBatch(others, signal === undefined ? left : { ...left, signal });
    return receipts.toSpliced(index, 0, receipt);
  }

  /** Where this very send goes. Its promise is continued where it is awaited; only functions need the sender's context. */
  #direct(envelope: Envelope, { queue, selectQueue }: Pick<SendOptions, 'queue' | 'selectQueue'>): void {
    const hasCallbacks = typeof selectQueue === 'function' || envelope.sequel !== undefined;
    if (hasCallbacks || this.#core.attemptHooks !== undefined) envelope.senderContext = new AsyncContext();
    envelope.selectQueue = selectQueue;
    if (queue === undefined || envelope.outcome !== undefined) return;
    envelope.fixedQueue = queue;
    const error = queueProblem(envelope.message.topic, queue);
    if (error !== undefined) envelope.flow.settle(envelope, new Failure(envelope, { stage: 'validate', error }));
  }

  /** `whenSettled` is called once, with what becomes of the envelope. */
  #send<C>(
    envelope: Open<C> | Settled<C>,
    options: SendOptions,
    whenSettled: (outcome: EnvelopeOutcome<C>) => void,
    submit: (envelope: Open | Settled) => void = this.#pipelines.submit,
  ): void {
    try {
      this.#sendAs(envelope, options, whenSettled, submit);
    } catch (thrown) {
      // Whatever of the options threw, nobody waits any more: a request would wait for its reply for ever.
      envelope.sequel?.ended(envelope);
      throw thrown;
    }
  }

  #sendAs<C>(
    envelope: Open<C> | Settled<C>,
    options: SendOptions,
    whenSettled: (outcome: EnvelopeOutcome<C>) => void,
    submit: (envelope: Open | Settled) => void,
  ): void {
    const { signal, timeoutMs = this.#core.config.sendTimeoutMs } = options;
    const abort = (): void => abortEnvelope(envelope);
    let forget: (() => void) | undefined;
    const settled = (outcome: EnvelopeOutcome<C>): void => {
      // Once: one that is aborted before it is submitted is settled here, and told again by its pipeline.
      envelope.listener = undefined;
      forget?.();
      whenSettled(outcome);
    };
    envelope.listener = { settled };
    this.#direct(envelope, options);
    envelope.handedInAt = this.#core.clock.now();
    envelope.expiresAt = envelope.handedInAt + timeoutMs;
    if (signal?.aborted === true) abort();
    else forget = signal && whenAborted(signal, abort);
    submit(envelope);
  }

  /**
   * Takes a timer message back (`delayMs`, `deliverAt`) with the handle of its receipt, and resolves with its `msgId`.
   * **The broker does not say whether it still had the message**: one that was recalled twice is recalled twice.
   *
   * Rejects with RMQ_ARGUMENT_INVALID for what is no handle, RMQ_OPERATION_REFUSED for a message that is due or of another
   * topic, RMQ_RECALL_DISABLED where the broker does not let messages be recalled (recallMessageEnable),
   * RMQ_REQUEST_UNSUPPORTED by brokers below 5.3.2, and with what is wrong with broker or connection. It may take
   * `sendTimeoutMs`.
   */
  async recall(topic: string, recallHandle: string): Promise<string> {
    this.#core.assertTakesMessages();
    const { group, sendTimeoutMs: timeoutMs } = this.#core.config;
    return recall(this.#questions, { group, topic, recallHandle, timeoutMs, tracer: this.#core.tracer });
  }

  /**
   * Resolves when everything that was handed in before this call is settled, even while a source goes on. `signal` ends
   * the wait with RMQ_ABORTED; the messages go on.
   */
  async flush(signal?: AbortSignal): Promise<void> {
    assertGiven('arguments of flush()', { signal }, waitArguments);
    return abortable(this.#core.flush(), 'what is in flight', signal);
  }

  /**
   * Takes no more messages, sends what was accepted, unregisters at the brokers and leaves the client instance. Streams
   * whose source had not completed then error with RMQ_CLOSED. After `timeoutMs` (10 000) what is left is given back:
   * not sent is `stored: 'no'`, unanswered is 'maybe'. Idempotent; afterwards nothing keeps the process alive. Rejects with
   * RMQ_CONFIG_INVALID for wrong options, and then nothing is shut down.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<ShutdownSummary> {
    assertGiven('options of shutdown()', options, shutdownOptions);
    return this.#core.shutdown(options);
  }

  /** `shutdown()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}

markVersion(Producer.prototype, 'producer');

/** Returns the inside of a producer, for the stages. Throws RMQ_ARGUMENT_INVALID for one of another version of the library. */
export function coreOf(producer: Producer): ProducerCore {
  assertSameVersion(producer, 'producer');
  return producer[CORE];
}

/**
 * Whether `value` is a producer, of this or of another copy of this version of the library. Throws RMQ_ARGUMENT_INVALID
 * for one of another version.
 */
export function isProducer(value: unknown): value is Producer {
  if (typeof value !== 'object' || value === null) return false;
  assertSameVersion(value, 'producer');
  return CORE in value;
}

const isReceipt = <C>(outcome: EnvelopeOutcome<C>): outcome is SendReceipt<C> =>
  outcome.ok && outcome.status !== 'UNCONFIRMED';

function abortEnvelope(envelope: Envelope): void {
  if (envelope.outcome !== undefined) return;
  const error = createError('RMQ_ABORTED', 'the send was aborted by its signal', {
    stored: envelope.isWithBroker ? 'maybe' : 'no',
    detail: { topic: envelope.message.topic },
  });
  if (envelope.sink !== undefined) envelope.addFailedAttempt(error);
  envelope.flow.settle(envelope, new Failure(envelope, { stage: 'abort', error }, envelope.failedAttempts));
}
