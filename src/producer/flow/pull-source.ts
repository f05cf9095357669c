/**
 * What can be read one by one: how a source of each kind is opened, that it is not read a second time where it can be
 * read only once, and how it is closed. How fast it is read is `from-pull.ts`.
 */
import { throwError } from 'rxjs';
import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { createError } from '../../errors/rocketmq-error.js';

/** What can be read one by one, when there is room for it: also a web `ReadableStream`, which is an `AsyncIterable`. */
export type PullSource<T> = Iterable<T> | AsyncIterable<T> | Readable;

/**
 * Makes a source for each subscription. Generator functions are such factories. `signal` is aborted when the subscription
 * ends before its source does, for what a pending `next()` waits for.
 */
export type SourceFactory<T> = (signal: AbortSignal) => PullSource<T>;

/** A text is iterable too, but nobody sends its characters. */
export const pullSource = {
  allowed: 'an iterable, an async iterable, a stream, or a function that makes one',
  accepts: (given: unknown): given is PullSource<unknown> | SourceFactory<unknown> =>
    typeof given === 'function' ||
    (typeof given === 'object' && given !== null && (Symbol.iterator in given || Symbol.asyncIterator in given)),
};

/** One reading of a source, from its beginning. */
export type OpenSource<T> = Opened<Iterator<T>, true> | Opened<AsyncIterator<T>, false>;

interface Opened<I, S extends boolean> {
  readonly isSync: S;
  readonly iterator: I;
  /** Leaves the source before its end, without waiting for a pending `next()`. What that throws or rejects with is reported as unhandled. */
  close(): void;
}

/**
 * Opens a source for one subscription. Throws RMQ_SOURCE_USED where it can be read only once and was opened before, or
 * has been closed, RMQ_ARGUMENT_INVALID where a factory gives something else, and what the source itself throws.
 */
export function openSource<T>(source: PullSource<T> | SourceFactory<T>): OpenSource<T> {
  if (!isFactory(source)) return open(source);
  const controller = new AbortController();
  return open(made(source(controller.signal)), controller);
}

function open<T>(source: PullSource<T>, controller?: AbortController): OpenSource<T> {
  if (Symbol.iterator in source) {
    const iterator = unused(source[Symbol.iterator]());
    return { isSync: true, iterator, close: () => close(iterator, controller) };
  }
  const iterator = openAsync<T>(source);
  return { isSync: false, iterator, close: () => close(iterator, controller) };
}

function openAsync<T>(source: AsyncIterable<T> | Readable): AsyncIterator<T> {
  if (isWebStream<T>(source)) return readWebStream(source);
  if (isReadable(source)) return readReadable<T>(source);
  // A database cursor makes iterator after iterator, and gives nothing once it is closed.
  if (isClosed(source) && opened.has(source)) throw used();
  const iterator = unused(source[Symbol.asyncIterator]());
  opened.add(source);
  return iterator;
}

// ------------------------------------------------------------------ read only once

/** What was opened before: iterators, streams, and whatever else gives asynchronous iterators. */
const opened = new WeakSet<object>();

/** A generator is its own iterator, and whoever gives the same iterator twice can be read once. */
function unused<I extends object>(iterator: I): I {
  if (!isObject(iterator)) throw new TypeError('the source gave no iterator');
  if (opened.has(iterator)) throw used();
  opened.add(iterator);
  return iterator;
}

const used = (): Error =>
  createError('RMQ_SOURCE_USED', 'the source can be read only once, and was read by an earlier subscription or closed');

const isClosed = (source: object): boolean =>
  ('closed' in source && source.closed === true) || ('destroyed' in source && source.destroyed === true);

// ------------------------------------------------------------------ streams

/** Its own iterator waits for the next chunk before it cancels the stream. */
function readWebStream<T>(stream: ReadableStream<T>): AsyncIterator<T> {
  if (stream.locked || opened.has(stream)) throw used();
  opened.add(stream);
  const reader = stream.getReader();
  let failure: { readonly reason: unknown } | undefined;
  reader.closed.catch((reason: unknown) => (failure = { reason }));
  return {
    next: async () => {
      const chunk = await reader.read();
      if (!chunk.done) return chunk;
      reader.releaseLock();
      return END;
    },
    return: async () => {
      try {
        await reader.cancel();
      } catch (thrown) {
        // A stream that had failed already says so once more; whoever left it does not wait for that.
        if (thrown !== failure?.reason) throw thrown;
      }
      reader.releaseLock();
      return END;
    },
  };
}

/** Its own iterator waits for the next chunk before it destroys the stream. */
function readReadable<T>(stream: Readable): AsyncIterator<T> {
  const hasEnded = stream.readableEnded || (stream.destroyed && stream.errored === null);
  if (hasEnded || opened.has(stream)) throw used();
  opened.add(stream);
  const iterator: AsyncIterator<T> = stream[Symbol.asyncIterator]();
  // It listens for errors from its first next() on. One from before is given by that; without a listener it ends the process.
  stream.on('error', () => {});
  return {
    next: () => iterator.next(),
    return: () =>
      new Promise((resolve, reject) => {
        if (!stream.destroyed) stream.once('error', reject).once('close', () => resolve(END));
        stream.destroy();
      }),
  };
}

const END = { done: true, value: undefined } as const;

// ------------------------------------------------------------------ leaving it

function close(iterator: Iterator<unknown> | AsyncIterator<unknown>, controller: AbortController | undefined): void {
  const { signal } = controller ?? {};
  try {
    // Not awaited: a next() that never settles must not hold up an unsubscribe.
    Promise.resolve(iterator.return?.()).catch((reason: unknown) => {
      if (signal?.aborted !== true || !isAbort(reason)) report(reason);
    });
  } catch (thrown) {
    report(thrown);
  }
  // Only now: a stream that is destroyed already does not take the abort for a failure.
  controller?.abort();
}

/** Nobody waits for what a source that was left has to say: it is reported as rxjs does it. */
const report = (thrown: unknown): void => void throwError(() => thrown).subscribe();

const isAbort = (reason: unknown): boolean => reason instanceof Error && reason.name === 'AbortError';

// ------------------------------------------------------------------ what it is

const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null;

const isFactory = <T>(source: PullSource<T> | SourceFactory<T>): source is SourceFactory<T> =>
  typeof source === 'function' && !(Symbol.iterator in source || Symbol.asyncIterator in source);

function made<T>(source: PullSource<T>): PullSource<T> {
  if (isObject(source) && (Symbol.iterator in source || Symbol.asyncIterator in source)) return source;
  throw createError('RMQ_ARGUMENT_INVALID', 'the factory of the source gave no iterable and no stream', {
    detail: { rule: 'source-factory' },
  });
}

const isWebStream = <T>(source: object): source is ReadableStream<T> =>
  'getReader' in source && typeof source.getReader === 'function';

const isReadable = (source: object): source is Readable =>
  'destroy' in source && typeof source.destroy === 'function' && 'readableEnded' in source;
