import { inspect } from 'node:util';
import { from, lastValueFrom, toArray } from 'rxjs';
import type { Credentials } from '../../../src/access/credentials.js';
import { toRocketMQ } from '../../../operators/to-rocketmq.js';
import { SendError } from '../../../src/producer/message/send-error.js';
import { ProducerBench, TOPIC, until } from './producer-kit.js';

const known = { accessKey: 'user', secretKey: 'canary-right-secret' };
const user = { ...known, securityToken: 'canary-token' };
const wrong = { ...user, secretKey: 'canary-wrong-secret' };

const failureOf = async (sending: Promise<unknown>): Promise<SendError> => {
  const error: unknown = await sending.catch((thrown: unknown) => thrown);
  if (!(error instanceof SendError)) throw new Error(`no SendError: ${String(error)}`);
  return error;
};

describe('against brokers with access control', () => {
  const bench = new ProducerBench({ users: [known], brokers: 2 });

  test.each(['json', 'binary'] as const)('every request is signed, with %s headers', async (header) => {
    const producer = bench.producer({ credentials: user, header, heartbeatMs: 100 });
    await producer.start();
    const messages = Array.from({ length: 200 }, (_, i) => ({ topic: TOPIC, body: `${i}`, keys: `ключ ${i}` }));
    const outcomes = await lastValueFrom(from(messages).pipe(toRocketMQ(producer), toArray()));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    const [broker] = bench.cluster.brokers;
    await until(() => broker.requests('HEART_BEAT') > 1);
    await producer.shutdown();
    expect(broker.requests('UNREGISTER_CLIENT')).toBe(2);
    expect(bench.cluster.count(TOPIC)).toBe(200);
  });

  test('a wrong secret fails at once, is not retried, and nothing shows it', async () => {
    const lines: string[] = [];
    const write = (fields: object, text?: string): void =>
      void lines.push(`${text} ${inspect(fields, { depth: null })}`);
    const logger = { debug: write, info: write, warn: write, error: write };
    const producer = bench.producer({ credentials: wrong, retries: 5, retryableCodes: [16], logger });
    const events: unknown[] = [];
    producer.events$.subscribe((event) => events.push(event));
    const error = await failureOf(producer.send({ topic: TOPIC, body: 'refused' }));
    expect(error).toMatchObject({
      code: 'RMQ_ACCESS_DENIED',
      stored: 'no',
      retryable: false,
      message: expect.stringContaining('check signature failed'),
    });
    expect(error.advice).toMatch(/secretKey/);
    expect(error.failure.attempts).toHaveLength(1);
    await producer.shutdown();
    const shown = [error, error.failure, producer, events].map((one) =>
      inspect(one, { depth: null, showHidden: true }),
    );
    expect([...shown, ...lines, JSON.stringify(error), error.stack].join('\n')).not.toMatch(/canary/);
    expect(bench.cluster.count(TOPIC)).toBe(0);
  });

  test('after a refusal the function is asked again, and what comes next is signed with what it gives', async () => {
    let current: Credentials = wrong;
    const ask = jest.fn(() => current);
    const time = bench.loopTime();
    const producer = bench.producer({ credentials: ask, scheduler: time.scheduler });
    const refusals: string[] = [];
    for (let i = 0; i < 3; i++) refusals.push((await failureOf(producer.send({ topic: TOPIC, body: 'no' }))).code);
    expect(refusals).toEqual(Array(3).fill('RMQ_ACCESS_DENIED'));
    // Once at the start, once after the first refusal: the others came within the same second.
    expect(ask).toHaveBeenCalledTimes(2);
    current = user;
    time.skip(1010);
    await failureOf(producer.send({ topic: TOPIC, body: 'the last one that is refused' }));
    await expect(producer.send({ topic: TOPIC, body: 'let in' })).resolves.toMatchObject({ attempts: 1 });
    expect(bench.cluster.count(TOPIC)).toBe(1);
  });

  test('the first messages wait for the first credentials', async () => {
    let give: (credentials: Credentials) => void = () => undefined;
    const producer = bench.producer({ credentials: () => new Promise((resolve) => void (give = resolve)) });
    const sending = producer.send({ topic: TOPIC, body: 'early' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(bench.cluster.nameServer.requests()).toBe(0);
    give(user);
    await expect(sending).resolves.toMatchObject({ ok: true, attempts: 1 });
  });

  test('a function that fails leaves nothing unsigned: the message fails with why, and nothing is sent', async () => {
    const producer = bench.producer({
      credentials: () => Promise.reject(new Error('vault is sealed')),
      retries: 0,
      sendTimeoutMs: 300,
    });
    const error = await failureOf(producer.send({ topic: TOPIC, body: 'never' }));
    expect(error.stored).toBe('no');
    expect(inspect(error, { depth: null })).toContain('RMQ_CREDENTIALS_UNAVAILABLE');
    expect(bench.cluster.nameServer.requests()).toBe(0);
  });

  test('a function that never answers is waited for no longer than the message has time', async () => {
    const producer = bench.producer({ credentials: () => new Promise(() => undefined), sendTimeoutMs: 200 });
    const error = await failureOf(producer.send({ topic: TOPIC, body: 'never' }));
    expect(error).toMatchObject({ stored: 'no' });
    expect(bench.cluster.nameServer.requests()).toBe(0);
  });
});
