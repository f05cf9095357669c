/** Refuses promises of functions that are called in the middle of something, where nobody can wait. */
import { catchRejection, isThenable } from './thenable.js';

/** Throws a TypeError for a promise, whose value would come too late; its rejection is caught. */
export function mustBeSynchronous(returned: unknown, who = 'a hook'): void {
  if (!isThenable(returned)) return;
  catchRejection(returned);
  throw new TypeError(`${who} must not be asynchronous`);
}
