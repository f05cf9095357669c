import { CredentialSource } from '../../../src/access/credential-source.js';
import type { Credentials, CredentialsGiven } from '../../../src/access/credentials.js';
import type { RocketMQError } from '../../../src/errors/rocketmq-error.js';

const first = { accessKey: 'user', secretKey: 'first' };
const second = { accessKey: 'user', secretKey: 'second' };

/** A source whose clock stands still until it is moved. */
function source(given: CredentialsGiven) {
  const clock = { now: 0 };
  const problems: RocketMQError[] = [];
  const onProblem = (error: RocketMQError): void => void problems.push(error);
  return { clock, problems, source: new CredentialSource({ given, now: () => clock.now, onProblem }) };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('credentials that are given once are there at once and stay', async () => {
  const { source: given, problems } = source(first);
  expect(given.current?.isOf(first)).toBe(true);
  given.refresh();
  await given.first();
  expect(given.current?.isOf(first)).toBe(true);
  expect(problems).toEqual([]);
});

test('a function is not called before somebody asks', () => {
  const ask = jest.fn(() => first);
  const { source: given } = source(ask);
  expect(given.current).toBeUndefined();
  expect(ask).not.toHaveBeenCalled();
  expect(given.missing).toMatchObject({ code: 'RMQ_CREDENTIALS_UNAVAILABLE', stored: 'no', retryable: true });
});

test('what a synchronous function gives is in force when refresh() returns', () => {
  let now: Credentials = first;
  const { source: given, clock } = source(() => now);
  given.refresh();
  const key = given.current;
  expect(key?.isOf(first)).toBe(true);
  clock.now = 60_000;
  given.refresh();
  // Nothing changed: nothing that was computed of them is thrown away.
  expect(given.current).toBe(key);
  now = second;
  clock.now = 120_000;
  given.refresh();
  expect(given.current?.isOf(second)).toBe(true);
});

test('all wait for one answer of an asynchronous function', async () => {
  let give: (credentials: Credentials) => void = () => undefined;
  const ask = jest.fn(() => new Promise<Credentials>((resolve) => void (give = resolve)));
  const { source: given } = source(ask);
  const waiting = Promise.all([given.first(), given.first()]);
  given.refresh();
  give(first);
  await waiting;
  expect(given.current?.isOf(first)).toBe(true);
  expect(ask).toHaveBeenCalledTimes(1);
});

test('is asked once a second at most, however many requests are refused', async () => {
  const ask = jest.fn(async () => first);
  const { source: given, clock } = source(ask);
  await given.first();
  for (const now of [1, 500, 999, 1000]) {
    clock.now = now;
    given.refused();
    await settle();
  }
  expect(ask).toHaveBeenCalledTimes(2);
  clock.now = 1001;
  given.refused();
  expect(ask).toHaveBeenCalledTimes(3);
});

test('after a failure all who wait for the first answer fail with it, until a second later somebody asks again', async () => {
  const ask = jest.fn(() => Promise.reject(new Error('vault is sealed')));
  const { source: given, clock } = source(ask);
  await expect(given.first()).rejects.toThrow('rejected');
  clock.now = 999;
  await expect(given.first()).rejects.toThrow('rejected');
  expect(ask).toHaveBeenCalledTimes(1);
  clock.now = 1000;
  await expect(given.first()).rejects.toThrow('rejected');
  expect(ask).toHaveBeenCalledTimes(2);
});

test.each([
  [
    'throws',
    (): never => {
      throw new Error('vault is sealed');
    },
    'the credentials function threw',
  ],
  ['rejects', () => Promise.reject(new Error('vault is sealed')), 'the credentials function rejected'],
  [
    'gives something else',
    // @ts-expect-error what untyped callers may do
    (): Credentials => ({ user: 'canary-1' }),
    'the credentials function gave credentials that have a problem: accessKey is missing',
  ],
  [
    'promises nothing',
    // @ts-expect-error what untyped callers may do
    async (): Promise<Credentials> => undefined,
    'the credentials function gave credentials that are no object with accessKey and secretKey',
  ],
])('a function that %s leaves nothing to sign with, and says why', async (_what, ask, message) => {
  const { source: given, problems } = source(ask);
  await expect(given.first()).rejects.toMatchObject({ code: 'RMQ_CREDENTIALS_UNAVAILABLE', message });
  expect(given.current).toBeUndefined();
  expect(given.missing.message).toBe(message);
  expect(problems.map((problem) => problem.message)).toEqual([message]);
});

test('while it fails the last credentials stay in force, and when it works again it is heard', async () => {
  let answer = (): Promise<Credentials> => Promise.resolve(first);
  const { source: given, clock, problems } = source(() => answer());
  await given.first();
  answer = () => Promise.reject(new Error('vault is sealed'));
  clock.now = 60_000;
  given.refresh();
  await settle();
  expect(given.current?.isOf(first)).toBe(true);
  expect(problems).toHaveLength(1);
  await expect(given.first()).resolves.toBeUndefined();
  answer = () => Promise.resolve(second);
  clock.now = 120_000;
  given.refresh();
  await settle();
  expect(given.current?.isOf(second)).toBe(true);
});

test('a question that is never answered does not keep the next one from being asked, and loses to its answer', async () => {
  const pending: ((credentials: Credentials) => void)[] = [];
  const { source: given, clock } = source(() => new Promise((resolve) => void pending.push(resolve)));
  given.refresh();
  clock.now = 29_999;
  given.refresh();
  expect(pending).toHaveLength(1);
  clock.now = 30_000;
  given.refresh();
  expect(pending).toHaveLength(2);
  pending[1]?.(second);
  await settle();
  pending[0]?.(first);
  await settle();
  expect(given.current?.isOf(second)).toBe(true);
});
