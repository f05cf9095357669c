import { NEVER, Subject } from 'rxjs';
import { toRocketMQ } from '../../../operators/to-rocketmq.js';
import { checkConfig } from '../../../src/producer/config.js';
import type { Message } from '../../../src/producer/message/message.js';
import { createError } from '../../../src/errors/rocketmq-error.js';
import { Failure, type SendFailure } from '../../../src/producer/message/outcome.js';
import { ProducerCore } from '../../../src/producer/producer-core.js';
import { drop } from '../../../src/testing/index.js';
import { TestCluster, until } from '../../operators/test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open());
afterEach(() => servers.close());

const message: Message = { topic: 'orders', body: 'hello' };
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
const silence = (): void => {
  for (const broker of servers.cluster.brokers) broker.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: drop() });
};
const stateError = (state: string) => ({ code: 'RMQ_STATE_INVALID', detail: { state } });

describe('start()', () => {
  test('of a new producer makes it RUNNING, whether servers can be reached or not', async () => {
    await servers.close();
    await servers.open();
    await servers.cluster.nameServer.kill();
    const producer = servers.producer();
    await producer.start();
    expect(producer.state).toBe('RUNNING');
  });

  test('joins a start in progress, be it that of a first send, and resolves for a producer that runs', async () => {
    const producer = servers.producer();
    const sending = producer.send(message);
    expect(producer.state).toBe('START_FAILED');
    await Promise.all([producer.start(), producer.start()]);
    expect(producer.state).toBe('RUNNING');
    await producer.start();
    await expect(sending).resolves.toMatchObject({ ok: true });
  });

  test('is refused after shutdown() was called, and names the state', async () => {
    const producer = servers.producer();
    await producer.start();
    silence();
    const sending = rejection(producer.send(message));
    await until(() => servers.sends === 1);
    const stopping = producer.shutdown({ timeoutMs: 50 });
    await until(() => producer.state === 'SHUTTING_DOWN');
    expect(await rejection(producer.start())).toMatchObject(stateError('SHUTTING_DOWN'));
    await stopping;
    expect(await rejection(producer.start())).toMatchObject(stateError('SHUTDOWN_ALREADY'));
    await sending;
  });

  test('of a duplicate group leaves CREATE_JUST, and can be repeated when the other is gone', async () => {
    const shared = { instanceName: 'shared', group: 'one' };
    const first = servers.producer(shared);
    const second = servers.producer(shared);
    await first.start();
    expect(await rejection(second.start())).toMatchObject({ code: 'RMQ_GROUP_DUPLICATE' });
    expect(second.state).toBe('CREATE_JUST');
    expect(await rejection(second.send(message))).toMatchObject({ code: 'RMQ_GROUP_DUPLICATE', stored: 'no' });
    expect(second.metrics()).toMatchObject({ offered: 1, failed: 1, inFlight: 0 });
    await first.shutdown();
    await second.start();
    await expect(second.send(message)).resolves.toMatchObject({ ok: true });
  });

  test('that fails for good leaves START_FAILED, where nothing is taken and shutdown still works', async () => {
    const scheduler = {
      now: () => 0,
      schedule(): never {
        throw new Error('no timers');
      },
    };
    const producer = servers.producer({ scheduler });
    expect(await rejection(producer.start())).toMatchObject({ code: 'RMQ_INSTANCE_FAILED' });
    expect(producer.state).toBe('START_FAILED');
    expect(await rejection(producer.start())).toMatchObject(stateError('START_FAILED'));
    expect(await rejection(producer.send(message))).toMatchObject(stateError('START_FAILED'));
    await producer.shutdown({ drain: false });
    expect(producer.state).toBe('SHUTDOWN_ALREADY');
  });

  test('fetches the routes of warmUpTopics', async () => {
    const producer = servers.producer({ warmUpTopics: ['orders'] });
    const changes: string[] = [];
    producer.events$.subscribe((event) => {
      if (event.type === 'route-changed') changes.push(event.topic);
    });
    await producer.start();
    await until(() => changes.includes('orders'));
    expect(producer.state).toBe('RUNNING');
  });
});

describe('send()', () => {
  test('joins a start in progress', async () => {
    const producer = servers.producer();
    const starting = producer.start();
    expect(producer.state).toBe('START_FAILED');
    await expect(producer.send(message)).resolves.toMatchObject({ ok: true });
    await starting;
  });

  test('is refused from shutdown() on', async () => {
    const producer = servers.producer();
    silence();
    const sending = rejection(producer.send(message));
    await until(() => servers.sends === 1);
    const stopping = producer.shutdown({ timeoutMs: 50 });
    await until(() => producer.state === 'SHUTTING_DOWN');
    expect(await rejection(producer.send(message))).toMatchObject({ code: 'RMQ_CLOSED', stored: 'no' });
    expect(() => producer.sendOneway(message)).toThrow(expect.objectContaining({ code: 'RMQ_CLOSED' }));
    await stopping;
    await sending;
    expect(await rejection(producer.send(message))).toMatchObject({ code: 'RMQ_CLOSED' });
    expect(producer.metrics().offered).toBe(1);
  });
});

describe('shutdown()', () => {
  test('of a producer that was never started works', async () => {
    const producer = servers.producer();
    await expect(producer.shutdown()).resolves.toEqual({ settled: 0, abandoned: [] });
    expect(producer.state).toBe('SHUTDOWN_ALREADY');
  });

  test('while starting waits for the start', async () => {
    const producer = servers.producer();
    const starting = producer.start();
    const stopping = producer.shutdown();
    await expect(starting).resolves.toBeUndefined();
    await stopping;
    expect(producer.state).toBe('SHUTDOWN_ALREADY');
  });

  test('twice joins the first', async () => {
    const producer = servers.producer();
    await producer.start();
    const [one, two] = await Promise.all([producer.shutdown(), producer.shutdown({ drain: false })]);
    expect(one).toBe(two);
  });

  test('delivers what was accepted', async () => {
    const producer = servers.producer();
    const sendings = Array.from({ length: 20 }, () => producer.send(message));
    await expect(producer.shutdown()).resolves.toEqual({ settled: 20, abandoned: [] });
    expect((await Promise.all(sendings)).every(({ ok }) => ok)).toBe(true);
  });

  test('is bounded in time by silent brokers: in flight is maybe, waiting is no', async () => {
    silence();
    const producer = servers.producer({ sendTimeoutMs: 60_000 });
    const sendings = Array.from({ length: 300 }, () => rejection(producer.send(message)));
    await until(() => servers.sends === 256);
    const { settled, abandoned } = await producer.shutdown({ timeoutMs: 60 });
    expect([settled, abandoned.length]).toEqual([0, 300]);
    expect(abandoned.filter(({ stored }) => stored === 'maybe')).toHaveLength(256);
    expect(abandoned.every(({ stage }) => stage === 'shutdown')).toBe(true);
    const errors = await Promise.all(sendings);
    expect(errors.filter((error) => (error as { stored: string }).stored === 'no')).toHaveLength(44);
    expect(producer.metrics()).toMatchObject({ offered: 300, failed: 300, inFlight: 0, buffered: 0 });
  });

  test('with drain: false gives everything back at once', async () => {
    silence();
    const producer = servers.producer({ sendTimeoutMs: 60_000 });
    const sending = rejection(producer.send(message));
    await until(() => servers.sends === 1);
    const { abandoned } = await producer.shutdown({ drain: false });
    const attempts = [{ error: { code: 'RMQ_CLOSED', stored: 'maybe' } }];
    expect(abandoned).toMatchObject([{ stage: 'shutdown', stored: 'maybe', error: { code: 'RMQ_CLOSED' }, attempts }]);
    await sending;
  });

  test('tells the brokers, and leaves no connection', async () => {
    const producer = servers.producer();
    await producer.send(message);
    await producer.shutdown();
    await until(() => servers.cluster.brokers.every(({ connections }) => connections.length === 0));
    const told = servers.cluster.brokers.reduce((sum, broker) => sum + broker.requests('UNREGISTER_CLIENT'), 0);
    expect(told).toBeGreaterThanOrEqual(2);
  });

  test('is what `await using` does', async () => {
    const outer = servers.producer();
    {
      await using producer = outer;
      await producer.send(message);
    }
    expect(outer.state).toBe('SHUTDOWN_ALREADY');
  });
});

describe('flush()', () => {
  test('resolves at once when nothing is under way', async () => {
    await expect(servers.producer().flush()).resolves.toBeUndefined();
  });

  test('ends under an endless source: later messages do not delay it', async () => {
    const producer = servers.producer();
    const source = new Subject<Message>();
    let offered = 0;
    const push = (): void => {
      offered++;
      source.next(message);
    };
    const subscription = source.pipe(toRocketMQ(producer)).subscribe(push);
    for (let n = 0; n < 16; n++) push();
    const before = offered;
    await producer.flush();
    expect(producer.metrics().sent).toBeGreaterThanOrEqual(before);
    expect(offered).toBeGreaterThan(before);
    subscription.unsubscribe();
    await producer.flush();
    expect(producer.metrics().inFlight).toBe(0);
  });
});

describe('isRetryable', () => {
  const failure = (code: Parameters<typeof createError>[0], responseCode?: number): SendFailure => {
    const detail = responseCode === undefined ? {} : { responseCode };
    return new Failure(
      { message, context: undefined, msgId: 'x' },
      { stage: 'send', error: createError(code, 'x', { detail }) },
    );
  };
  const coreWith = (retryableCodes?: readonly number[]): ProducerCore =>
    new ProducerCore(
      checkConfig({ nameServers: 'h:1', group: 'g', logger: false, ...(retryableCodes && { retryableCodes }) }),
    );

  test('is the error’s word where no codes are configured', () => {
    const { isRetryable } = coreWith();
    expect(isRetryable(failure('RMQ_BROKER_BUSY', 2))).toBe(true);
    expect(isRetryable(failure('RMQ_RESPONSE_UNKNOWN', 9999))).toBe(false);
  });

  test('retryableCodes decide for answers, but never for refusals of access or of the message', () => {
    const { isRetryable } = coreWith([9999, 16, 13]);
    expect(isRetryable(failure('RMQ_RESPONSE_UNKNOWN', 9999))).toBe(true);
    expect(isRetryable(failure('RMQ_BROKER_BUSY', 2))).toBe(false);
    expect(isRetryable(failure('RMQ_ACCESS_DENIED', 16))).toBe(false);
    expect(isRetryable(failure('RMQ_MESSAGE_REFUSED', 13))).toBe(false);
    expect(isRetryable(failure('RMQ_CONNECT_FAILED'))).toBe(true);
  });
});

test('a stream without messages does not hold up shutdown', async () => {
  const producer = servers.producer();
  const ends: unknown[] = [];
  NEVER.pipe(toRocketMQ(producer)).subscribe({ error: (error: unknown) => ends.push(error) });
  await producer.shutdown();
  expect(ends).toMatchObject([{ code: 'RMQ_CLOSED' }]);
});
