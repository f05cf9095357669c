/** Reads an iterable or a stream only as fast as what is below sends. It knows nothing of messages. */
import { isObservable, Observable, type Subscriber } from 'rxjs';
import { AsyncContext, type CallbackContext } from '../src/callbacks/async-context.js';
import { environmentVariable } from '../src/ids/environment.js';
import { assertGiven, type OptionTable } from '../src/options/check-options.js';
import type { FlowGate } from '../src/producer/flow/flow-gate.js';
import { flowGate } from '../src/producer/pipeline-options.js';
import { ambientGate, type Gate } from '../src/producer/flow/gate.js';
import { ReadAhead } from '../src/producer/flow/read-ahead.js';
import {
  type OpenSource,
  openSource,
  type PullSource,
  pullSource,
  type SourceFactory,
} from '../src/producer/flow/pull-source.js';

/** A pump gives way to timers and sockets after this many pulls or this long, whatever the gate says. */
const PULLS_PER_TURN = 1024;
const MS_PER_TURN = 5;
const PULLS_BETWEEN_CLOCK_READS = 32;

/**
 * An Observable that reads `source` only while the gated operator below it (`toRocketMQ`, `admit`) has room: however
 * large or endless the source, no more than the window is outstanding. The gate is found when the pipeline is
 * subscribed to, through any operators that subscribe synchronously (`map`, `filter`, `concatMap`, …). Where it cannot be found (subscribed to later or across an
 * asynchronous boundary, one source for two pipelines), give a gate of `createFlowGate` to both.
 *
 * **Without a gated operator below, the source is read at full speed**; a warning says so once. The same goes for an
 * operator between the two that holds items back (`mergeMap` or `concatMap` over promises, `delay`, `bufferTime`), which the
 * gate cannot see; `mapAsync` does asynchronous work within bounds.
 *
 * Each subscription opens the source anew. A generator, a stream or a cursor can be read only once: a second subscription
 * (`retry`, `repeat`) errors with RMQ_SOURCE_USED. **Give a factory where a pipeline is subscribed to again**: a generator
 * function, or `() => createReadStream(path)`; each subscription calls it, and then reads from the beginning.
 *
 * Unsubscribing, like an error from below, closes the source without waiting for a pending `next()`: the iterator's
 * `return()` is called, a `Readable` is destroyed, a web `ReadableStream` cancelled, and the `signal` that a factory was
 * given is aborted. **An asynchronous generator that waits is left only when its wait is over**: let it wait by the
 * `signal`. What the source throws becomes the stream's error; what closing it throws or rejects with is reported as
 * unhandled, as rxjs does it. An endless synchronous source gives way to timers and sockets at least every 1024 items or
 * 5 ms.
 *
 * @example
 * fromPull(async function* (signal) {
 *   const { body } = await fetch(url, { signal });
 *   yield* body ?? [];
 * })
 */
export function fromPull<T>(source: PullSource<T> | SourceFactory<T>, gate?: FlowGate): Observable<T> {
  assertGiven('arguments of fromPull', { source, gate }, fromPullArguments);
  return new Observable<T>((subscriber) => {
    const readBy: Gate = gate ?? ambientGate.current ?? alwaysOpen();
    const reader: Reader<T> = { gate: readBy, context: readBy.callerContext ?? new AsyncContext(), subscriber };
    const opened = openSource(source);
    const pump = opened.isSync ? new SyncPump<T>(opened, reader) : new AsyncPump<T>(opened, reader);
    const leave = readBy.addSource();
    pump.run();
    return () => {
      leave();
      pump.stop();
    };
  });
}

/** A source of any kind as an Observable; one that can wait is read by the gate below it. */
export const fromAny = <T>(source: Observable<T> | PullSource<T> | SourceFactory<T>): Observable<T> =>
  isObservable(source) ? source : fromPull(source);

const fromPullArguments = {
  source: { kind: pullSource, isRequired: true },
  gate: { kind: flowGate },
} as const satisfies OptionTable;

let hasWarned = false;

function alwaysOpen(): Gate {
  if (!hasWarned && environmentVariable('NODE_ENV') !== 'production') {
    hasWarned = true;
    process.emitWarning('fromPull found no toRocketMQ or admit below it and reads its source at full speed', {
      code: 'RMQ_NO_GATE',
    });
  }
  return { isOpen: true, whenOpen() {}, addSource: () => () => {} };
}

function assertResult(pulled: unknown): void {
  if (typeof pulled !== 'object' || pulled === null) throw new TypeError('next() of the source gave no result object');
}

type SyncSource<T> = Extract<OpenSource<T>, { readonly isSync: true }>;
type AsyncSource<T> = Extract<OpenSource<T>, { readonly isSync: false }>;
/** Whom a pump reads for, and how fast. */
interface Reader<T> {
  readonly gate: Gate;
  /** Where the source runs, and what its items are handed to. */
  readonly context: CallbackContext;
  readonly subscriber: Subscriber<T>;
}

const readAheadOf = ({ arrivals }: Gate): ReadAhead | undefined =>
  arrivals === undefined ? undefined : new ReadAhead(arrivals);

class SyncPump<T> {
  readonly #source: SyncSource<T>;
  readonly #iterator: Iterator<T>;
  readonly #gate: Gate;
  readonly #context: CallbackContext;
  readonly #subscriber: Subscriber<T>;
  readonly #readAhead: ReadAhead | undefined;
  #isRunning = false;
  #isPulling = false;
  #isDone = false;

  constructor(source: SyncSource<T>, { gate, context, subscriber }: Reader<T>) {
    this.#source = source;
    this.#iterator = source.iterator;
    this.#gate = gate;
    this.#context = context;
    this.#subscriber = subscriber;
    this.#readAhead = readAheadOf(gate);
  }

  readonly run = (): void => {
    if (this.#isRunning || this.#subscriber.closed) return;
    this.#isRunning = true;
    // Published again, so that a fromPull inside a flattening operator below finds it too.
    this.#context.run(() => ambientGate.run(this.#gate, this.#pullWhileOpen));
    this.#isRunning = false;
  };

  stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // A generator that stops its own pipeline can be left when it has yielded, not before.
    if (!this.#isPulling) this.#context.run(() => this.#source.close());
  }

  readonly #pullWhileOpen = (): void => {
    const startedAt = performance.now();
    let pulls = 0;
    while (!this.#subscriber.closed) {
      if (!this.#gate.isOpen) {
        this.#gate.whenOpen(this.run);
        break;
      }
      if (isTurnOver(pulls + 1, startedAt)) {
        setImmediate(this.run);
        break;
      }
      this.#pull();
      pulls++;
    }
    this.#readAhead?.add(pulls);
  };

  #pull(): void {
    let pulled: IteratorResult<T>;
    this.#isPulling = true;
    try {
      pulled = this.#iterator.next();
      assertResult(pulled);
    } catch (error) {
      this.#isDone = true;
      this.#subscriber.error(error);
      return;
    } finally {
      this.#isPulling = false;
    }
    if (this.#isDone) {
      if (pulled.done !== true) this.#source.close();
    } else if (pulled.done === true) {
      this.#isDone = true;
      this.#subscriber.complete();
    } else {
      this.#subscriber.next(pulled.value);
    }
  }
}

class AsyncPump<T> {
  readonly #source: AsyncSource<T>;
  readonly #iterator: AsyncIterator<T>;
  readonly #gate: Gate;
  readonly #context: CallbackContext;
  readonly #subscriber: Subscriber<T>;
  readonly #readAhead: ReadAhead | undefined;
  #isPulling = false;
  #isDone = false;
  #pulls = 0;
  #turnStartedAt = performance.now();

  constructor(source: AsyncSource<T>, { gate, context, subscriber }: Reader<T>) {
    this.#source = source;
    this.#iterator = source.iterator;
    this.#gate = gate;
    this.#context = context;
    this.#subscriber = subscriber;
    this.#readAhead = readAheadOf(gate);
  }

  readonly run = (): void => {
    if (this.#isPulling || this.#subscriber.closed) return;
    if (!this.#gate.isOpen) {
      this.#gate.whenOpen(this.run);
    } else if (isTurnOver(++this.#pulls, this.#turnStartedAt)) {
      setImmediate(this.#startTurn);
    } else {
      this.#isPulling = true;
      this.#context.run(this.#pull);
    }
  };

  stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#context.run(() => this.#source.close());
  }

  readonly #pull = (): void => {
    try {
      Promise.resolve(this.#iterator.next()).then(this.#taken, this.#failed);
    } catch (thrown) {
      this.#fail(thrown);
    }
  };

  readonly #startTurn = (): void => {
    this.#pulls = 0;
    this.#turnStartedAt = performance.now();
    this.run();
  };

  readonly #taken = (pulled: IteratorResult<T>): void => this.#context.run(this.#take, pulled);
  readonly #failed = (thrown: unknown): void => this.#context.run(this.#fail, thrown);

  readonly #take = (pulled: IteratorResult<T>): void => {
    this.#isPulling = false;
    if (this.#subscriber.closed) return;
    try {
      assertResult(pulled);
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    if (pulled.done === true) {
      this.#isDone = true;
      ambientGate.run(this.#gate, () => this.#subscriber.complete());
    } else {
      ambientGate.run(this.#gate, () => this.#subscriber.next(pulled.value));
      this.#readAhead?.add(1);
      this.run();
    }
  };

  readonly #fail = (error: unknown): void => {
    this.#isDone = true;
    this.#subscriber.error(error);
  };
}

const isTurnOver = (pulls: number, startedAt: number): boolean =>
  pulls >= PULLS_PER_TURN || (pulls % PULLS_BETWEEN_CLOCK_READS === 0 && performance.now() - startedAt >= MS_PER_TURN);
