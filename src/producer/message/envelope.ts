/**
 * A message on its way, with what the stages found out: one mutable object per message that every stage fills and
 * passes on (a copy at each stage costs eight times as much). It decides nothing; the stages and `Flow` do.
 *
 *              hold
 *     open ◄─────────► held          An open envelope has no holder and no outcome: it must move on at once.
 *       │    release    │            Whoever keeps one holds it. Only `Flow.settle` makes one settled, and
 *       └───► settled ◄─┘            a settled one only travels on to the end of the pipeline.
 */
import { inspect } from 'node:util';
import type { CallbackContext } from '../../callbacks/async-context.js';
import type { Connection } from '../../connection/connection.js';
import { internalKey } from '../../errors/copies.js';
import type { RocketMQError } from '../../errors/rocketmq-error.js';
import { markVersion } from '../../errors/same-version.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import type { ReceivedFrame } from '../../protocol/received-frame.js';
import type { TopicRoute } from '../../route/topic-route.js';
import type { Clock } from '../../time/clock.js';
import type { Message } from './message.js';
import {
  type FailedAttempt,
  namesOf,
  type OnewayReceipt,
  type SendFailure,
  type SendOutcome,
  type SendReceipt,
  type Stage,
} from './outcome.js';
import type { QueueSelector } from './queue-selector.js';

/** The one outcome of an envelope, of either mode. */
export type EnvelopeOutcome<C = unknown> = SendOutcome<C> | OnewayReceipt<C>;

/** `confirm` waits for the broker's answer; `oneway` only until the bytes are with the kernel. */
export type SendMode = 'confirm' | 'oneway';

/** What an envelope needs of the flow it belongs to. */
export interface FlowOfEnvelope {
  readonly clock: Clock;
  /** Where the functions of the user run who subscribed to the pipeline; for the producer's own pipelines, nowhere in particular. */
  readonly callerContext: CallbackContext;
  /** Nobody listens any more: only what is with a broker goes on. */
  readonly isAbandoned: boolean;
  /** Whether more messages can come to the stages before something in them ends. */
  readonly expectsMore: boolean;
  /** Calls `proceed` once, when that changes or somebody waits for everything that is in the stages. */
  whenLingerEnds(proceed: () => void): void;
  /** The only way a message ends (or, inside a retry loop, an attempt). */
  settle<C>(envelope: Envelope<C>, outcome: EnvelopeOutcome<C>): void;
  /** Admits what waits, now that something was passed on. */
  refill(): void;
  /** Takes no more messages and gives back what waits for a slot; what has one goes on. */
  drainAdmitted(): void;
  /** Another attempt begins, after `failure`. */
  countRetry(envelope: Envelope, failure: SendFailure): void;
  /** An envelope or an answer came where nobody waited for it: doubled by an operator between the stages, or late. */
  countStray(): void;
  /** An operator between the stages drops the settled envelope too: its outcome goes to the end of the pipeline without it. */
  passDropped(envelope: Envelope): void;
  /** The subscriber has taken the outcome. */
  outcomeTaken(envelope: Envelope): void;
  /** Whether a message that can go elsewhere may be sent to a broker: it responds, or holds no more than its share. */
  mayTake(brokerName: string): boolean;
  /** Whether the latest attempt at a broker ended without a response. */
  isDown(brokerName: string): boolean;
  /** The share of the broker of `envelope.queue`; undefined where nothing is bounded. */
  shareOf(envelope: Targeted): ShareOfEnvelope | undefined;
  /**
   * Whether the message, which can go nowhere else, waits for the broker of its queue, because that does not respond. It
   * gives its slot back until `proceed` is called.
   */
  waitForBroker(envelope: Targeted, proceed: () => void): boolean;
}

/** Who keeps an envelope that waits. */
export interface Holder {
  /** Where the message ended, if it ends while it is held here. */
  readonly stage: Stage;
  /** The envelope was settled, or its attempt failed, while it was held; it is held no longer: pass it on. */
  released(envelope: Envelope): void;
}

/** The retry loop an envelope is in. */
export interface RetryJudge {
  /** What the message ends with after a failed attempt; undefined where it gets another one. Never throws. */
  finalFailure<C>(envelope: Envelope<C>, failure: SendFailure<C>): SendFailure<C> | undefined;
  /** The attempt has failed, and the envelope gets another one. */
  again(envelope: Envelope, failure: SendFailure): void;
  /** The envelope has its outcome, and goes on below the loop. */
  leave(envelope: Envelope): void;
}

/** Who waits for what becomes of the attempt under way. */
export interface AttemptSink {
  answered(envelope: Envelope, frame: ReceivedFrame, connection: Connection): void;
  handedOver(envelope: Envelope): void;
  failed(envelope: Envelope, error: RocketMQError): void;
}

/**
 * What is still to be done when a broker has stored the message, before that is its outcome: the local work of a
 * transaction, the wait for a reply. The message keeps its slot until then. Nothing here may throw.
 */
export interface Sequel<C = unknown> {
  /** The message is stored. From here on the sequel ends it, by `flow.settle`, now or later; failures are final. */
  begin(envelope: Envelope<C>, receipt: SendReceipt<C>): void;
  /** `expiresAt`, which `begin` may have moved, has come: settle it now. */
  expired(envelope: Envelope<C>): void;
  /** The message has its outcome, also where it never came to the sequel: nothing that comes later counts. */
  ended(envelope: Envelope<C>): void;
}

/** Who looks at the attempt under way from outside. Exactly one of these is called, once; none may throw. */
export interface AttemptWatch {
  /** `wantsTrace`: the broker has nothing against a trace of it. */
  answered(receipt: SendReceipt, elapsedMs: number, wantsTrace: boolean): void;
  handedOver(receipt: OnewayReceipt, elapsedMs: number): void;
  failed(error: RocketMQError, elapsedMs: number): void;
}

/** The lane of messages of one key that an envelope is in. */
export interface LaneOfEnvelope {
  /** The envelope is stored, or has its outcome: the next one of its key may go. */
  leave(envelope: Envelope, outcome: EnvelopeOutcome): void;
}

/** What a broker holds of a window: the messages that are on their way to it. */
export interface ShareOfEnvelope {
  /** The broker is chosen for the next attempt. */
  begin(envelope: Envelope): void;
  /** The attempt is handed to a connection, so that the broker owes a response. */
  sent(envelope: Envelope): void;
  /** The attempt ended so, or the message did before it was sent. */
  ended(envelope: Envelope, outcome: EnvelopeOutcome): void;
  /** Another broker is chosen before any attempt was made. */
  leave(envelope: Envelope): void;
}

/** Who wants to know the outcome of this very envelope: a `send()`. */
export interface OutcomeListener<C = unknown> {
  settled(outcome: EnvelopeOutcome<C>): void;
}

/** What `validateMessage` made of a message: its bytes and properties as they go on the wire. */
export interface EncodedMessage<C> {
  readonly message: Message<C>;
  readonly msgId: string;
  /** Wall clock, ms since 1970. */
  readonly bornAt: number;
  readonly body: Uint8Array;
  readonly properties: string;
  readonly flag: number;
  readonly queue: MessageQueue | undefined;
  /** The oldest broker that can do what the message asks for (MQVersion ordinal); 0 for any. */
  readonly minBrokerVersion: number;
  readonly context: C;
}

/** The messages of an explicit batch, which one envelope stands for from validation to outcome. */
export interface BatchMembers<C> {
  readonly members: readonly EncodedMessage<C>[];
  /** One for each member, once the broker has stored the batch. */
  receipts: readonly SendReceipt<C>[];
}

const NONE_EXCLUDED: ReadonlySet<string> = new Set();
const NO_ATTEMPTS: readonly FailedAttempt[] = [];

/** Recognises envelopes of all copies of this version of the library, which work on each other's. */
const ENVELOPE = Symbol.for(internalKey('envelope'));

export class Envelope<C = unknown> {
  /** Makes the class nominal: a look-alike or a spread copy does not type-check as an envelope. */
  declare protected readonly nominal: never;

  // Behind getters, where nothing that prints, copies or clones an object finds them.
  readonly #encoded: EncodedMessage<C>;
  #body: Uint8Array;
  #batch: BatchMembers<C> | undefined = undefined;
  #laneKey: string | undefined = undefined;

  readonly msgId: string;

  // What goes on the wire.
  sysFlag = 0;
  readonly flag: number;
  readonly bornAt: number;
  /** Brokers that tell an older version (MQVersion ordinal) would not do what the message asks for. */
  readonly minBrokerVersion: number;
  /** It is the reply to a request of another client. */
  isReply = false;
  /** Undefined: as `sendMessage` was told. */
  mode: SendMode | undefined = undefined;

  // What it takes of the window.
  flow: FlowOfEnvelope;
  /** Of body and properties as they are sent; of a refused message, as they were handed in. */
  bytes: number;
  sequence = 0;
  /** Its place among the outcomes in the order of the source; 0: wherever it comes about. */
  order = 0;
  isAdmitted = false;
  /** Waits for its slot. */
  isBuffered = false;
  /** Settled, and holds its place in the window until the subscriber takes the outcome. */
  isKept = false;
  /** Monotonic ms, like all times here but `bornAt`: when it was admitted. */
  startedAt = 0;
  /** When it was handed in: to `send()`, or by its stream. */
  handedInAt = 0;
  /** When its whole time is up; 0 until it is admitted, unless its caller set it. */
  expiresAt = 0;
  older: Envelope | undefined = undefined;
  newer: Envelope | undefined = undefined;

  // Its place among those of its key, while it is in a lane.
  lane: LaneOfEnvelope | undefined = undefined;
  ahead: Envelope | undefined = undefined;
  behind: Envelope | undefined = undefined;
  /** Waits behind another one of its key, and is counted so. */
  isBehind = false;

  // Where it goes.
  route: TopicRoute | undefined = undefined;
  queue: MessageQueue | undefined = undefined;
  /** Of the broker that the attempt under way goes to. */
  address = '';
  /** The queue that the caller named: all attempts use it. */
  fixedQueue: MessageQueue | undefined;
  /** The queue that its key, or a selector, chose: all attempts use it, as long as the route has it. */
  keptQueue: MessageQueue | undefined = undefined;
  /** Set while the route is asked for again, before the next queue can be chosen. Never rejects. */
  routeRenewal: Promise<void> | undefined = undefined;
  /** This message's own selector, before the stage's. */
  selectQueue: QueueSelector | undefined = undefined;

  // The attempts.
  /** Of the broker that was chosen for the attempt under way. */
  share: ShareOfEnvelope | undefined = undefined;
  attempt = 0;
  attemptsAllowed = 1;
  attemptStartedAt = 0;
  /** When the attempt under way is given up. */
  deadlineAt = 0;
  excludedBrokers: ReadonlySet<string> = NONE_EXCLUDED;
  failedAttempts: readonly FailedAttempt[] = NO_ATTEMPTS;
  /** The failure between a failed attempt and the next one. */
  attemptFailure: SendFailure<C> | undefined = undefined;
  /** It is stored already, but not safely enough: the outcome, if the attempts at other brokers fail. */
  weakReceipt: SendReceipt<C> | undefined = undefined;

  // Who has it.
  holder: Holder | undefined = undefined;
  /** Set while it is in a retry loop. */
  judge: RetryJudge | undefined = undefined;
  /** Set while an attempt is under way. */
  sink: AttemptSink | undefined = undefined;
  listener: OutcomeListener<C> | undefined = undefined;
  /** Where the functions of the user run who sent this very message; undefined: where those of its flow do. */
  senderContext: CallbackContext | undefined = undefined;
  sequel: Sequel<C> | undefined = undefined;
  /** A broker has stored it, and its sequel is not over. */
  isInSequel = false;
  /** Set while an attempt is under way that somebody looks at. */
  watch: AttemptWatch | undefined = undefined;

  outcome: EnvelopeOutcome<C> | undefined = undefined;
  isEmitted = false;

  constructor(encoded: EncodedMessage<C>, flow: FlowOfEnvelope) {
    this.#encoded = encoded;
    this.#body = encoded.body;
    this.msgId = encoded.msgId;
    this.flag = encoded.flag;
    this.bornAt = encoded.bornAt;
    this.minBrokerVersion = encoded.minBrokerVersion;
    this.flow = flow;
    this.bytes = encoded.body.length + encoded.properties.length;
    this.fixedQueue = encoded.queue;
  }

  get message(): Message<C> {
    return this.#encoded.message;
  }

  get context(): C {
    return this.#encoded.context;
  }

  /** As it goes on the wire. */
  get body(): Uint8Array {
    return this.#body;
  }

  set body(body: Uint8Array) {
    this.#body = body;
  }

  get properties(): string {
    return this.#encoded.properties;
  }

  /** Set where it stands for an explicit batch: `body` then holds all members. */
  get batch(): BatchMembers<C> | undefined {
    return this.#batch;
  }

  set batch(batch: BatchMembers<C> | undefined) {
    this.#batch = batch;
  }

  /** What its order, and the queue of all attempts, go by; stays when it has left the lane. */
  get laneKey(): string | undefined {
    return this.#laneKey;
  }

  set laneKey(key: string | undefined) {
    this.#laneKey = key;
  }

  /** For logs: of the message what it is called and not what is in it; nothing of the caller's context. */
  toJSON(): Record<string, unknown> {
    const { msgId, message, attempt, queue, outcome } = this;
    return { msgId, message: namesOf(message), attempt, queue, outcome };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }

  /** No attempt can go to another broker. */
  get isBound(): boolean {
    return this.fixedQueue !== undefined || this.keptQueue !== undefined;
  }

  /** Where functions of the user are called about this message. */
  get callerContext(): CallbackContext {
    return this.senderContext ?? this.flow.callerContext;
  }

  /** A broker has it, or may have it: it cannot be taken back as not stored. */
  get isWithBroker(): boolean {
    return this.sink !== undefined || this.isInSequel;
  }

  /** The attempt that began last has failed. */
  addFailedAttempt(error: RocketMQError): void {
    const brokerName = this.queue?.brokerName ?? '';
    const elapsedMs = this.flow.clock.now() - this.attemptStartedAt;
    this.failedAttempts = [...this.failedAttempts, { brokerName, address: this.address, error, elapsedMs }];
    const { watch } = this;
    if (watch === undefined) return;
    this.watch = undefined;
    watch.failed(error, elapsedMs);
  }

  /** Part of the connection's `Exchange`: the broker answered the attempt under way. */
  onAnswer(frame: ReceivedFrame, connection: Connection): void {
    const sink = this.sink;
    if (sink === undefined) this.flow.countStray();
    else sink.answered(this, frame, connection);
  }

  /** Part of the connection's `Exchange`: the attempt under way ended without an answer. */
  onFailure(error: RocketMQError): void {
    const sink = this.sink;
    if (sink === undefined) this.flow.countStray();
    else sink.failed(this, error);
  }

  /** Part of the connection's `OnewayExchange`: the bytes are with the kernel. */
  onHandedOver(): void {
    const sink = this.sink;
    if (sink === undefined) this.flow.countStray();
    else sink.handedOver(this);
  }

  /** Whether `value` is an envelope, of this or of another copy of this version of the library; a spread copy of one is none. */
  static isEnvelope(value: object): value is Envelope {
    return ENVELOPE in value;
  }
}

Object.defineProperty(Envelope.prototype, ENVELOPE, { value: true });
markVersion(Envelope.prototype, 'envelope');

/** Not yet decided: the next stage acts on it. */
export interface Open<C = unknown> extends Envelope<C> {
  readonly outcome: undefined;
}
/** Decided: every further stage passes it on untouched. */
export interface Settled<C = unknown> extends Envelope<C> {
  readonly outcome: EnvelopeOutcome<C>;
}
/** The queues of its topic are known. */
export interface Routed<C = unknown> extends Open<C> {
  readonly route: TopicRoute;
}
/** The queue it goes to is chosen. */
export interface Targeted<C = unknown> extends Routed<C> {
  readonly queue: MessageQueue;
}
