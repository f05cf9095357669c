/** Ends a caller's wait by a signal. What is waited for goes on. */
import { createError } from '../errors/rocketmq-error.js';
import { whenAborted } from './flow/abort-listeners.js';

/** As `waiting`, but rejects with RMQ_ABORTED when the signal is aborted first. Leaves no listener behind. */
export function abortable<T>(waiting: Promise<T>, what: string, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return waiting;
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(createError('RMQ_ABORTED', `the wait for ${what} was aborted`, { cause: signal.reason }));
    if (signal.aborted) abort();
    else waiting.finally(whenAborted(signal, abort)).then(resolve, reject);
  });
}
