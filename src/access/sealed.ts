/**
 * Keeps a secret out of everything that prints objects: logs, inspect, JSON, the fields of errors. It does not protect
 * it from code that asks for it.
 */
import { isDeepStrictEqual } from 'node:util';

/** A value that is only seen by who opens it. */
export class Sealed<T> {
  // A private field shows in neither inspect nor JSON, whatever their options are.
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  open(): T {
    return this.#value;
  }

  /** Whether both hold the same: equal data, or one and the same function. */
  equals(other: Sealed<T> | undefined): boolean {
    // Through open(): the other one may be of another copy of this library, whose private fields are others.
    return other !== undefined && isDeepStrictEqual(this.#value, other.open());
  }
}
