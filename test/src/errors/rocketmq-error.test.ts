import { inspect } from 'node:util';
import { type ErrorCode, type ErrorKind, errorKinds, errorTable } from '../../../src/errors/error-table.js';
import * as errors from '../../../src/errors/rocketmq-error.js';
import { createError, RocketMQError } from '../../../src/errors/rocketmq-error.js';

const codes = Object.keys(errorTable) as ErrorCode[];

const classOf: Record<ErrorKind, abstract new (...args: never[]) => RocketMQError> = {
  Configuration: errors.ConfigurationError,
  InvalidMessage: errors.InvalidMessageError,
  Overloaded: errors.OverloadedError,
  Unreachable: errors.UnreachableError,
  Rejected: errors.RejectedError,
  Deadline: errors.DeadlineError,
  ProtocolViolation: errors.ProtocolViolationError,
  Closed: errors.ClosedError,
};

describe.each(codes)('%s', (code) => {
  const entry = errorTable[code];

  test('is an error of the class, with the answers and the advice, that the table says', () => {
    const error = createError(code, 'what happened');
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(RocketMQError);
    expect(error).toBeInstanceOf(classOf[entry.kind]);
    expect(error).toMatchObject({ code, message: 'what happened', stored: entry.stored, retryable: entry.retryable });
    expect(error.name).toBe(`${entry.kind}Error`);
    expect(error.stack).toMatch(new RegExp(`^${entry.kind}Error: what happened\n`));
    expect(error.advice).toContain(entry.advice);
    expect(error.advice).toMatch(new RegExp(`docs/errors\\.md#${code.toLowerCase()}$`));
  });

  test('says what happened and what to do in whole sentences', () => {
    for (const text of [entry.meaning, entry.advice]) expect(text).toMatch(/^[A-Zd].*[.]$/);
  });
});

test('every class has at least one code, and its own', () => {
  const used = new Set(codes.map((code) => errorTable[code].kind));
  expect(used).toEqual(new Set(Object.keys(errorKinds)));
  expect(new Set(Object.values(classOf)).size).toBe(Object.keys(errorKinds).length);
});

test('what is decided in this process is never in doubt, unless it is about a message that is stored already', () => {
  const decidedHere: readonly ErrorKind[] = ['Configuration', 'InvalidMessage', 'Overloaded'];
  const entries = codes
    .filter((code) => code !== 'RMQ_TRANSACTION_FAILED')
    .map((code) => errorTable[code])
    .filter(({ kind }) => decidedHere.includes(kind));
  expect(new Set(entries.map(({ stored }) => stored))).toEqual(new Set(['no']));
});

test('circumstances may prove another stored than the table', () => {
  expect(createError('RMQ_CONNECTION_LOST', 'x').stored).toBe('maybe');
  expect(createError('RMQ_CONNECTION_LOST', 'x', { stored: 'no' }).stored).toBe('no');
});

test('the cause is kept, and absent where none was given', () => {
  const cause = new Error('ECONNREFUSED');
  expect(createError('RMQ_CONNECT_FAILED', 'x', { cause }).cause).toBe(cause);
  expect(Object.hasOwn(createError('RMQ_CONNECT_FAILED', 'x'), 'cause')).toBe(false);
});

test('what a peer said cannot forge a line: control characters are escaped in the message and in detail', () => {
  const error = createError('RMQ_BROKER_ERROR', 'broker said: a\nFATAL b', {
    detail: { remark: '\u001b[31mred', code: 1 },
  });
  expect(error.message).toBe('broker said: a\\u000aFATAL b');
  expect(error.detail).toEqual({ remark: '\\u001b[31mred', code: 1 });
});

describe('an error shows itself without bodies and property values', () => {
  const canary = 'canary-4711';
  const cause = Object.assign(new Error('the selector threw'), {
    body: canary,
    message2: { properties: { a: canary } },
  });
  const error = createError('RMQ_SELECTOR_FAILED', 'no queue', { cause, detail: { topic: 'orders' } });
  Object.defineProperty(error, 'failure', { value: { message: { body: canary } }, enumerable: true });

  test('in inspect: the fields, and of the cause its stack alone', () => {
    for (const depth of [0, 2, null]) {
      const text = inspect(error, { depth });
      expect(text).toContain('InvalidMessageError: no queue');
      expect(text).toContain("code: 'RMQ_SELECTOR_FAILED'");
      expect(text).toContain('Error: the selector threw');
      expect(text).not.toContain(canary);
    }
    expect(inspect({ error })).not.toContain(canary);
    expect(inspect(createError('RMQ_CLOSED', 'shut down'))).not.toContain('[cause]');
  });

  test('in JSON: the public fields alone', () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'InvalidMessageError',
      code: 'RMQ_SELECTOR_FAILED',
      message: 'no queue',
      stored: 'no',
      retryable: false,
      advice: error.advice,
      detail: { topic: 'orders' },
    });
  });
});

describe('instanceof across copies of the library', () => {
  let other!: typeof errors;
  jest.isolateModules(() => {
    other = jest.requireActual<typeof errors>('../../../src/errors/rocketmq-error.js');
  });

  test.each(codes)('an error of another copy is known, and its kind: %s', (code) => {
    const foreign = other.createError(code, 'x');
    expect(Object.getPrototypeOf(foreign)).not.toBe(classOf[errorTable[code].kind].prototype);
    expect(foreign).toBeInstanceOf(RocketMQError);
    const kinds = Object.entries(classOf).filter(([, errorClass]) => foreign instanceof errorClass);
    expect(kinds.map(([kind]) => kind)).toEqual([errorTable[code].kind]);
  });

  test('a class that a caller derives recognises only its own errors, and those are of its kind in every copy', () => {
    class Own extends errors.RejectedError {}
    const own = new Own('RMQ_SEND_FORBIDDEN', 'x');
    expect(own).toBeInstanceOf(Own);
    expect(own).toBeInstanceOf(other.RejectedError);
    expect(own).not.toBeInstanceOf(other.ClosedError);
    expect(createError('RMQ_SEND_FORBIDDEN', 'x')).not.toBeInstanceOf(Own);
  });

  test.each([undefined, null, 'text', new Error('x'), {}, { name: 'RejectedError', code: 'RMQ_CLOSED' }])(
    '%p is none',
    (value) => {
      for (const errorClass of [RocketMQError, errors.RejectedError]) expect(value).not.toBeInstanceOf(errorClass);
    },
  );
});
