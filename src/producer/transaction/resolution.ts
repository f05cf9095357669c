/**
 * What somebody says about the end of a transaction, however it is said: at once, as a promise, as an Observable. It does
 * not know who is asked, nor what follows.
 */
import { concatMap, from, isObservable, last, type Observable, of } from 'rxjs';
import { isThenable } from '../../callbacks/thenable.js';
import type { Resolution } from '../../protocol/requests/end-transaction.js';

/**
 * How a transaction ends: `commit` lets consumers see the message, `rollback` never does; with `unknown` the broker asks
 * again later. Of an Observable the last value counts, once it has completed.
 */
export type ResolutionInput<R extends Resolution = Resolution> = R | Promise<R> | Observable<R>;

/** Why nobody knows the end. */
export interface ResolutionListener {
  resolved(resolution: Resolution): void;
  /** It threw, rejected, ended without a word, or said something that is none. */
  failed(thrown: unknown): void;
}

const RESOLUTIONS: ReadonlySet<unknown> = new Set<Resolution>(['commit', 'rollback', 'unknown']);

/**
 * Calls `ask`, which may be the caller's code, and tells `listener` the end: once, and not before this has returned where
 * it is said later. Never throws. The returned function stops listening; an Observable is unsubscribed from.
 */
export function awaitResolution(ask: () => ResolutionInput, listener: ResolutionListener): () => void {
  const tell = (said: unknown): void => {
    if (isResolution(said)) listener.resolved(said);
    else listener.failed(new TypeError(`${describe(said)} is none of 'commit', 'rollback' and 'unknown'`));
  };
  let said: unknown;
  try {
    said = ask();
  } catch (thrown) {
    listener.failed(thrown);
    return () => {};
  }
  if (!isObservable(said) && !isThenable(said)) {
    tell(said);
    return () => {};
  }
  const subscription = observableOf(said)
    .pipe(last())
    .subscribe({ next: tell, error: (thrown: unknown) => listener.failed(thrown) });
  return () => subscription.unsubscribe();
}

/** What `ask` says; where there is something to wait for, it is called when that is over, and not after nobody listens any more. */
export const askWhen = (ready: Promise<void> | undefined, ask: () => ResolutionInput): ResolutionInput =>
  ready === undefined ? ask() : from(ready).pipe(concatMap(() => observableOf(ask())));

/** A value that is neither is what was said. */
const observableOf = <Said>(said: Said | PromiseLike<Said> | Observable<Said>): Observable<Said> =>
  isObservable(said) ? said : isThenable(said) ? from(said) : of(said);

const isResolution = (said: unknown): said is Resolution => RESOLUTIONS.has(said);

/** Without showing what it is: it may be anything of the caller's. */
const describe = (said: unknown): string =>
  typeof said === 'string' ? JSON.stringify(said) : `a value of type ${typeof said}`;
