import { expectTypeOf } from 'expect-type';
import { ConfigurationError } from '../../../src/errors/rocketmq-error.js';
import {
  assertGiven,
  type Checked,
  type Given,
  OptionCheck,
  type OptionTable,
} from '../../../src/options/check-options.js';
import { registerPlaces } from '../../../src/options/option-places.js';
import { integer, text } from '../../../src/options/option-kinds.js';

const table = {
  name: { kind: text('a name', (given) => given !== ''), isRequired: true, java: 'producerName' },
  timeoutMs: { kind: integer(1, 1000), default: 30 },
  retries: { kind: integer(0, 9), java: 'retryTimes' },
  cache: {
    members: { size: { kind: integer(1, 9), default: 4 }, deep: { kind: integer(1, 9) } },
    orFalse: true,
    hasDefaults: true,
  },
  proxy: { members: { port: { kind: integer(1, 9), default: 4 } } },
} as const satisfies OptionTable;

function problemsOf(given: unknown): readonly string[] {
  const check = new OptionCheck('demo');
  try {
    check.take(given, table);
    check.assertNone();
  } catch (error) {
    if (error instanceof ConfigurationError)
      return Object.entries(error.detail).map(([option, what]) => `${option} ${what}`);
    throw error;
  }
  return [];
}

test('what is not given gets its default, at every depth; what has none stays absent', () => {
  const taken = new OptionCheck('demo').take({ name: 'a', timeoutMs: undefined, retries: undefined }, table);
  expect(taken).toStrictEqual({ name: 'a', timeoutMs: 30, cache: { size: 4 } });
});

test('what is given is taken', () => {
  const taken = new OptionCheck('demo').take(
    { name: 'a', timeoutMs: 1, retries: 0, cache: { deep: 2 }, proxy: {} },
    table,
  );
  expect(taken).toEqual({ name: 'a', timeoutMs: 1, retries: 0, cache: { size: 4, deep: 2 }, proxy: { port: 4 } });
  expect(new OptionCheck('demo').take({ name: 'a', cache: false }, table).cache).toBe(false);
});

test('the types follow the table', () => {
  expectTypeOf<Checked<typeof table>>().branded.toEqualTypeOf<{
    readonly name: string;
    readonly timeoutMs: number;
    readonly retries?: number;
    readonly cache: false | { readonly size: number; readonly deep?: number };
    readonly proxy?: { readonly port: number };
  }>();
  expectTypeOf<Given<typeof table>>().branded.toEqualTypeOf<{
    readonly name: string;
    readonly timeoutMs?: number;
    readonly retries?: number;
    readonly cache?: false | { readonly size?: number; readonly deep?: number };
    readonly proxy?: { readonly port?: number };
  }>();
});

test('every problem is found at once, each with what was given and what is allowed', () => {
  expect(problemsOf({ timeoutMs: '5', retries: -1, cache: { size: 2 ** 31, dep: 1 }, proxy: 7, timoutMs: 5 })).toEqual([
    'timoutMs is not an option, did you mean timeoutMs?',
    'name is missing, it must be a name',
    "timeoutMs is '5', it must be a whole number from 1 to 1000",
    'retries is -1, it must be a whole number from 0 to 9',
    'cache.dep is not an option, did you mean deep?',
    'cache.size is 2147483648, it must be a whole number from 1 to 9',
    'proxy is 7, it must be an object, perhaps { port: … }',
  ]);
});

test('false is allowed only where it switches something off, null nowhere', () => {
  expect(problemsOf({ name: 'a', proxy: false })).toEqual(['proxy is false, it must be an object']);
  expect(problemsOf({ name: 'a', cache: true })).toEqual(['cache is true, it must be an object or false']);
  expect(problemsOf({ name: 'a', cache: null, timeoutMs: null })).toEqual([
    'timeoutMs is null, it must be a whole number from 1 to 1000',
    'cache is null, it must be an object or false',
  ]);
});

class Settings {
  get name(): string {
    return 'a';
  }
}

test.each<[given: unknown, told: string]>([
  [null, 'null'],
  [undefined, 'undefined'],
  [[], 'an array'],
  ['name=a', 'a string'],
  [7, 'a number'],
  [() => 1, 'a function'],
  [Promise.resolve({ name: 'a' }), 'a Promise'],
  [new Map([['name', 'a']]), 'a Map'],
  [new Date(), 'a Date'],
])('%p is no object of options, and nothing else is said of it', (given, told) => {
  expect(problemsOf(given)).toEqual([expect.stringMatching(new RegExp(`^it is ${told}, it must be an object`))]);
  expect(() => assertGiven('demo', given, table)).toThrow(`Invalid demo: it is ${told}, it must be an object`);
});

test('an object of a class may have its options from the class', () => {
  expect(problemsOf(new Settings())).toEqual([]);
});

test('a value in the place of the options is told the option that takes such a value', () => {
  expect(problemsOf(5)).toEqual(['it is a number, it must be an object, perhaps { timeoutMs: … }']);
  expect(problemsOf({ name: 'a', cache: 5 })).toEqual([
    'cache is 5, it must be an object or false, perhaps { size: … }',
  ]);
});

test('an option of something else is told where it belongs', () => {
  registerPlaces('the options of a test', { linger: {}, group: { members: { depth: {} } } });
  expect(problemsOf({ name: 'a', linger: 5, depth: 1 })).toEqual([
    'linger is not an option here, it belongs to the options of a test',
    'depth is not an option here, it belongs to group in the options of a test',
  ]);
});

test('without defaults, what is good costs no more than a look, and what is not is the same error', () => {
  expect(() => assertGiven('demo', { name: 'a', timeoutMs: undefined }, table)).not.toThrow();
  expect(() => assertGiven('demo', { name: 'a', cache: { size: 2 } }, table)).not.toThrow();
  expect(() => assertGiven('demo', {}, table)).toThrow('Invalid demo: name is missing, it must be a name');
  expect(() => assertGiven('demo', { name: 'a', retries: 10 }, table, 'RMQ_ARGUMENT_INVALID')).toThrow(
    expect.objectContaining({
      code: 'RMQ_ARGUMENT_INVALID',
      detail: { rule: 'retries', retries: 'is 10, it must be a whole number from 0 to 9' },
    }),
  );
});

test('a name of the Java client is told the name it has here', () => {
  expect(problemsOf({ name: 'a', retryTimes: 3 })).toEqual(['retryTimes is not an option, did you mean retries?']);
  expect(problemsOf({ name: 'a', somethingElse: 3 })).toEqual(['somethingElse is not an option']);
});

test('names that every object has are unknown options like others', () => {
  expect(problemsOf(JSON.parse('{"name":"a","__proto__":1,"constructor":2,"toString":3}'))).toEqual([
    '__proto__ is not an option',
    'constructor is not an option',
    'toString is not an option',
  ]);
});

test('the message lists all problems; one problem alone may have its own code', () => {
  const check = new OptionCheck('demo');
  check.add('name', 'is odd', 'RMQ_NAME_SERVER_MISSING');
  expect(() => check.assertNone()).toThrow(
    expect.objectContaining({
      code: 'RMQ_NAME_SERVER_MISSING',
      message: 'Invalid demo: name is odd.',
      detail: { name: 'is odd' },
    }),
  );
  check.add('retries', 'are many');
  expect(check.hasProblem('retries')).toBe(true);
  expect(check.hasProblem('timeoutMs')).toBe(false);
  expect(() => check.assertNone()).toThrow(
    expect.objectContaining({
      code: 'RMQ_CONFIG_INVALID',
      message: 'Invalid demo (2 problems): name is odd; retries are many.',
    }),
  );
});

test('no value that may be a secret is repeated: not of unknown options, not inside objects', () => {
  const canary = 'canary-4711';
  const given = { name: { secret: canary }, secretKey: canary, cache: { size: { canary } }, timeoutMs: () => canary };
  const told = problemsOf(given).join();
  expect(told).toContain('name is an object');
  expect(told).toContain('timeoutMs is a function');
  expect(told).not.toContain(canary);
});

test('a long value is cut off', () => {
  expect(problemsOf({ name: 'a', retries: 'x'.repeat(10_000) }).join().length).toBeLessThan(300);
});
