/**
 * Where messages get their slots: pull sources are paused through the gate, push sources wait in a bounded buffer.
 * What a slot is and when it is given back is `Flow`'s.
 */
import { Observable, type OperatorFunction, type Subscriber, type Subscription } from 'rxjs';
import { RingQueue } from '../src/collections/ring-queue.js';
import { createError, type RocketMQError } from '../src/errors/rocketmq-error.js';
import type { Envelope, Holder, Open, Settled } from '../src/producer/envelope.js';
import type { AdmissionDesk, Flow, FlowOptions } from '../src/producer/flow.js';
import { withAmbientGate } from '../src/producer/gate.js';
import { Failure } from '../src/producer/outcome.js';
import { coreOf, isProducer, type Producer } from '../src/producer/producer.js';
import { passOn } from './stage.js';

/** Where `admit` gets the flow of a subscription from: a producer, or a test. */
export interface FlowSource {
  createFlow(options: FlowOptions): Flow;
}

/**
 * Bounds what is below it to a window, by count and by bytes.
 *
 * - A pull source (`fromPull`) above it, through any operators that subscribe synchronously, is read only while there
 *   is room: in flight never exceeds the window, plus at most one message that waits because its size did not fit.
 * - Any other source is buffered up to `buffer.messages` and `buffer.bytes`; beyond that a message fails with
 *   RMQ_OVERLOADED, `stored: 'no'`, stage `overflow`. **What was accepted is still sent.**
 * - Completion, and an error from above, pass on once everything accepted is settled.
 * - `producer.shutdown()` ends the input here; the stream then errors with RMQ_CLOSED unless its source had completed.
 *
 * Unsubscribing gives back what was not sent; what is with a broker keeps its slot until it is answered.
 */
export function admit<C>(
  to: Producer | FlowSource,
  options: FlowOptions = {},
): OperatorFunction<Open<C> | Settled<C>, Open<C> | Settled<C>> {
  const flows: FlowSource = isProducer(to) ? coreOf(to) : to;
  return (source) =>
    new Observable<Envelope>((subscriber) => {
      const flow = flows.createFlow(options);
      const desk = new Desk(flow, subscriber);
      flow.serve(desk);
      desk.takeInput(withAmbientGate(flow, () => source.subscribe(desk)));
      return () => {
        desk.closeInput();
        flow.abandon();
      };
    }) as Observable<Open<C> | Settled<C>>;
}

class Desk implements AdmissionDesk, Holder {
  readonly stage = 'overflow';
  readonly #flow: Flow;
  readonly #subscriber: Subscriber<Envelope>;
  readonly #waiting = new RingQueue<Envelope>();
  #input: Subscription | undefined;
  /** Set when the input has ended: tells so downstream. */
  #end: (() => void) | undefined;

  constructor(flow: Flow, subscriber: Subscriber<Envelope>) {
    this.#flow = flow;
    this.#subscriber = subscriber;
  }

  next(envelope: Envelope): void {
    if (this.#end !== undefined || envelope.holder !== undefined || envelope.isAdmitted) {
      envelope.flow.countStray();
      return;
    }
    this.#flow.adopt(envelope);
    if (envelope.outcome !== undefined) this.#subscriber.next(envelope);
    else if (this.#waiting.length === 0 && this.#flow.tryAdmit(envelope)) this.#pass(envelope);
    else if (this.#flow.tryBuffer(envelope)) this.#wait(envelope);
    else this.#overflow(envelope);
  }

  error(error: unknown): void {
    this.#endWith(() => this.#subscriber.error(error));
  }

  complete(): void {
    this.#endWith(() => this.#subscriber.complete());
  }

  takeInput(input: Subscription): void {
    this.#input = input;
    // A source that emits while it is subscribed to can have ended the flow before its subscription was known.
    if (this.#end !== undefined) input.unsubscribe();
  }

  closeInput(): void {
    this.#input?.unsubscribe();
  }

  admitWaiting(): void {
    for (let head = this.#waiting.peek(); head !== undefined; head = this.#waiting.peek()) {
      const isWaiting = head.outcome === undefined;
      if (isWaiting && !this.#flow.tryAdmit(head)) return;
      this.#waiting.shift();
      if (isWaiting) {
        head.holder = undefined;
        this.#flow.unbuffer(head);
        passOn(this.#subscriber, head);
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
    this.#flow.unbuffer(envelope);
    this.#subscriber.next(envelope);
    this.#flow.refill();
  }

  #pass(envelope: Envelope): void {
    passOn(this.#subscriber, envelope);
    // What was handed in while it was passed on waits for its slot, and nobody else tells that it is free.
    if (envelope.outcome !== undefined && this.#waiting.length > 0) this.#flow.refill();
  }

  #wait(envelope: Envelope): void {
    envelope.holder = this;
    this.#waiting.push(envelope);
  }

  #overflow(envelope: Envelope): void {
    const waiting = this.#flow.buffered;
    const error = createError('RMQ_OVERLOADED', `${waiting} messages already wait for a slot`, {
      detail: { topic: envelope.message.topic, buffered: waiting },
    });
    this.#flow.settle(envelope, new Failure(envelope, { stage: this.stage, error }));
    this.#subscriber.next(envelope);
  }

  #endWith(tell: () => void): void {
    this.#end ??= tell;
    this.#endWhenIdle();
  }

  /** Not before everything is settled: ending earlier would tear the stages below down with messages in them. */
  #endWhenIdle(): void {
    if (this.#flow.isIdle) this.#end?.();
  }
}
