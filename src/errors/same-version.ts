/** Refuses producers, envelopes and gates that another version of this library made: versions share no inside. */
import { publicKey, VERSION } from './copies.js';
import { createError } from './rocketmq-error.js';

/** What is handed from one copy of this library to another. */
export type Shared = 'producer' | 'envelope' | 'gate';

const keyOf = (what: Shared): symbol => Symbol.for(publicKey(what));

/** Marks the objects of a class with the version that makes them: on its prototype, so that it costs them nothing. */
export function markVersion(prototype: object, what: Shared): void {
  Object.defineProperty(prototype, keyOf(what), { value: VERSION });
}

/** Throws RMQ_ARGUMENT_INVALID where `value` was made by another version of this library than this one. */
export function assertSameVersion(value: unknown, what: Shared): void {
  if (typeof value !== 'object' || value === null) return;
  const version: unknown = Reflect.get(value, keyOf(what));
  if (typeof version !== 'string' || version === VERSION) return;
  const text = `the ${what} was made by rx-rocketmq ${version} and given to rx-rocketmq ${VERSION}; install one version (npm ls rx-rocketmq shows who needs which)`;
  throw createError('RMQ_ARGUMENT_INVALID', text, { detail: { rule: 'same-version', version } });
}
