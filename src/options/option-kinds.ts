/**
 * The kinds of values that options have: each is a test, and the words for it in messages and in the documentation.
 * Which option is of which kind is said in the tables (`config.ts`, `pipeline-options.ts`).
 */

import { types } from 'node:util';
import type { Observable } from 'rxjs';

/** A set of values. */
export interface Kind<T> {
  /** Completes the sentence 'it must be …'. */
  readonly allowed: string;
  readonly accepts: (given: unknown) => given is T;
}

/** True of objects that hold options: not of arrays, not of null. */
export function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

/** A whole number within finite limits; both are allowed values. */
export function integer(min: number, max: number): Kind<number> {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    accepts: (given): given is number =>
      typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max,
  };
}

/** A finite number, whole or not: from `min` or above `above`, up to `max`. */
export function number(
  range: { readonly min: number; readonly max: number } | { readonly above: number; readonly max: number },
): Kind<number> {
  const { max } = range;
  const isLow = (given: number): boolean => ('above' in range ? given <= range.above : given < range.min);
  const from =
    'above' in range ? `a number above ${range.above}, and at most ${max}` : `a number from ${range.min} to ${max}`;
  return {
    allowed: from,
    accepts: (given): given is number =>
      typeof given === 'number' && Number.isFinite(given) && !isLow(given) && given <= max,
  };
}

/** A string for which `test` is true; `allowed` says which those are. */
export function text(allowed: string, test: (given: string) => boolean): Kind<string> {
  return { allowed, accepts: (given): given is string => typeof given === 'string' && test(given) };
}

export function oneOf<const T extends string>(...values: readonly T[]): Kind<T> {
  return {
    allowed: values.map((value) => `'${value}'`).join(' or '),
    accepts: (given): given is T => values.some((value) => value === given),
  };
}

export function listOf<T>(items: string, kind: Kind<T>): Kind<readonly T[]> {
  return {
    allowed: `an array of ${items}, each ${kind.allowed}`,
    accepts: (given): given is readonly T[] => Array.isArray(given) && given.every((item) => kind.accepts(item)),
  };
}

/** One or the other. */
export function either<A, B>(a: Kind<A>, b: Kind<B>): Kind<A | B> {
  return {
    allowed: `${a.allowed}, or ${b.allowed}`,
    accepts: (given): given is A | B => a.accepts(given) || b.accepts(given),
  };
}

export const trueOrFalse: Kind<boolean> = {
  allowed: 'true or false',
  accepts: (given): given is boolean => typeof given === 'boolean',
};

export const off: Kind<false> = { allowed: 'false', accepts: (given): given is false => given === false };

/** A function. What it takes and returns can only be seen when it is called. */
export function callback<T extends (...args: never[]) => unknown>(allowed: string): Kind<T> {
  return { allowed, accepts: (given): given is T => typeof given === 'function' };
}

/** An object whose members are checked elsewhere. */
export function object<T extends object>(allowed: string): Kind<T> {
  return { allowed, accepts: (given): given is T => isObject(given) };
}

/** An object of the caller's, known by its methods. */
export function objectWith<T extends object>(allowed: string, ...methods: readonly (keyof T & string)[]): Kind<T> {
  return {
    allowed: `${allowed} (an object with ${methods.join(', ')})`,
    accepts: (given): given is T =>
      (typeof given === 'object' || typeof given === 'function') &&
      given !== null &&
      methods.every((method) => typeof Reflect.get(given, method) === 'function'),
  };
}

export const abortSignal = objectWith<AbortSignal>(
  'an AbortSignal',
  'addEventListener',
  'removeEventListener',
  'throwIfAborted',
);

export const observable = objectWith<Observable<unknown>>('an Observable', 'subscribe', 'pipe');

/** A string with something in it. */
export const someText = text('a string that is not empty', (given) => given !== '');

/** A moment, of any realm. */
export const time: Kind<Date | number> = {
  allowed: 'a time: a valid Date, or ms since 1970',
  accepts: (given): given is Date | number =>
    (typeof given === 'number' || types.isDate(given)) && Math.abs(Number(given)) <= Number.MAX_SAFE_INTEGER,
};
