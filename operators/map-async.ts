/** Asynchronous work on each item, within bounds that reach a pull source above it. It knows nothing of messages. */
import { Observable, type OperatorFunction, type Subscriber, Subscription } from 'rxjs';
import { AsyncContext, type CallbackContext } from '../src/callbacks/async-context.js';
import { RingQueue } from '../src/collections/ring-queue.js';
import { createError } from '../src/errors/rocketmq-error.js';
import { Arrivals } from '../src/producer/flow/arrivals.js';
import { ambientGate, type Gate } from '../src/producer/flow/gate.js';
import { checkMapAsyncOptions, type MapAsyncOptions } from '../src/producer/map-async-options.js';
import { subscribeLinked } from './subscribe-linked.js';

/** What is done with each item; `signal` is aborted where nobody waits for its result any more. */
export type AsyncProject<T, R> = (item: T, signal: AbortSignal) => PromiseLike<R> | R;

/**
 * Emits what `project` makes of each item, `concurrency` (16) at a time, in the order of the items (`ordered: false`: in
 * the order in which they are done).
 *
 * - **Bounded**: at most `concurrency` items are in `project`, or done and waiting for room in the window of `toRocketMQ`
 *   below. A pull source (`fromPull`) above, through any operators that subscribe synchronously, is read only while there
 *   is room here: read and not settled are at most `concurrency` and the window, exactly, and one more for each further
 *   asynchronous source. Without `toRocketMQ` below, results go on at once.
 * - Any other source waits in a buffer of `buffer` (1024) items, of any size; beyond that the stream errors with
 *   RMQ_OVERLOADED, after everything accepted has gone on.
 * - What `project` throws or rejects with errors the stream. The items before it are finished and go on first (with
 *   `ordered: false`: those that are done); the others are aborted, and no more is read. Downstream, `toRocketMQ` finishes
 *   what it has accepted, and then passes the error on. An error of the source comes after everything accepted has gone on.
 * - Unsubscribing, and `until` of the pipeline below, abort the `signal` of each item under way; what was read and not
 *   handed on is then not sent.
 *
 * Throws RMQ_CONFIG_INVALID for wrong options, RMQ_ARGUMENT_INVALID where `project` is no function.
 *
 * @example
 * fromPull(rows).pipe(
 *   mapAsync(async (row, signal) => toMessage(row, await lookUp(row.id, { signal })), { concurrency: 32 }),
 *   toRocketMQ(producer),
 * )
 */
export function mapAsync<T, R>(project: AsyncProject<T, R>, options: MapAsyncOptions = {}): OperatorFunction<T, R> {
  if (typeof project !== 'function') {
    throw createError('RMQ_ARGUMENT_INVALID', 'project of mapAsync is no function', { detail: { rule: 'project' } });
  }
  const { gate, ...limits } = checkMapAsyncOptions(options);
  return (source) =>
    new Observable<R>((subscriber) => {
      const work = new AsyncWork<T, R>(project, limits, { below: gate ?? ambientGate.current ?? UNGATED, subscriber });
      subscriber.add(work.leave);
      ambientGate.run(work, () => subscribeLinked(source, subscriber, work, work.takeInput));
    });
}

const UNGATED: Gate = { isOpen: true, whenOpen() {}, addSource: () => () => {} };

interface Limits {
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly buffer: number;
}

/** An item from its call of `project` until its result goes on. */
interface Task<R> {
  readonly controller: AbortController;
  /** Absent while it is under way. */
  end?: { readonly ok: true; readonly result: R } | { readonly ok: false; readonly error: unknown };
}

/**
 *     next ─► [ buffer ] ─► under way ─► [ queue ] ─► below, when its gate is open
 *                           └──── concurrency ───┘
 *
 * Ordered, a task is in the queue from its beginning, otherwise from its end. A task that has failed is the last of the queue.
 */
class AsyncWork<T, R> implements Gate {
  readonly arrivals: Arrivals;
  /** Of the subscriber: `project` runs in it, whoever makes room. */
  readonly callerContext: CallbackContext;
  readonly #project: AsyncProject<T, R>;
  readonly #limits: Limits;
  readonly #below: Gate;
  readonly #subscriber: Subscriber<R>;
  readonly #leaveBelow: () => void;
  readonly #buffer = new RingQueue<{ readonly item: T }>();
  readonly #underWay = new Set<Task<R>>();
  #queue = new RingQueue<Task<R>>();
  /** In `project`, or waiting to go on. */
  #held = 0;
  #sources = 0;
  #input = Subscription.EMPTY;
  readonly #resumers = new RingQueue<() => void>();
  #isAwaiting = false;
  #isDraining = false;
  /** Set when nothing more is taken in: tells so downstream, once everything has gone on. */
  #end: (() => void) | undefined;

  constructor(
    project: AsyncProject<T, R>,
    limits: Limits,
    { below, subscriber }: { readonly below: Gate; readonly subscriber: Subscriber<R> },
  ) {
    this.#project = project;
    this.#limits = limits;
    this.#below = below;
    this.#subscriber = subscriber;
    this.#leaveBelow = below.addSource();
    this.callerContext = below.callerContext ?? new AsyncContext();
    this.arrivals = new Arrivals(() => limits.concurrency);
  }

  // ------------------------------------------------------------------ the gate of pull sources above

  get isOpen(): boolean {
    return this.#end === undefined && this.#held < this.#limits.concurrency && this.#buffer.length === 0;
  }

  whenOpen(resume: () => void): void {
    if (this.#end === undefined) this.#resumers.push(resume);
  }

  addSource(): () => void {
    this.#sources++;
    return () => this.#sources--;
  }

  // ------------------------------------------------------------------ what comes in

  readonly takeInput = (input: Subscription): void => {
    this.#input = input;
  };

  next(item: T): void {
    if (this.#end !== undefined) return;
    this.arrivals.next();
    if (this.isOpen) this.#start(item);
    // Each pull source may have read one item before the gate closed.
    else if (this.#buffer.length < this.#limits.buffer + this.#sources) this.#buffer.push({ item });
    else this.#overflow();
  }

  error(error: unknown): void {
    this.#endWith(() => this.#subscriber.error(error));
  }

  complete(): void {
    this.#endWith(() => this.#subscriber.complete());
  }

  /** Nobody is below any more. */
  readonly leave = (): void => {
    this.#leaveBelow();
    this.#end ??= () => {};
    this.#buffer.clear();
    this.#resumers.clear();
    this.#abort(this.#underWay);
  };

  // ------------------------------------------------------------------ inside

  #start(item: T): void {
    const task: Task<R> = { controller: new AbortController() };
    this.#held++;
    this.#underWay.add(task);
    if (this.#limits.ordered) this.#queue.push(task);
    const fail = (error: unknown): void => this.#finish(task, { ok: false, error });
    try {
      // What is subscribed to in there is no part of this pipeline.
      const work = (): PromiseLike<R> | R => this.#project(item, task.controller.signal);
      const given = this.callerContext.run(() => ambientGate.run(undefined, work));
      if (isPromiseLike(given)) given.then((result) => this.#finish(task, { ok: true, result }), fail);
      else this.#finish(task, { ok: true, result: given });
    } catch (thrown) {
      fail(thrown);
    }
  }

  #finish(task: Task<R>, end: NonNullable<Task<R>['end']>): void {
    // It was aborted, or says so twice.
    if (!this.#underWay.delete(task)) return;
    task.end = end;
    if (!this.#limits.ordered) this.#queue.push(task);
    if (!end.ok) this.#giveUpAfter(task);
    this.#drain();
  }

  /** Nothing comes after a failure: what was begun after it (unordered: all that is not done) is aborted. */
  #giveUpAfter(failed: Task<R>): void {
    this.#end = () => {};
    this.#input.unsubscribe();
    this.#buffer.clear();
    this.#resumers.clear();
    const kept = new RingQueue<Task<R>>();
    const dropped = new Set(this.#underWay);
    for (const task of this.#queue) {
      kept.push(task);
      dropped.delete(task);
      if (task === failed) break;
    }
    this.#queue = kept;
    this.#abort(dropped);
  }

  #abort(tasks: Set<Task<R>>): void {
    for (const task of tasks) {
      this.#underWay.delete(task);
      task.controller.abort();
    }
  }

  #overflow(): void {
    const waiting = this.#buffer.length;
    this.#input.unsubscribe();
    this.error(
      createError('RMQ_OVERLOADED', `${waiting} items already wait for mapAsync, and their source cannot be paused`, {
        detail: { waiting },
      }),
    );
  }

  #endWith(tell: () => void): void {
    this.#end ??= tell;
    this.#drain();
  }

  /** Iterative: what comes about meanwhile is seen by the running loop. */
  readonly #drain = (): void => {
    if (this.#isDraining) return;
    this.#isDraining = true;
    while (!this.#subscriber.closed) {
      this.#fill();
      const end = this.#queue.peek()?.end;
      if (end === undefined) {
        if (this.#held === 0 && this.#end !== undefined) this.#end();
        break;
      }
      if (!end.ok) {
        this.#subscriber.error(end.error);
        break;
      }
      if (!this.#below.isOpen) {
        this.#awaitBelow();
        break;
      }
      this.#queue.shift();
      this.#held--;
      ambientGate.run(this.#below, () => this.#subscriber.next(end.result));
    }
    this.#isDraining = false;
  };

  /** Begins what waits, then lets sources read on. */
  #fill(): void {
    for (let next = this.#mayStart ? this.#buffer.shift() : undefined; next !== undefined;) {
      this.#start(next.item);
      next = this.#mayStart ? this.#buffer.shift() : undefined;
    }
    while (this.isOpen && this.#resumers.length > 0) this.#resumers.shift()?.();
  }

  get #mayStart(): boolean {
    return this.#held < this.#limits.concurrency;
  }

  #awaitBelow(): void {
    if (this.#isAwaiting) return;
    this.#isAwaiting = true;
    this.#below.whenOpen(() => {
      this.#isAwaiting = false;
      this.callerContext.run(this.#drain);
    });
  }
}

const isPromiseLike = <R>(given: PromiseLike<R> | R): given is PromiseLike<R> =>
  typeof given === 'object' && given !== null && 'then' in given && typeof given.then === 'function';
