/**
 * Resolves host names with at most one question in flight per name. A lookup that hangs occupies one of libuv's four
 * threads until the system gives up, long after the dial that asked has failed: without this, every new dial would take
 * another thread, and compression and files would stand still. Nothing is remembered once a question is answered.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

type Callback = Parameters<LookupFunction>[2];

/** A `lookup` option for `net.connect`; all its callers must want the same kind of answer. */
export function createSharedLookup(lookup: LookupFunction = systemLookup): LookupFunction {
  const waiting = new Map<string, Callback[]>();
  return (hostname, options, callback) => {
    const others = waiting.get(hostname);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    const callbacks = [callback];
    waiting.set(hostname, callbacks);
    lookup(hostname, options, (error, address, family) => {
      waiting.delete(hostname);
      for (const answer of callbacks) answer(error, address, family);
    });
  };
}
