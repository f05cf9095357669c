/**
 * Where messages get their slots: pull sources are paused through the gate, push sources wait in a bounded buffer.
 * What a slot is and when it is given back is `Flow`'s.
 */
import { Observable, type Observer, type OperatorFunction, type Subscriber, Subscription } from 'rxjs';
import { HeapQueue } from '../src/collections/heap-queue.js';
import { RingQueue } from '../src/collections/ring-queue.js';
import type { RocketMQError } from '../src/errors/rocketmq-error.js';
import type { Envelope, Holder, Open, Settled } from '../src/producer/message/envelope.js';
import type { AdmissionDesk, Flow, FlowSetup } from '../src/producer/flow/flow.js';
import type { FlowGate } from '../src/producer/flow/flow-gate.js';
import type { KeyLanes } from '../src/producer/flow/key-lanes.js';
import type { OrderedOptions } from '../src/producer/flow/ordered-options.js';
import { ambientGate } from '../src/producer/flow/gate.js';
import { Failure, type SendFailure } from '../src/producer/message/outcome.js';
import { ambientOutlet } from '../src/producer/flow/outlet.js';
import { assertGiven } from '../src/options/check-options.js';
import { admitArguments, admitOptions } from '../src/producer/stage-options.js';
import { coreOf, isProducer, type Producer } from '../src/producer/producer.js';
import { stopOf } from '../src/producer/flow/stop.js';
import type { FlowOptions } from '../src/producer/flow/window.js';
import { fail, isPart, passOn } from './stage.js';
import { subscribeLinked } from './subscribe-linked.js';

/** Where `admit` gets the flow of a subscription from: a producer, or a test. */
export interface FlowSource {
  createFlow(setup: FlowSetup): Flow;
}

/** How much is let in, by whom that is seen, and what ends it. */
export interface AdmitOptions extends FlowOptions {
  /** A gate of the caller's, which opens and closes with this pipeline. */
  readonly gate?: FlowGate | undefined;
  /** Is told every failure. What it throws, or rejects with, is logged, and has no other effect. */
  readonly deadLetter?: Partial<Observer<SendFailure>> | undefined;
  /** Take no more at its first value (or abort), finish what was taken, complete. */
  readonly until?: Observable<unknown> | AbortSignal | undefined;
  /** Stop now: what is with a broker may be stored. It holds also after `unsubscribe`. */
  readonly signal?: AbortSignal | undefined;
  /** Which messages keep their order; when absent, those of one `shardingKey`, and a failed one is skipped. */
  readonly ordered?: OrderedOptions<never> | false | undefined;
  /** Ms from a message's slot to its outcome; default `sendTimeoutMs` of the producer. */
  readonly timeoutMs?: number | undefined;
  /** An outcome holds its place in the window until `settle` (or whatever stands there) says that it was taken. */
  readonly keepsOutcomes?: FlowSetup['keepsOutcomes'] | undefined;
}

/**
 * Bounds what is below it to a window, by count and by bytes.
 *
 * - A pull source (`fromPull`) above it, through any operators that subscribe synchronously, is read only while there
 *   is room: in flight never exceeds the window, plus at most one message per source that waits because it did not fit.
 * - Any other source is buffered up to `buffer.messages` and `buffer.bytes`; beyond that `buffer.onOverflow` decides. By
 *   default a message then fails with RMQ_OVERLOADED, `stored: 'no'`, stage `overflow`. **What was accepted is still sent.**
 * - Messages of one key keep their order (`ordered`): one at a time, its attempts included, until it is stored or has
 *   failed for good. The others wait in the buffer, not in the window, so that one busy key holds up no other; a pull
 *   source is read on until the buffer is full.
 * - Completion, and an error from above, pass on once everything accepted is settled.
 * - Three verbs end it. `until`: takes no more, finishes, completes. `unsubscribe`: gives back what was not sent; what is
 *   with a broker keeps its slot until it is answered. `signal`: ends everything now, and errors with RMQ_ABORTED.
 * - `producer.shutdown()` ends the input here; the stream then errors with RMQ_CLOSED unless its source had completed.
 * - Operators of the caller's between the stages below must pass each envelope on once and synchronously. What they drop
 *   or delay goes on without them: an open envelope fails (RMQ_ENVELOPE_DROPPED), a failed attempt is repeated all the
 *   same, an outcome goes to `settle`. Doubles and copies are ignored. No slot is lost by any of that.
 */
export function admit<C>(
  to: Producer | FlowSource,
  options: AdmitOptions = {},
): OperatorFunction<Open<C> | Settled<C>, Open<C> | Settled<C>> {
  assertGiven('arguments of admit', { to }, admitArguments);
  assertGiven('options of admit', options, admitOptions);
  const flows: FlowSource = isProducer(to) ? coreOf(to) : to;
  const { until, signal, ...setup } = options;
  return (source) =>
    new Observable<Envelope>((subscriber) => {
      const flow = flows.createFlow({ ...setup, outlet: ambientOutlet.current });
      const desk = new Desk(flow, subscriber);
      flow.serve(desk);
      if (signal !== undefined) flow.abortAt(signal);
      const stop = until === undefined ? undefined : stopOf(until).subscribe(desk.stop);
      if (!desk.hasEnded) {
        // What is sent on the way up is no part of this pipeline.
        flow.callerContext.run(() =>
          ambientOutlet.runWithout(() =>
            ambientGate.run(flow, () => subscribeLinked(source, subscriber, desk, desk.takeInput)),
          ),
        );
      }
      return () => {
        stop?.unsubscribe();
        desk.closeInput();
        flow.abandon();
      };
    }) as Observable<Open<C> | Settled<C>>;
}

class Desk implements AdmissionDesk, Holder {
  readonly stage = 'overflow';
  readonly #flow: Flow;
  readonly #subscriber: Subscriber<Envelope>;
  readonly #waiting: RingQueue<Envelope> | HeapQueue<Envelope>;
  /** Of those that wait: settled meanwhile, and passed on. */
  #gone = 0;
  #input = Subscription.EMPTY;
  /** Set when the input has ended: tells so downstream. */
  #end: (() => void) | undefined;

  constructor(flow: Flow, subscriber: Subscriber<Envelope>) {
    this.#flow = flow;
    // Where outcomes come in the order of the source, those of later messages must not be waited for by earlier ones.
    this.#waiting = flow.emitsInOrder ? new HeapQueue((a, b) => a.order < b.order) : new RingQueue();
    this.#subscriber = subscriber;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** A source that is pushed to from elsewhere, a request of another user perhaps, comes in that context. */
  next(envelope: Envelope): void {
    const { callerContext } = this.#flow;
    if (callerContext.isEntered) this.#take(envelope);
    else callerContext.run(this.#take, envelope);
  }

  readonly #take = (envelope: Envelope): void => {
    if (!isPart(envelope, this.#subscriber)) return;
    if (this.hasEnded || envelope.holder !== undefined || envelope.sequence !== 0) {
      envelope.flow.countStray();
      return;
    }
    const flow = this.#flow;
    flow.adopt(envelope);
    if (flow.lanes !== undefined && !this.#enterLane(envelope, flow.lanes)) return;
    if (envelope.outcome !== undefined && !flow.keepsOutcomes) passOn(this.#subscriber, envelope);
    else if (this.#isFirst && flow.tryAdmit(envelope)) this.#pass(envelope);
    else if (flow.tryBuffer(envelope) || this.#makeRoom(envelope)) this.#wait(envelope);
    else this.#refuse(envelope);
    // Stopped by a function of the caller's, with this message on its way through here: nobody else sees that it is settled.
    if (this.hasEnded) flow.refill();
  };

  error(error: unknown): void {
    this.#endWith(() => this.#subscriber.error(error));
  }

  complete(): void {
    this.#endWith(() => this.#subscriber.complete());
  }

  /** What `until` does. That it ends without a value means nothing. */
  readonly stop = {
    next: (): void => this.#flow.closeAdmission(),
    error: (error: unknown): void => {
      this.closeInput();
      this.error(error);
    },
  };

  readonly takeInput = (input: Subscription): void => {
    this.#input = input;
  };

  closeInput(): void {
    this.#input.unsubscribe();
  }

  admitWaiting(): void {
    for (;;) {
      if (this.#flow.lanes?.hasFreed === true) this.#takeFreed(this.#flow.lanes);
      const head = this.#waiting.peek();
      if (head === undefined) break;
      const isWaiting = head.isBuffered;
      if (isWaiting && !this.#flow.tryAdmit(head)) return;
      this.#waiting.shift();
      if (isWaiting) {
        head.holder = undefined;
        this.#flow.unbuffer(head);
        passOn(this.#subscriber, head);
      } else {
        this.#gone--;
      }
    }
    this.#endWhenIdle();
  }

  closeAdmission(error: RocketMQError | undefined): void {
    this.closeInput();
    if (error === undefined) this.complete();
    else this.error(error);
  }

  /** A message was settled while it waited for its slot. */
  released(envelope: Envelope): void {
    this.#gone++;
    passOn(this.#subscriber, envelope);
    // Behind a head that waits long, what is gone would pile up.
    if (this.#gone > MAX_GONE && this.#gone > this.#waiting.length / 2) this.#sweepGone();
    this.#flow.refill();
  }

  get #isFirst(): boolean {
    return this.#waiting.length === this.#gone;
  }

  #pass(envelope: Envelope): void {
    this.#flow.putInOrder(envelope);
    passOn(this.#subscriber, envelope);
    // What was handed in while it was passed on waits for its slot, and nobody else tells that it is free.
    if (envelope.outcome === undefined) return;
    if (this.#waiting.length > 0 || this.#flow.lanes?.hasFreed === true) this.#flow.refill();
  }

  #wait(envelope: Envelope): void {
    this.#flow.putInOrder(envelope);
    // A settled one has nothing more to be told of; it only waits for a place for its outcome.
    if (envelope.outcome === undefined) envelope.holder = this;
    this.#waiting.push(envelope);
  }

  /** Whether the envelope goes on at once: it is the first of its key, has none, or has its outcome. Otherwise it waits. */
  #enterLane(envelope: Envelope, lanes: KeyLanes): boolean {
    if (envelope.outcome !== undefined) {
      lanes.refused(envelope);
      return true;
    }
    const key = keyOf(envelope, lanes);
    // The caller's function may have stopped the stream, which settled the envelope.
    if (key === undefined || envelope.outcome !== undefined) return true;
    if (this.#endIfHalted(envelope, lanes, key)) return true;
    return lanes.enter(envelope, key) || this.#waitBehind(envelope, lanes, key);
  }

  /** The envelope waits behind another one of its key; true where making room for it has dropped that one. */
  #waitBehind(envelope: Envelope, lanes: KeyLanes, key: string): boolean {
    while (envelope.ahead !== undefined) {
      if (this.#flow.tryBufferBehind(envelope)) {
        this.#flow.putInOrder(envelope);
        envelope.holder = this.#behind;
        this.#flow.endLingerIfClosed();
        return false;
      }
      if (this.#dropOldest()) continue;
      this.#refuse(envelope);
      return false;
    }
    this.#endIfHalted(envelope, lanes, key);
    return true;
  }

  /** Who waits behind another one of its key. */
  readonly #behind: Holder = {
    stage: 'order',
    released: (envelope) => {
      passOn(this.#subscriber, envelope);
      this.#flow.refill();
    },
  };

  /** Those that are the first of their lanes now wait for their slots, after all that do already (or in the order of the source). */
  #takeFreed(lanes: KeyLanes): void {
    for (let next = lanes.nextFreed(); next !== undefined; next = lanes.nextFreed()) {
      if (!next.isBehind) continue;
      if (this.#endIfHalted(next, lanes, next.laneKey ?? '')) continue;
      this.#flow.notBehind(next);
      next.holder = this;
      this.#waiting.push(next);
    }
  }

  #endIfHalted(envelope: Envelope, lanes: KeyLanes, key: string): boolean {
    const error = lanes.haltOf(envelope, key);
    if (error !== undefined) this.#flow.settle(envelope, new Failure(envelope, { stage: 'order', error }));
    return error !== undefined;
  }

  /** Drops what has waited longest, if that is the policy, until the envelope finds room. */
  #makeRoom(envelope: Envelope): boolean {
    if (this.#flow.onOverflow !== 'drop-oldest') return false;
    if (this.#flow.hasBehind) {
      while (this.#dropOldest()) if (this.#flow.tryBuffer(envelope)) return true;
      return false;
    }
    for (let oldest = this.#waiting.peek(); oldest !== undefined; oldest = this.#waiting.peek()) {
      if (oldest.isBuffered && oldest.outcome === undefined) this.#flow.overflow(oldest, 'dropped');
      else if (oldest.isBuffered) break;
      if (this.#waiting.peek() === oldest) {
        this.#waiting.shift();
        this.#gone--;
      }
      if (this.#flow.tryBuffer(envelope)) return true;
    }
    return false;
  }

  /** Of all that wait, behind others or for a slot. False where nothing does, or the policy is another. */
  #dropOldest(): boolean {
    const oldest = this.#flow.onOverflow === 'drop-oldest' ? this.#flow.oldestBuffered : undefined;
    if (oldest !== undefined) this.#flow.overflow(oldest, 'dropped');
    return oldest !== undefined;
  }

  #refuse(envelope: Envelope): void {
    if (envelope.outcome === undefined) {
      this.#flow.overflow(envelope, this.#flow.onOverflow === 'error' ? 'refused' : 'dropped');
    }
    passOn(this.#subscriber, envelope);
  }

  #sweepGone(): void {
    const waiting = [...this.#waiting].filter((envelope) => envelope.isBuffered);
    this.#waiting.clear();
    this.#gone = 0;
    for (const envelope of waiting) this.#waiting.push(envelope);
  }

  #endWith(tell: () => void): void {
    this.#end ??= tell;
    this.#flow.callerContext.run(() => {
      this.#flow.inputEnded();
      this.#endWhenIdle();
    });
  }

  /** Not before everything is settled: ending earlier would tear the stages below down with messages in them. */
  #endWhenIdle(): void {
    if (this.#flow.isIdle && this.#isFirst) this.#end?.();
  }
}

const MAX_GONE = 64;

function keyOf(envelope: Envelope, lanes: KeyLanes): string | undefined {
  try {
    return lanes.keyOf(envelope);
  } catch (thrown) {
    fail(envelope, 'order', 'RMQ_KEY_FAILED', thrown);
    return undefined;
  }
}
