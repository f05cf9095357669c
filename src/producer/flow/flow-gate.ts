/**
 * A gate in the caller's hands: for pull sources that cannot find the gate of their pipeline by themselves, and for
 * sources that slow down by their own means. It counts nothing; it shows what the flows of its pipelines hold.
 *
 *     shut ──a pipeline is subscribed to──► follows its flows ──the last one ends──► over (until the next one)
 *                                             open: none is full, and it is not paused
 */
import { Observable } from 'rxjs';
import { textOf } from '../../callbacks/thrown.js';
import { forListeners } from '../../callbacks/listener-observable.js';
import { internalKey } from '../../errors/copies.js';
import { createError } from '../../errors/rocketmq-error.js';
import { assertSameVersion, markVersion } from '../../errors/same-version.js';
import type { Arrivals } from './arrivals.js';
import { whenAborted } from './abort-listeners.js';
import { assertGiven } from '../../options/check-options.js';
import { waitArguments } from '../call-options.js';
import type { Gate } from './gate.js';
import type { FlowOptions, Pressure } from './window.js';

/** What a gate needs of a flow. */
export interface GatedFlow extends Gate {
  readonly pressure: Pressure;
  /** Is called at every change of what it holds. */
  onPressure: (() => void) | undefined;
}

/** A gate has no logger: it may be of no pipeline, or of several. */
const warnOfListener = (thrown: unknown): void =>
  process.emitWarning(`a listener of pressure$ threw: ${textOf(thrown)}`, { code: 'RMQ_LISTENER_FAILED' });

interface Waiter {
  readonly resume: () => void;
  /** The pipelines have ended. */
  readonly giveUp: () => void;
}

const FLOW_GATE = Symbol.for(internalKey('gate'));

export class FlowGate implements Gate {
  /** @internal What its pipelines go by where their own options say nothing. */
  readonly options: FlowOptions;
  readonly #flows = new Map<GatedFlow, (() => void)[]>();
  readonly #waiters = new Set<Waiter>();
  readonly #watchers = new Set<() => void>();
  /** Asked to say when it is open. */
  #awaited: GatedFlow | undefined;
  #sources = 0;
  #isPaused = false;
  #isOver = false;
  #isLookDue = false;

  /** @internal */
  constructor(options: FlowOptions) {
    this.options = options;
  }

  /** Whether a message handed in now gets a slot at once. False while no pipeline that was given this gate is subscribed to. */
  get open(): boolean {
    return this.isOpen;
  }

  /** What the pipelines hold: now, and then whenever it has changed, once per turn of the event loop at most. Never ends. */
  readonly pressure$: Observable<Pressure> = forListeners(
    new Observable<Pressure>((subscriber) => {
      const tell = (): void => subscriber.next(this.#pressure());
      this.#watchers.add(tell);
      this.#look();
      tell();
      return () => {
        this.#watchers.delete(tell);
        this.#look();
      };
    }),
    warnOfListener,
  );

  /**
   * Resolves when the gate is open, which it may not be for long: hand in one message, and ask again. Rejects with
   * RMQ_ABORTED when `signal` is aborted, and with RMQ_CLOSED when the pipelines have ended.
   */
  ready(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal !== undefined) assertGiven('arguments of ready()', { signal }, waitArguments);
      const abort = (): void =>
        reject(createError('RMQ_ABORTED', 'the wait for the gate was aborted', { cause: signal?.reason }));
      const over = (): void => reject(createError('RMQ_CLOSED', 'the pipeline of this gate has ended'));
      if (signal?.aborted === true) abort();
      else if (this.#isOver) over();
      else if (this.isOpen) resolve();
      else {
        const stopWaiting = (): void => {
          this.#waiters.delete(waiter);
          abort();
        };
        const forget = signal && whenAborted(signal, stopWaiting);
        const done = (tell: () => void) => (): void => {
          forget?.();
          tell();
        };
        const waiter = { resume: done(resolve), giveUp: done(over) };
        this.#wait(waiter);
      }
    });
  }

  /** Closes the gate, whatever the pipelines hold. What was handed in goes on. */
  pause(): void {
    this.#isPaused = true;
    this.#changed();
  }

  /** Takes `pause` back. */
  resume(): void {
    this.#isPaused = false;
    this.#changed();
    this.#reconsider();
  }

  /** @internal */
  get isOpen(): boolean {
    if (this.#isPaused || this.#flows.size === 0) return false;
    for (const flow of this.#flows.keys()) if (!flow.isOpen) return false;
    return true;
  }

  /** @internal */
  whenOpen(resume: () => void): void {
    this.#wait({ resume, giveUp: () => {} });
  }

  /** @internal */
  addSource(): () => void {
    this.#sources++;
    for (const [flow, leave] of this.#flows) leave.push(flow.addSource());
    return () => {
      this.#sources--;
      for (const leave of this.#flows.values()) leave.pop()?.();
    };
  }

  /** @internal Those of the first pipeline: what one source hands to several arrives at each. */
  get arrivals(): Arrivals | undefined {
    const [first] = this.#flows.keys();
    return first?.arrivals;
  }

  /** @internal A pipeline that was given this gate is subscribed to. */
  attach(flow: GatedFlow): void {
    this.#isOver = false;
    this.#flows.set(
      flow,
      Array.from({ length: this.#sources }, () => flow.addSource()),
    );
    this.#look();
    this.#changed();
    // Not before the flow can admit something.
    queueMicrotask(this.#reconsider);
  }

  /** @internal The pipeline takes no more. */
  detach(flow: GatedFlow): void {
    if (!this.#flows.delete(flow)) return;
    flow.onPressure = undefined;
    if (this.#awaited === flow) this.#awaited = undefined;
    this.#changed();
    if (this.#flows.size > 0) {
      this.#reconsider();
    } else {
      this.#isOver = true;
      const waiters = [...this.#waiters];
      this.#waiters.clear();
      for (const { giveUp } of waiters) giveUp();
    }
  }

  /** @internal Whether `value` is a gate, of this or of another copy of this version. Throws RMQ_ARGUMENT_INVALID for one of another version. */
  static isGate(value: unknown): value is FlowGate {
    assertSameVersion(value, 'gate');
    return typeof value === 'object' && value !== null && FLOW_GATE in value;
  }

  #wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#watch();
  }

  /** Asks the first flow that is full to say when it is not. */
  #watch(): void {
    if (this.#isPaused || this.#waiters.size === 0 || this.#awaited !== undefined) return;
    for (const flow of this.#flows.keys()) {
      if (flow.isOpen) continue;
      this.#awaited = flow;
      flow.whenOpen(this.#onOpen);
      return;
    }
    if (this.#flows.size > 0) queueMicrotask(this.#reconsider);
  }

  readonly #onOpen = (): void => {
    this.#awaited = undefined;
    this.#reconsider();
  };

  readonly #reconsider = (): void => {
    for (const waiter of this.#waiters) {
      if (!this.isOpen) break;
      this.#waiters.delete(waiter);
      waiter.resume();
    }
    this.#watch();
  };

  #pressure(): Pressure {
    const total = { inFlight: 0, inFlightBytes: 0, buffered: 0, bufferedBytes: 0 };
    for (const { pressure } of this.#flows.keys()) {
      total.inFlight += pressure.inFlight;
      total.inFlightBytes += pressure.inFlightBytes;
      total.buffered += pressure.buffered;
      total.bufferedBytes += pressure.bufferedBytes;
    }
    return { ...total, open: this.isOpen };
  }

  #look(): void {
    const look = this.#watchers.size === 0 ? undefined : this.#changed;
    for (const flow of this.#flows.keys()) flow.onPressure = look;
  }

  readonly #changed = (): void => {
    if (this.#isLookDue || this.#watchers.size === 0) return;
    this.#isLookDue = true;
    setImmediate(() => {
      this.#isLookDue = false;
      for (const tell of this.#watchers) tell();
    });
  };
}

Object.defineProperty(FlowGate.prototype, FLOW_GATE, { value: true });
markVersion(FlowGate.prototype, 'gate');
