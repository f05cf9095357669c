/**
 * The error classes: one per reaction of the caller. What a code means is not written here but in `error-table.ts`.
 */
import { inspect, type InspectOptions } from 'node:util';
import { publicKey } from './copies.js';
import { type ErrorCode, type ErrorKind, errorTable } from './error-table.js';
import { printable } from './printable.js';

/** Facts about one error. Never body, property values or credentials. */
export type ErrorDetail = Readonly<Record<string, string | number | boolean>>;

export interface ErrorOptions {
  readonly detail?: ErrorDetail | undefined;
  readonly cause?: unknown;
  /** Where the circumstances prove something else than the table's default. */
  readonly stored?: 'no' | 'maybe' | undefined;
}

/** Holds the kind of an error, on the prototype of its class. */
const KIND = Symbol.for(publicKey('error-kind'));

const ERROR_PAGE = 'rx-rocketmq/docs/errors.md';

/**
 * Every error of this library. Decide by fields, never by text: `stored` (is it stored), `retryable` (may I hand it in
 * again), class and `code` (whose fault is it). `advice` says what to do next and links to the error page.
 *
 * `instanceof` recognises errors of every copy of this library that the process has loaded (ESM beside CommonJS, several
 * versions), for this class and for those of the kinds.
 */
export class RocketMQError extends Error {
  readonly code: ErrorCode;
  readonly stored: 'no' | 'maybe';
  readonly retryable: boolean;
  readonly advice: string;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(printable(message), options.cause === undefined ? undefined : { cause: options.cause });
    const entry = errorTable[code];
    this.code = code;
    this.stored = options.stored ?? entry.stored;
    this.retryable = entry.retryable;
    this.advice = `${entry.advice} See ${ERROR_PAGE}#${code.toLowerCase()}`;
    this.detail = printableDetail(options.detail ?? {});
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    // A class that a caller derived from one of these recognises only its own.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(this.prototype, KIND)) return false;
    const kind: unknown = Reflect.get(value, KIND);
    return typeof kind === 'string' && (this === RocketMQError || kind === Reflect.get(this.prototype, KIND));
  }

  /** For logs: never body, property values or credentials. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, stored, retryable, advice, detail } = this;
    return { name, code, message, stored, retryable, advice, detail };
  }

  /** For `console.log` and the like. Of the cause only the stack: its own fields may hold anything. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { code, stored, retryable, advice, detail } = this;
    // One behind an accessor is not to be printed.
    const cause: unknown = Object.getOwnPropertyDescriptor(this, 'cause')?.value;
    const fields = inspect({ code, stored, retryable, advice, detail }, options);
    const reason = cause instanceof Error ? `\n[cause]: ${cause.stack ?? cause.message}` : '';
    return `${this.stack ?? this.message} ${fields}${reason}`;
  }
}

/** Detail often repeats what a peer said. */
function printableDetail(detail: ErrorDetail): ErrorDetail {
  const entries = Object.entries(detail);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? printable(value) : value]),
  );
}

/** The configuration or the use of the API is wrong: correct the program. */
export class ConfigurationError extends RocketMQError {}
/** This message can never be stored as it is: correct the message. */
export class InvalidMessageError extends RocketMQError {}
/** Too much at once, here or at the broker: slow down and send again. */
export class OverloadedError extends RocketMQError {}
/** A server cannot be reached or cannot serve: wait, or repair the cluster. */
export class UnreachableError extends RocketMQError {}
/** The server refused: the remark says why. */
export class RejectedError extends RocketMQError {}
/** Time ran out. */
export class DeadlineError extends RocketMQError {}
/** The peer does not speak the protocol. */
export class ProtocolViolationError extends RocketMQError {}
/** The producer or the stream was ended by its owner. */
export class ClosedError extends RocketMQError {}

const classes: Record<ErrorKind, new (code: ErrorCode, message: string, options?: ErrorOptions) => RocketMQError> = {
  Configuration: ConfigurationError,
  InvalidMessage: InvalidMessageError,
  Overloaded: OverloadedError,
  Unreachable: UnreachableError,
  Rejected: RejectedError,
  Deadline: DeadlineError,
  ProtocolViolation: ProtocolViolationError,
  Closed: ClosedError,
};

/** Gives a class of errors its name, and the kind by which copies of this library recognise its errors. */
export function nameErrorClass({ prototype }: { readonly prototype: RocketMQError }, kind: string, name: string): void {
  Object.defineProperty(prototype, KIND, { value: kind });
  Object.defineProperty(prototype, 'name', { value: name, configurable: true });
}

for (const [kind, errorClass] of Object.entries(classes)) nameErrorClass(errorClass, kind, `${kind}Error`);
nameErrorClass(RocketMQError, 'RocketMQ', 'RocketMQError');

/** Makes the error of `code`, in the class that the table gives it. `message` states what happened, with the values. */
export function createError(code: ErrorCode, message: string, options?: ErrorOptions): RocketMQError {
  return new classes[errorTable[code].kind](code, message, options);
}

/** The same error, with what the circumstances prove of one message. */
export function withStored(error: RocketMQError, stored: 'no' | 'maybe'): RocketMQError {
  if (error.stored === stored) return error;
  const { code, message, detail, cause } = error;
  return createError(code, message, { detail, cause, stored });
}
