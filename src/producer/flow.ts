/**
 * One subscription's flow: what is in flight and how much of it there may be, and the one end of every message. It
 * works without a subscriber, because rxjs tears the tail of a pipeline down first and the answers to what is in
 * flight still come. It does not queue: what waits for a slot waits in `admit`.
 *
 *     open ──closeAdmission──► draining ──┬──drainAdmitted, abort──► closing ──► done (nothing is unsettled)
 *       └────────────────────abandon───────┴──────────────────────► abandoned ──► done
 *
 *     draining:  takes no more, but what waits still gets its slot
 *     closing:   what has a slot goes on; abandoned: only attempts under way do, and none is repeated
 */
import { type Observer, Subject } from 'rxjs';
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import type { Logger } from '../observe/logger.js';
import type { Clock } from '../time/clock.js';
import type { DeadlineHolder, DeadlineSweep } from '../time/deadline-sweep.js';
import type { KeepAlive } from '../time/keep-alive.js';
import type { Envelope, EnvelopeOutcome, FlowOfEnvelope } from './envelope.js';
import type { Gate } from './gate.js';
import { Failure, type SendFailure, type Stage } from './outcome.js';
import type { ProducerEvent } from './producer-event.js';
import type { ProducerStatistics } from './producer-statistics.js';

/** What all flows of one producer share. */
export interface FlowSurroundings {
  /** Ms from the admission of a message to its outcome, over all attempts. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly sweep: DeadlineSweep;
  readonly keepAlive: KeepAlive;
  readonly statistics: ProducerStatistics;
  readonly events: Subject<ProducerEvent>;
  readonly logger: Logger;
}

/** How much one flow may hold, and whom it tells of failures. */
export interface FlowOptions {
  /** Messages in flight; default 256. */
  readonly window?: number;
  /** Bytes in flight (bodies and properties); whichever limit is reached first holds. Default 8 MiB. */
  readonly windowBytes?: number;
  /** What may wait for a slot when the source cannot be paused; default 1024 messages and `windowBytes` bytes. */
  readonly buffer?: { readonly messages: number; readonly bytes: number };
  /** Is told every failure. What it throws is reported as unhandled, as rxjs does it. */
  readonly deadLetter?: Partial<Observer<SendFailure>> | undefined;
}

const DEFAULT_WINDOW = 256;
const DEFAULT_WINDOW_BYTES = 8 * 1024 * 1024;
const DEFAULT_BUFFER_MESSAGES = 1024;

/** The side of a flow that `admit` serves. */
export interface AdmissionDesk {
  /** Something was passed on: admit what waits, or end. */
  admitWaiting(): void;
  /** Take no more. With an error, the stream ends with it once everything is settled. */
  closeAdmission(error: RocketMQError | undefined): void;
}

interface FlushWaiter {
  readonly sequence: number;
  readonly resolve: () => void;
}

export class Flow implements FlowOfEnvelope, DeadlineHolder, Gate {
  readonly clock: Clock;
  readonly #timeoutMs: number;
  readonly #window: number;
  readonly #windowBytes: number;
  readonly #buffer: { readonly messages: number; readonly bytes: number };
  readonly #deadLetter: Subject<SendFailure> | undefined;
  readonly #onDone: () => void;
  readonly #sweep: DeadlineSweep;
  readonly #keepAlive: KeepAlive;
  readonly #statistics: ProducerStatistics;
  readonly #events: Subject<ProducerEvent>;
  readonly #logger: Logger;

  #state: 'open' | 'draining' | 'closing' | 'abandoned' = 'open';
  #inFlight = 0;
  #inFlightBytes = 0;
  #buffered = 0;
  #bufferedBytes = 0;

  // Everything unsettled, in order of arrival: a list through the envelopes themselves.
  #oldest: Envelope | undefined;
  #newest: Envelope | undefined;
  #sequence = 0;

  #desk: AdmissionDesk | undefined;
  #isRefilling = false;
  #isRefillDue = false;
  #gateWaiters: (() => void)[] = [];
  #flushWaiters: FlushWaiter[] = [];

  /** `onDone` is called once, when it was abandoned or has ended and nothing of it is unsettled. */
  constructor(surroundings: FlowSurroundings, options: FlowOptions, onDone: () => void) {
    this.clock = surroundings.clock;
    this.#sweep = surroundings.sweep;
    this.#keepAlive = surroundings.keepAlive;
    this.#statistics = surroundings.statistics;
    this.#events = surroundings.events;
    this.#logger = surroundings.logger;
    this.#timeoutMs = surroundings.timeoutMs;
    this.#window = options.window ?? DEFAULT_WINDOW;
    this.#windowBytes = options.windowBytes ?? DEFAULT_WINDOW_BYTES;
    this.#buffer = options.buffer ?? { messages: DEFAULT_BUFFER_MESSAGES, bytes: this.#windowBytes };
    if (options.deadLetter !== undefined) {
      // Behind a Subject, so that rxjs catches what the observer throws.
      this.#deadLetter = new Subject();
      this.#deadLetter.subscribe(options.deadLetter);
    }
    this.#onDone = onDone;
  }

  // ------------------------------------------------------------------ what is in it

  get inFlight(): number {
    return this.#inFlight;
  }
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }
  get buffered(): number {
    return this.#buffered;
  }
  /** Nothing of it is unsettled. */
  get isIdle(): boolean {
    return this.#oldest === undefined;
  }

  // ------------------------------------------------------------------ admission

  /** `admit` serves this flow from now on. */
  serve(desk: AdmissionDesk): void {
    this.#desk = desk;
  }

  /** The envelope belongs to this flow from now on: it gets its place in the order, and its outcome will be counted. */
  adopt(envelope: Envelope): void {
    const refused = envelope.outcome;
    envelope.flow = this;
    envelope.sequence = ++this.#sequence;
    this.#statistics.offered++;
    if (refused === undefined) this.#link(envelope);
    else this.#count(envelope, refused);
  }

  /**
   * Gives the envelope a slot, if it fits: at most `window` messages and `windowBytes` bytes are in flight, but one
   * message larger than `windowBytes` may go alone. Its time starts here.
   */
  tryAdmit(envelope: Envelope): boolean {
    if (this.#state === 'closing' || this.#state === 'abandoned' || this.#inFlight >= this.#window) return false;
    if (this.#inFlight > 0 && this.#inFlightBytes + envelope.bytes > this.#windowBytes) return false;
    this.#inFlight++;
    this.#inFlightBytes += envelope.bytes;
    this.#statistics.inFlight++;
    this.#statistics.inFlightBytes += envelope.bytes;
    envelope.isAdmitted = true;
    envelope.startedAt = this.clock.tickNow();
    if (envelope.expiresAt === 0) envelope.expiresAt = envelope.startedAt + this.#timeoutMs;
    return true;
  }

  /** Counts an envelope that waits for its slot; false when the bounded buffer has no room for it. */
  tryBuffer(envelope: Envelope): boolean {
    const { messages, bytes } = this.#buffer;
    if (this.#buffered >= messages) return false;
    if (this.#buffered > 0 && this.#bufferedBytes + envelope.bytes > bytes) return false;
    this.#buffered++;
    this.#bufferedBytes += envelope.bytes;
    this.#statistics.buffered++;
    return true;
  }

  /** The envelope waits no longer. */
  unbuffer(envelope: Envelope): void {
    this.#buffered--;
    this.#bufferedBytes -= envelope.bytes;
    this.#statistics.buffered--;
  }

  /** Lets what waits in, then the pull sources go on. Iterative: a re-entrant call is absorbed by the running one. */
  refill(): void {
    this.#isRefillDue = true;
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    try {
      // Again where a slot came free meanwhile: what waits may have come after the look at it.
      while (this.#isRefillDue) {
        this.#isRefillDue = false;
        this.#desk?.admitWaiting();
        while (this.#gateWaiters.length > 0 && this.isOpen) this.#gateWaiters.shift()?.();
      }
    } finally {
      this.#isRefilling = false;
    }
  }

  // ------------------------------------------------------------------ the gate of pull sources

  get isOpen(): boolean {
    return (
      this.#state === 'open' &&
      this.#buffered === 0 &&
      this.#inFlight < this.#window &&
      this.#inFlightBytes < this.#windowBytes
    );
  }

  whenOpen(resume: () => void): void {
    if (this.#state === 'open') this.#gateWaiters.push(resume);
  }

  // ------------------------------------------------------------------ the end of a message

  settle<C>(envelope: Envelope<C>, outcome: EnvelopeOutcome<C>): void {
    if (envelope.outcome !== undefined) {
      this.countStray();
      return;
    }
    envelope.sink = undefined;
    if (outcome.ok) {
      this.#conclude(envelope, outcome);
    } else {
      const final = this.#finalFailure(envelope, outcome);
      if (final === undefined) envelope.attemptFailure = outcome;
      else this.#conclude(envelope, final);
    }
    const holder = envelope.holder;
    if (holder !== undefined) {
      envelope.holder = undefined;
      holder.released(envelope);
    }
    if (this.#flushWaiters.length > 0) this.#tellFlushed();
    if (this.#state === 'abandoned' && this.isIdle) this.#onDone();
  }

  countRetry(envelope: Envelope, failure: SendFailure): void {
    this.#statistics.retried++;
    if (this.#events.observed) {
      this.#events.next({
        type: 'retry',
        msgId: envelope.msgId,
        attempt: envelope.attempt + 1,
        brokerName: envelope.queue?.brokerName ?? '',
        error: failure.error,
      });
    }
  }

  countStray(): void {
    this.#statistics.strays++;
  }

  /** Part of `DeadlineHolder`: ends what is out of time, wherever it waits. An attempt under way is judged by its connection. */
  expire(now: number): boolean {
    const overdue: Envelope[] = [];
    for (let at = this.#oldest; at !== undefined; at = at.newer) {
      if (at.sink === undefined && at.expiresAt !== 0 && at.expiresAt <= now) overdue.push(at);
    }
    for (const envelope of overdue) {
      this.#end(envelope, envelope.holder?.stage ?? 'send', deadlineError(envelope, now));
    }
    return this.#oldest !== undefined;
  }

  // ------------------------------------------------------------------ stopping

  /** Takes no more and lets everything accepted end; with an error, the stream then ends with it. */
  closeAdmission(error?: RocketMQError): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#gateWaiters = [];
    this.#desk?.closeAdmission(error);
  }

  /** Takes no more, gives back what waits for a slot, and lets the rest end. */
  drainAdmitted(): void {
    this.closeAdmission();
    if (this.#state === 'draining') this.#state = 'closing';
    for (const envelope of this.#unsettled()) {
      if (!envelope.isAdmitted) this.#end(envelope, 'abort', abandonedError());
    }
  }

  /** Nobody listens any more: gives back what is not with a broker, and lets only attempts under way end. */
  abandon(): void {
    if (this.#state === 'abandoned') return;
    this.#state = 'abandoned';
    this.#gateWaiters = [];
    const failures: SendFailure[] = [];
    for (const envelope of this.#unsettled()) {
      if (envelope.sink === undefined) failures.push(this.#end(envelope, 'abort', abandonedError()));
    }
    if (failures.length > 0) this.#events.next({ type: 'abandoned', failures });
    if (this.isIdle) this.#onDone();
  }

  /** Ends everything now: what is with a broker may be stored, the rest is not. */
  abort(stage: 'abort' | 'shutdown', error: RocketMQError): readonly SendFailure[] {
    this.closeAdmission(error);
    if (this.#state === 'draining') this.#state = 'closing';
    const failures: SendFailure[] = [];
    for (const envelope of this.#unsettled()) {
      const certain =
        envelope.sink === undefined
          ? error
          : createError(error.code, error.message, { stored: 'maybe', detail: error.detail });
      failures.push(this.#end(envelope, stage, certain));
    }
    return failures;
  }

  /** Resolves when everything that was handed in before this call is settled; later messages do not delay it. */
  flush(): Promise<void> {
    if (this.#oldest === undefined) return Promise.resolve();
    const sequence = this.#sequence;
    return new Promise((resolve) => this.#flushWaiters.push({ sequence, resolve }));
  }

  // ------------------------------------------------------------------ inside

  /** Only a failed attempt can be followed by another; whatever else ends a message, ends it. */
  #finalFailure<C>(envelope: Envelope<C>, failure: SendFailure<C>): SendFailure<C> | undefined {
    const { judge } = envelope;
    if (judge === undefined || failure.stage !== 'send' || this.#state === 'abandoned') return failure;
    return judge.finalFailure(envelope, failure);
  }

  #conclude<C>(envelope: Envelope<C>, outcome: EnvelopeOutcome<C>): void {
    envelope.outcome = outcome;
    this.#unlink(envelope);
    if (envelope.isAdmitted) this.#giveBack(envelope);
    envelope.judge?.settled();
    this.#count(envelope, outcome);
  }

  /** Ends a message from outside: whatever the retry loop thinks of it. */
  #end(envelope: Envelope, stage: Stage, error: RocketMQError): SendFailure {
    if (envelope.sink !== undefined) envelope.addFailedAttempt(error);
    const failure = new Failure(envelope, { stage, error }, envelope.failedAttempts);
    envelope.attemptsAllowed = 0;
    this.settle(envelope, failure);
    return failure;
  }

  #giveBack(envelope: Envelope): void {
    this.#inFlight--;
    this.#inFlightBytes -= envelope.bytes;
    this.#statistics.inFlight--;
    this.#statistics.inFlightBytes -= envelope.bytes;
  }

  #count(envelope: Envelope, outcome: EnvelopeOutcome): void {
    if (outcome.ok) {
      this.#statistics.sent++;
      this.#statistics.latency.record(this.clock.tickNow() - envelope.startedAt);
    } else {
      this.#statistics.failed++;
      this.#logger.debug({ msgId: outcome.msgId, stage: outcome.stage, code: outcome.error.code }, 'message failed');
      this.#deadLetter?.next(outcome);
    }
    envelope.listener?.settled(outcome);
  }

  /** Of a snapshot, because settling one may settle or add others. */
  *#unsettled(): Generator<Envelope, void> {
    const all: Envelope[] = [];
    for (let at = this.#oldest; at !== undefined; at = at.newer) all.push(at);
    for (const envelope of all) if (envelope.outcome === undefined) yield envelope;
  }

  #link(envelope: Envelope): void {
    if (this.#newest === undefined) {
      this.#oldest = envelope;
      this.#keepAlive.acquire();
      this.#sweep.watch(this);
    } else {
      envelope.older = this.#newest;
      this.#newest.newer = envelope;
    }
    this.#newest = envelope;
  }

  #unlink(envelope: Envelope): void {
    const { older, newer } = envelope;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    envelope.older = undefined;
    envelope.newer = undefined;
    if (this.#oldest === undefined) this.#keepAlive.release();
  }

  #tellFlushed(): void {
    const reached = this.#oldest?.sequence ?? Number.POSITIVE_INFINITY;
    const [done, waiting] = split(this.#flushWaiters, (waiter) => waiter.sequence < reached);
    this.#flushWaiters = waiting;
    for (const waiter of done) waiter.resolve();
  }
}

const split = <T>(all: readonly T[], belongsFirst: (item: T) => boolean): [T[], T[]] => [
  all.filter(belongsFirst),
  all.filter((item) => !belongsFirst(item)),
];

const abandonedError = (): RocketMQError =>
  createError('RMQ_ABANDONED', 'the stream ended before this message was sent');

const deadlineError = (envelope: Envelope, now: number): RocketMQError => {
  const tried = envelope.failedAttempts.map((attempt) => attempt.brokerName).join(', ');
  const waited = envelope.isAdmitted
    ? `${Math.round(now - envelope.startedAt)} ms after it was admitted`
    : 'while it waited for a slot';
  return createError(
    'RMQ_DEADLINE',
    `out of time ${waited}, ${envelope.attempt} attempts made${tried && ` (${tried})`}`,
    {
      detail: { topic: envelope.message.topic, attempts: envelope.attempt, brokers: tried },
    },
  );
};
