/**
 * The async context without any store, in which the library creates whatever lives longer than one call: sockets, timers,
 * name lookups, and promises that it keeps. Node ties the stores of the current context to each of these; created in the
 * context of the request that happened to come first, they would keep that request's stores alive and show them to later
 * ones.
 */
import { AsyncResource } from 'node:async_hooks';
import { AsyncContext } from './async-context.js';

/** Where Node keeps the stores in an AsyncResource: one property for each store (20, 22), or one for all (22, 24). */
const STORES: ReadonlySet<string | undefined> = new Set(['kResourceStore', 'context_frame']);

/** This file may be loaded by the first request that needs it, and Node has no other way to leave a context unknown to us. */
function withoutStores(resource: AsyncResource): AsyncResource {
  for (const key of Object.getOwnPropertySymbols(resource)) {
    if (STORES.has(key.description)) Reflect.set(resource, key, undefined);
  }
  return resource;
}

/** Functions of users never run here. */
export const neutralContext = new AsyncContext(withoutStores(new AsyncResource('RX_ROCKETMQ')));
