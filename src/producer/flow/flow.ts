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
import type { Observer, Subject, Subscription } from 'rxjs';
import { guardedObserver } from '../../callbacks/guarded-observer.js';
import { AsyncContext } from '../../callbacks/async-context.js';
import { RingQueue } from '../../collections/ring-queue.js';
import { createError, type RocketMQError, withStored } from '../../errors/rocketmq-error.js';
import type { Logger } from '../../observe/logger.js';
import type { Clock } from '../../time/clock.js';
import type { DeadlineHolder, DeadlineSweep } from '../../time/deadline-sweep.js';
import type { KeepAlive } from '../../time/keep-alive.js';
import { failuresOf, messagesIn } from '../batch/batch-outcome.js';
import type { Envelope, EnvelopeOutcome, FlowOfEnvelope, ShareOfEnvelope, Targeted } from '../message/envelope.js';
import type { LivenessTable } from './broker-liveness.js';
import { BrokerShares } from './broker-shares.js';
import { Arrivals } from './arrivals.js';
import { abandonedError, deadlineError, overflowError } from './flow-errors.js';
import type { FlowGate, GatedFlow } from './flow-gate.js';
import { KeyLanes } from './key-lanes.js';
import type { OrderedOptions } from './ordered-options.js';
import type { Outlet } from './outlet.js';
import { Failure, type SendFailure, type Stage } from '../message/outcome.js';
import type { ProducerEvent } from '../state/producer-event.js';
import type { ProducerStatistics } from '../state/producer-statistics.js';
import type { SharedLimit } from './shared-limit.js';
import { stopOf } from './stop.js';
import { UnsettledList } from './unsettled-list.js';
import { type FlowOptions, type OnOverflow, type Pressure, Window } from './window.js';

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
  /** Which brokers respond. */
  readonly brokers: LivenessTable;
  /** Over all flows; absent where the producer has none. */
  readonly limit?: SharedLimit | undefined;
}

/** How much one flow may hold, whom it tells of failures, and who looks at it from outside. */
export interface FlowSetup extends FlowOptions {
  /** Ms for each message, in place of the producer's. */
  readonly timeoutMs?: number | undefined;
  /** Is told every failure. What it throws, or rejects with, is logged, and has no other effect. */
  readonly deadLetter?: Partial<Observer<SendFailure>> | undefined;
  /** A gate of the caller's, which opens and closes with this flow. */
  readonly gate?: FlowGate | undefined;
  /** Where outcomes go that no operator passes on. */
  readonly outlet?: Outlet | undefined;
  /** An outcome holds its place in the window until it is taken; `in-order`: which is in the order of the messages. */
  readonly keepsOutcomes?: 'until-taken' | 'in-order' | undefined;
  /** Which messages keep their order; when absent, those of one `shardingKey`, and a failed one is skipped. */
  readonly ordered?: OrderedOptions<never> | false | undefined;
}

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

export class Flow implements FlowOfEnvelope, DeadlineHolder, GatedFlow {
  /** Captured where the pipeline is subscribed to. */
  readonly callerContext = new AsyncContext();
  readonly clock: Clock;
  /** Whether outcomes hold their place in the window until they are taken. */
  readonly keepsOutcomes: boolean;
  /** Whether they are taken in the order of the messages. */
  readonly emitsInOrder: boolean;
  /** What was handed in; their numbers are the sequence of its messages. */
  readonly arrivals = new Arrivals(() => this.#window.capacity);
  /** Where messages of one key keep their order. */
  readonly lanes: KeyLanes | undefined;
  readonly #timeoutMs: number;
  readonly #window: Window;
  readonly #brokers: LivenessTable;
  readonly #shares: BrokerShares;
  readonly #gate: FlowGate | undefined;
  readonly #outlet: Outlet | undefined;
  readonly #deadLetter: Observer<SendFailure> | undefined;
  readonly #onDone: () => void;
  readonly #sweep: DeadlineSweep;
  readonly #keepAlive: KeepAlive;
  readonly #statistics: ProducerStatistics;
  readonly #events: Subject<ProducerEvent>;
  readonly #logger: Logger;

  #state: 'open' | 'draining' | 'closing' | 'abandoned' = 'open';
  readonly #unsettled = new UnsettledList();
  #order = 0;
  /** The greatest place of an outcome that is or was kept, where they are taken in order. */
  #latestKept = 0;
  #dropped = 0;

  #desk: AdmissionDesk | undefined;
  #abort: Subscription | undefined;
  #isRefilling = false;
  #isRefillDue = false;
  #gateWaiters: (() => void)[] = [];
  /** In the order of what they wait for. */
  readonly #flushWaiters = new RingQueue<FlushWaiter>();
  readonly #lingering = new Set<() => void>();
  #hasInputEnded = false;

  /** `onDone` is called once, when it was abandoned or has ended and nothing of it is unsettled. */
  constructor(surroundings: FlowSurroundings, setup: FlowSetup, onDone: () => void) {
    this.clock = surroundings.clock;
    this.#sweep = surroundings.sweep;
    this.#keepAlive = surroundings.keepAlive;
    this.#statistics = surroundings.statistics;
    this.#events = surroundings.events;
    this.#logger = surroundings.logger;
    this.#timeoutMs = setup.timeoutMs ?? surroundings.timeoutMs;
    this.#window = new Window(
      setup,
      surroundings.statistics,
      surroundings.limit?.join(() => this.refill()),
    );
    this.#brokers = surroundings.brokers;
    this.#shares = new BrokerShares(this.#window, this.#brokers, this.clock);
    const { ordered = {} } = setup;
    this.lanes = ordered === false ? undefined : new KeyLanes(ordered, surroundings.statistics);
    this.#outlet = setup.outlet;
    this.keepsOutcomes = setup.keepsOutcomes !== undefined;
    this.emitsInOrder = setup.keepsOutcomes === 'in-order';
    if (setup.deadLetter !== undefined) {
      this.#deadLetter = guardedObserver(setup.deadLetter, (err) =>
        this.#logger.error({ err }, 'the dead letter threw'),
      );
    }
    this.#onDone = onDone;
    this.#gate = setup.gate;
    this.#gate?.attach(this);
  }

  // ------------------------------------------------------------------ what is in it

  /** What it holds now. */
  get pressure(): Pressure {
    const { inFlight, inFlightBytes, buffered, bufferedBytes } = this.#window;
    return { inFlight, inFlightBytes, buffered, bufferedBytes, open: this.isOpen };
  }
  /** `look` is called at every change of what it holds; undefined ends that. */
  get onPressure(): (() => void) | undefined {
    return this.#window.onChange;
  }
  set onPressure(look: (() => void) | undefined) {
    this.#window.onChange = look;
  }
  get isAbandoned(): boolean {
    return this.#state === 'abandoned';
  }

  /** Whether nothing gets a slot any more. */
  get #isEnding(): boolean {
    return this.#state === 'closing' || this.#state === 'abandoned';
  }

  /** Nothing of it is unsettled. */
  get isIdle(): boolean {
    return this.#unsettled.isEmpty;
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
    envelope.sequence = this.arrivals.next();
    if (envelope.handedInAt === 0) envelope.handedInAt = this.clock.tickNow();
    this.#statistics.offered += messagesIn(envelope);
    if (refused === undefined) this.#add(envelope);
    else this.#count(envelope, refused);
  }

  /** Gives the envelope a slot, if it fits. Its time starts here. */
  tryAdmit(envelope: Envelope): boolean {
    const isEnding = this.#isEnding;
    const isOverdue = this.#isOverdue(envelope);
    if (envelope.outcome !== undefined) return isEnding || this.#tryKeep(envelope, isOverdue);
    if (isEnding || !this.#window.tryTakeSlot(envelope.bytes, isOverdue)) return false;
    this.endLingerIfClosed();
    envelope.isAdmitted = true;
    // The tick may have been read before a call of this turn.
    envelope.startedAt = Math.max(this.clock.tickNow(), envelope.handedInAt);
    if (envelope.expiresAt === 0) envelope.expiresAt = envelope.startedAt + this.#timeoutMs;
    return true;
  }

  /** Counts an envelope that waits for its slot; false when the bounded buffer has no room for it. */
  tryBuffer(envelope: Envelope): boolean {
    if (!this.#window.tryBuffer(envelope.bytes)) return false;
    envelope.isBuffered = true;
    // A refused one is counted as failed already; only its outcome waits.
    if (envelope.outcome === undefined) this.#statistics.buffered++;
    return true;
  }

  /** Counts an envelope that waits behind another one of its key; false when there is no room for it. */
  tryBufferBehind(envelope: Envelope): boolean {
    if (!this.#window.tryBufferBehind(envelope.bytes)) return false;
    envelope.isBuffered = true;
    envelope.isBehind = true;
    this.#statistics.buffered++;
    return true;
  }

  /** The envelope waits behind no other any more, but for its slot. */
  notBehind(envelope: Envelope): void {
    if (!envelope.isBehind) return;
    envelope.isBehind = false;
    this.#window.notBehind(envelope.bytes);
  }

  /** Whether any envelope waits behind another one of its key. */
  get hasBehind(): boolean {
    return this.#window.hasBehind;
  }

  /** Of all envelopes that wait, for a slot or in a lane, the one that came first. Looks past all that are in flight. */
  get oldestBuffered(): Envelope | undefined {
    return this.#unsettled.oldestBuffered;
  }

  /** The envelope waits no longer. */
  unbuffer(envelope: Envelope): void {
    if (!envelope.isBuffered) return;
    this.notBehind(envelope);
    envelope.isBuffered = false;
    this.#window.unbuffer(envelope.bytes);
    if (envelope.outcome === undefined) this.#statistics.buffered--;
  }

  /** The envelope gets its place among the outcomes, where those come in the order of the source. */
  putInOrder(envelope: Envelope): void {
    envelope.order = ++this.#order;
    if (envelope.isKept) this.#noteKept(envelope);
  }

  /** What the buffer does with a message that finds no room. */
  get onOverflow(): OnOverflow {
    return this.#window.onOverflow;
  }

  /** The envelope finds no room in the buffer, or has to make room: it fails, and does not end the stream where it is dropped. */
  overflow(envelope: Envelope, how: 'refused' | 'dropped'): void {
    const error = overflowError(envelope, how, this.#window);
    this.settle(envelope, new Failure(envelope, { stage: 'overflow', error }, envelope.failedAttempts));
    if (this.#dropped++ === 0) this.clock.afterPoll(this.#tellDropped);
  }

  /** The subscriber has taken an outcome that held its place in the window. */
  outcomeTaken(envelope: Envelope): void {
    if (!envelope.isKept) return;
    envelope.isKept = false;
    this.#window.outcomeTaken(envelope.bytes);
  }

  /** Lets what waits in, then the pull sources go on. Iterative: a re-entrant call is absorbed by the running one. */
  refill(): void {
    this.#isRefillDue = true;
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    if (this.callerContext.isEntered) this.#refill();
    else this.callerContext.run(this.#refill);
  }

  readonly #refill = (): void => {
    try {
      // Again where a slot came free meanwhile: what waits may have come after the look at it.
      while (this.#isRefillDue) {
        this.#isRefillDue = false;
        if (this.#shares.hasWaiting && !this.#isEnding) this.#resumeWaiting();
        this.#desk?.admitWaiting();
        while (this.#gateWaiters.length > 0 && this.isOpen) this.#gateWaiters.shift()?.();
      }
      if (this.#gateWaiters.length > 0) this.#window.await();
    } finally {
      this.#isRefilling = false;
    }
    this.#window.passTurnOn();
  };

  // ------------------------------------------------------------------ the brokers

  mayTake(brokerName: string): boolean {
    return this.#shares.mayTake(brokerName);
  }

  isDown(brokerName: string): boolean {
    return this.#brokers.isDown(brokerName);
  }

  shareOf({ queue }: Targeted): ShareOfEnvelope {
    return this.#shares.of(queue.brokerName);
  }

  waitForBroker(envelope: Targeted, proceed: () => void): boolean {
    const share = this.#shares.of(envelope.queue.brokerName);
    if (!envelope.isAdmitted || this.#isEnding) return false;
    if (share.waiting.size === 0 && !this.#shares.mustWait(share, envelope.bytes)) return false;
    // One that finds no room keeps its slot and goes on: the slots are the last room there is.
    if (!this.#window.tryBufferAdmitted(envelope.bytes)) return false;
    envelope.isAdmitted = false;
    this.#window.giveSlotBack(envelope.bytes);
    envelope.isBuffered = true;
    envelope.isBehind = true;
    this.#statistics.buffered++;
    this.#shares.addWaiting(share, envelope, proceed);
    return true;
  }

  // ------------------------------------------------------------------ the gate of pull sources

  get isOpen(): boolean {
    return this.#state === 'open' && this.#window.isOpen;
  }

  get expectsMore(): boolean {
    return !this.#hasInputEnded && this.isOpen;
  }

  /** Waiting for more to come along is over when nothing more can come, or somebody waits for what is there. */
  whenLingerEnds(proceed: () => void): void {
    this.#lingering.add(proceed);
  }

  /** Where the gate has closed, who waits for more to come along waits no longer. */
  endLingerIfClosed(): void {
    if (this.#lingering.size > 0 && !this.isOpen) this.#endLinger();
  }

  /** Nothing more is handed in. */
  inputEnded(): void {
    this.#hasInputEnded = true;
    this.#endLinger();
  }

  whenOpen(resume: () => void): void {
    if (this.#state !== 'open') return;
    this.#gateWaiters.push(resume);
    if (!this.#isRefilling) this.#window.await();
  }

  addSource(): () => void {
    this.#window.sources++;
    return () => {
      this.#window.sources--;
    };
  }

  // ------------------------------------------------------------------ the end of a message

  settle<C>(envelope: Envelope<C>, outcome: EnvelopeOutcome<C>): void {
    // Answers and deadlines come in the context of sockets and timers.
    if (this.callerContext.isEntered) this.#settle(envelope, outcome);
    else this.callerContext.run(this.#settle<C>, envelope, outcome);
  }

  readonly #settle = <C>(envelope: Envelope<C>, outcome: EnvelopeOutcome<C>): void => {
    if (envelope.outcome !== undefined) {
      this.countStray();
      return;
    }
    envelope.share?.ended(envelope, outcome);
    if (this.#window.isAdaptive && envelope.sink !== undefined) this.#adapt(envelope, outcome);
    envelope.sink = undefined;
    const end = outcome.ok ? outcome : this.#endOfFailed(envelope, outcome);
    // The caller's retryOn may have stopped the stream, which settled the envelope.
    if (envelope.outcome !== undefined) return;
    if (end === undefined) {
      if (!outcome.ok) envelope.attemptFailure = outcome;
    } else if (end.ok && end.status !== 'UNCONFIRMED' && envelope.sequel !== undefined && !envelope.isInSequel) {
      envelope.isInSequel = true;
      this.#recordLatency(envelope);
      // Its place in the order is certain. Held until the end of local work, the lane could wait for a message of that work.
      const { lane } = envelope;
      lane?.leave(envelope, end);
      envelope.sequel.begin(envelope, end);
      if (lane !== undefined) this.refill();
      return;
    } else {
      this.#conclude(envelope, end);
    }
    const holder = envelope.holder;
    if (holder !== undefined) {
      envelope.holder = undefined;
      holder.released(envelope);
    }
    if (this.#flushWaiters.length > 0) this.#tellFlushed();
    if (this.#state === 'abandoned' && this.isIdle) this.#done();
  };

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

  /** Operators between the stages did not let a settled envelope through: its outcome goes to the end without them. */
  passDropped(envelope: Envelope): void {
    this.#outlet?.takeDropped(envelope);
  }

  /**
   * Part of `DeadlineHolder`: ends what is out of time, wherever it waits. An attempt under way is judged by its connection,
   * a sequel by itself.
   */
  expire(now: number): boolean {
    const isOverdue = ({ sink, expiresAt }: Envelope): boolean =>
      sink === undefined && expiresAt !== 0 && expiresAt <= now;
    for (const envelope of this.#unsettled.where(isOverdue)) {
      // The end of one may have ended others, or sent them to a broker.
      if (envelope.outcome !== undefined || envelope.sink !== undefined) continue;
      if (envelope.isInSequel) envelope.sequel?.expired(envelope);
      else this.#end(envelope, envelope.holder?.stage ?? 'send', deadlineError(envelope, now));
    }
    // That a silent broker may be asked again comes with time alone.
    if (this.#shares.hasWaiting) this.refill();
    return !this.isIdle;
  }

  // ------------------------------------------------------------------ stopping

  /** Takes no more and lets everything accepted end; with an error, the stream then ends with it. */
  closeAdmission(error?: RocketMQError): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#closeGate();
    this.callerContext.run(() => this.#desk?.closeAdmission(error));
  }

  /** Takes no more, gives back what waits for a slot, and lets the rest end. */
  drainAdmitted(): void {
    this.closeAdmission();
    if (this.#state === 'draining') this.#state = 'closing';
    for (const envelope of this.#unsettled) {
      if (!envelope.isAdmitted) this.#end(envelope, 'abort', abandonedError());
    }
  }

  /** Nobody listens any more: gives back what is not with a broker, and lets only attempts under way end. */
  abandon(): void {
    if (this.#state === 'abandoned') return;
    this.#state = 'abandoned';
    this.#closeGate();
    const failures: SendFailure[] = [];
    for (const envelope of this.#unsettled) {
      if (!envelope.isWithBroker) failures.push(...this.#end(envelope, 'abort', abandonedError()));
    }
    if (failures.length > 0) this.#events.next({ type: 'abandoned', failures });
    if (this.isIdle) this.#done();
  }

  /** `signal` ends everything, also after the flow was abandoned. */
  abortAt(signal: AbortSignal): void {
    this.#abort = stopOf(signal).subscribe(() => {
      this.abort('abort', createError('RMQ_ABORTED', 'the stream was aborted by its signal', { cause: signal.reason }));
    });
  }

  /** Ends everything now: what is with a broker may be stored, the rest is not. */
  abort(stage: 'abort' | 'shutdown', error: RocketMQError): readonly SendFailure[] {
    this.closeAdmission(error);
    if (this.#state === 'draining') this.#state = 'closing';
    const failures: SendFailure[] = [];
    for (const envelope of this.#unsettled) {
      failures.push(...this.#end(envelope, stage, envelope.isWithBroker ? withStored(error, 'maybe') : error));
    }
    return failures;
  }

  /** Resolves when everything that was handed in before this call is settled; later messages do not delay it. */
  flush(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    this.#endLinger();
    const sequence = this.arrivals.count;
    return new Promise((resolve) => this.#flushWaiters.push({ sequence, resolve }));
  }

  // ------------------------------------------------------------------ inside

  /** What a message ends with whose attempt, or whose waiting, failed; undefined where it gets another attempt. */
  #endOfFailed<C>(envelope: Envelope<C>, failure: SendFailure<C>): EnvelopeOutcome<C> | undefined {
    const final = this.#finalFailure(envelope, failure);
    if (final === undefined) return undefined;
    // What was ended from outside has no sequel any more, so a receipt alone would say too much.
    const isStoredAnyway = envelope.sequel === undefined || (failure.stage === 'send' && !envelope.isInSequel);
    return isStoredAnyway ? (envelope.weakReceipt ?? final) : final;
  }

  /** Only a failed attempt can be followed by another; whatever else ends a message, ends it. */
  #finalFailure<C>(envelope: Envelope<C>, failure: SendFailure<C>): SendFailure<C> | undefined {
    const { judge } = envelope;
    if (judge === undefined || failure.stage !== 'send') return failure;
    if (this.#state === 'abandoned' || envelope.isInSequel) return failure;
    return judge.finalFailure(envelope, failure);
  }

  #conclude<C>(envelope: Envelope<C>, outcome: EnvelopeOutcome<C>): void {
    const { isAdmitted, isBuffered } = envelope;
    if (isAdmitted) this.#window.giveSlotBack(envelope.bytes);
    else this.unbuffer(envelope);
    if (this.#shares.hasWaiting) this.#shares.removeWaiting(envelope);
    // What was ended while it waited was accepted too; what finds no room, or makes it for others, has no place.
    const hasPlace = isAdmitted || (isBuffered && (outcome.ok || outcome.stage !== 'overflow'));
    if (hasPlace && this.keepsOutcomes && this.#state !== 'abandoned') this.#keep(envelope);
    envelope.outcome = outcome;
    this.#remove(envelope);
    envelope.lane?.leave(envelope, outcome);
    this.#count(envelope, outcome);
    envelope.sequel?.ended(envelope);
  }

  /** Ends a message from outside: whatever the retry loop thinks of it. Returns what failed by that. */
  #end(envelope: Envelope, stage: Stage, error: RocketMQError): readonly SendFailure[] {
    if (envelope.sink !== undefined) envelope.addFailedAttempt(error);
    const failure = new Failure(envelope, { stage, error }, envelope.failedAttempts);
    envelope.attemptsAllowed = 0;
    this.settle(envelope, failure);
    // What was stored before, if weakly, has its receipt.
    return envelope.outcome === failure ? failuresOf(envelope, failure) : [];
  }

  /** Gives those their slots again that need wait for their brokers no longer, and sends them on. */
  #resumeWaiting(): void {
    for (let next = this.#shares.nextReady(); next !== undefined; next = this.#shares.nextReady()) {
      const [envelope, proceed] = next;
      const now = this.clock.tickNow();
      if (envelope.expiresAt <= now) {
        // An attempt now could only make of 'not stored' a 'maybe'.
        this.#end(envelope, 'select', deadlineError(envelope, now));
        continue;
      }
      if (!this.#window.tryTakeSlot(envelope.bytes, this.#isOverdue(envelope))) return;
      this.#shares.removeWaiting(envelope);
      this.unbuffer(envelope);
      envelope.isAdmitted = true;
      this.shareOf(envelope as Targeted).begin(envelope);
      proceed();
    }
  }

  /** What is due before outcomes that are kept cannot wait for their places: they wait for it. */
  #isOverdue({ order }: Envelope): boolean {
    return order > 0 && order < this.#latestKept;
  }

  /** Only answers tell how much the brokers can take: an attempt that failed otherwise says nothing about it. */
  #adapt(envelope: Envelope, outcome: EnvelopeOutcome): void {
    const isBusy = !outcome.ok && outcome.error.code === 'RMQ_BROKER_BUSY';
    if (!outcome.ok && !isBusy) return;
    const now = this.clock.tickNow();
    this.#window.answered(now - envelope.attemptStartedAt, isBusy, now, this.#shares.stuck);
  }

  /** A refused message takes no slot; but where outcomes are kept, its outcome needs a place. */
  #tryKeep(envelope: Envelope, isOverdue: boolean): boolean {
    if (!isOverdue && !this.#window.hasPlaceFor(envelope.bytes)) return false;
    this.#keep(envelope);
    return true;
  }

  #noteKept({ order }: Envelope): void {
    if (this.emitsInOrder) this.#latestKept = Math.max(this.#latestKept, order);
  }

  #keep(envelope: Envelope): void {
    this.#window.keepOutcome(envelope.bytes);
    envelope.isKept = true;
    this.#noteKept(envelope);
  }

  #endLinger(): void {
    const lingering = [...this.#lingering];
    this.#lingering.clear();
    for (const proceed of lingering) proceed();
  }

  #done(): void {
    this.#abort?.unsubscribe();
    this.#window.passTurnOn();
    this.#onDone();
  }

  readonly #tellDropped = (): void => {
    this.#events.next({ type: 'overflow', dropped: this.#dropped });
    this.#dropped = 0;
  };

  #closeGate(): void {
    this.#gateWaiters = [];
    this.#gate?.detach(this);
  }

  /** Of the send alone: how long a sequel takes is not the broker's doing. */
  #recordLatency(envelope: Envelope): void {
    const now = this.clock.tickNow();
    this.#statistics.recordLatency(now - envelope.startedAt, now - envelope.handedInAt, now);
  }

  #count(envelope: Envelope, outcome: EnvelopeOutcome): void {
    if (outcome.ok) {
      this.#statistics.sent += messagesIn(envelope);
      if (!envelope.isInSequel) this.#recordLatency(envelope);
    } else {
      this.#statistics.failed += messagesIn(envelope);
      this.#logger.debug({ msgId: outcome.msgId, stage: outcome.stage, code: outcome.error.code }, 'message failed');
      if (this.#deadLetter !== undefined) for (const one of failuresOf(envelope, outcome)) this.#deadLetter.next(one);
    }
    envelope.listener?.settled(outcome);
  }

  #add(envelope: Envelope): void {
    if (this.isIdle) {
      this.#keepAlive.acquire();
      this.#sweep.watch(this);
    }
    this.#unsettled.add(envelope);
  }

  #remove(envelope: Envelope): void {
    this.#unsettled.remove(envelope);
    if (this.isIdle) this.#keepAlive.release();
  }

  #tellFlushed(): void {
    const reached = this.#unsettled.oldest?.sequence ?? Number.POSITIVE_INFINITY;
    for (let first = this.#flushWaiters.peek(); first !== undefined; first = this.#flushWaiters.peek()) {
      if (first.sequence >= reached) return;
      this.#flushWaiters.shift();
      first.resolve();
    }
  }
}
