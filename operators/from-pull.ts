/** Reads an iterable or a stream only as fast as what is below sends. It knows nothing of messages. */
import { isObservable, Observable, type Subscriber, throwError } from 'rxjs';
import type { Readable } from 'node:stream';
import type { FlowGate } from '../src/producer/flow/flow-gate.js';
import { ambientGate, type Gate } from '../src/producer/flow/gate.js';

/** What can be read one by one, when there is room for it. */
export type PullSource<T> = Iterable<T> | AsyncIterable<T> | Readable;

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
 * **Without a gated operator below, the source is read at full speed**; a warning says so once.
 *
 * Each subscription gets its own iterator. Unsubscribing calls its `return()`, without waiting for a pending `next()`;
 * a `Readable` is destroyed, as `for await` would. What the source throws becomes the stream's error; what `return()`
 * throws is reported as unhandled, as rxjs does it. An endless synchronous source gives way to timers and sockets at
 * least every 1024 items or 5 ms.
 */
export function fromPull<T>(source: PullSource<T>, gate?: FlowGate): Observable<T> {
  return new Observable<T>((subscriber) => {
    const readBy = gate ?? ambientGate.current ?? alwaysOpen();
    const pump = isSyncIterable(source)
      ? new SyncPump<T>(source[Symbol.iterator](), readBy, subscriber)
      : new AsyncPump<T>(closable<T>(source), readBy, subscriber);
    const leave = readBy.addSource();
    pump.run();
    return () => {
      leave();
      pump.stop();
    };
  });
}

/** A source of any kind as an Observable; one that can wait is read by the gate below it. */
export const fromAny = <T>(source: Observable<T> | PullSource<T>): Observable<T> =>
  isObservable(source) ? source : fromPull(source);

let hasWarned = false;

function alwaysOpen(): Gate {
  if (!hasWarned && process.env['NODE_ENV'] !== 'production') {
    hasWarned = true;
    process.emitWarning('fromPull found no toRocketMQ or admit below it and reads its source at full speed', {
      code: 'RMQ_NO_GATE',
    });
  }
  return { isOpen: true, whenOpen() {}, addSource: () => () => {} };
}

const isSyncIterable = <T>(source: PullSource<T>): source is Iterable<T> => Symbol.iterator in source;

/** The iterator of a `Readable` would wait for the next chunk before it destroys its stream. */
function closable<T>(source: AsyncIterable<T> | Readable): AsyncIterator<T> {
  const iterator: AsyncIterator<T> = source[Symbol.asyncIterator]();
  if (!('destroy' in source)) return iterator;
  const close = (): Promise<IteratorResult<T>> => {
    source.destroy();
    return Promise.resolve({ done: true, value: undefined });
  };
  return { next: () => iterator.next(), return: close };
}

/** Where nobody waits for what a source has to say, rxjs reports it. */
function closeQuietly<T>(iterator: Iterator<T> | AsyncIterator<T>): void {
  try {
    // Not awaited: a next() that never settles must not hold up an unsubscribe. What it rejects with has no reader.
    Promise.resolve(iterator.return?.()).catch(() => {});
  } catch (thrown) {
    throwError(() => thrown).subscribe();
  }
}

function assertResult(pulled: unknown): void {
  if (typeof pulled !== 'object' || pulled === null) throw new TypeError('next() of the source gave no result object');
}

class SyncPump<T> {
  readonly #iterator: Iterator<T>;
  readonly #gate: Gate;
  readonly #subscriber: Subscriber<T>;
  #isRunning = false;
  #isPulling = false;
  #isDone = false;

  constructor(iterator: Iterator<T>, gate: Gate, subscriber: Subscriber<T>) {
    this.#iterator = iterator;
    this.#gate = gate;
    this.#subscriber = subscriber;
  }

  readonly run = (): void => {
    if (this.#isRunning || this.#subscriber.closed) return;
    this.#isRunning = true;
    // Published again, so that a fromPull inside a flattening operator below finds it too.
    ambientGate.run(this.#gate, this.#pullWhileOpen);
    this.#isRunning = false;
  };

  stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // A generator that stops its own pipeline can be left when it has yielded, not before.
    if (!this.#isPulling) closeQuietly(this.#iterator);
  }

  readonly #pullWhileOpen = (): void => {
    const startedAt = performance.now();
    for (let pulls = 1; !this.#subscriber.closed; pulls++) {
      if (!this.#gate.isOpen) {
        this.#gate.whenOpen(this.run);
        return;
      }
      if (isTurnOver(pulls, startedAt)) {
        setImmediate(this.run);
        return;
      }
      this.#pull();
    }
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
      if (pulled.done !== true) closeQuietly(this.#iterator);
    } else if (pulled.done === true) {
      this.#isDone = true;
      this.#subscriber.complete();
    } else {
      this.#subscriber.next(pulled.value);
    }
  }
}

class AsyncPump<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #gate: Gate;
  readonly #subscriber: Subscriber<T>;
  #isPulling = false;
  #isDone = false;
  #pulls = 0;
  #turnStartedAt = performance.now();

  constructor(iterator: AsyncIterator<T>, gate: Gate, subscriber: Subscriber<T>) {
    this.#iterator = iterator;
    this.#gate = gate;
    this.#subscriber = subscriber;
  }

  readonly run = (): void => {
    if (this.#isPulling || this.#subscriber.closed) return;
    if (!this.#gate.isOpen) {
      this.#gate.whenOpen(this.run);
    } else if (isTurnOver(++this.#pulls, this.#turnStartedAt)) {
      setImmediate(this.#startTurn);
    } else {
      this.#isPulling = true;
      this.#pull();
    }
  };

  stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    closeQuietly(this.#iterator);
  }

  #pull(): void {
    try {
      Promise.resolve(this.#iterator.next()).then(this.#take, this.#fail);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  readonly #startTurn = (): void => {
    this.#pulls = 0;
    this.#turnStartedAt = performance.now();
    this.run();
  };

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
