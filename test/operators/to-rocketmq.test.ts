import {
  concat,
  config,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  range,
  repeat,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import { ConfigurationError } from '../../src/errors/rocketmq-error.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure, SendOutcome } from '../../src/producer/message/outcome.js';
import { SendError } from '../../src/producer/message/send-error.js';
import { busy, delay, drop } from '../../src/testing/index.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open());
afterEach(() => servers.close());

const SEND = 'SEND_MESSAGE_V2';
const message = (context: number): Message<number> => ({ topic: 'orders', body: `${context}`, context });
const numbers = (count: number): Observable<Message<number>> => range(1, count).pipe(map(message));
const endOf = (outcomes$: Observable<unknown>): Promise<unknown> =>
  new Promise((resolve) => outcomes$.subscribe({ error: resolve, complete: () => resolve('complete') }));

describe('toRocketMQ', () => {
  test('emits a receipt for every message, with its context, and completes', async () => {
    const receipts = await lastValueFrom(numbers(500).pipe(toRocketMQ<number>(servers.producer()), toArray()));
    expect(receipts.map(({ context }) => context).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, n) => n + 1),
    );
    expect(new Set(servers.cluster.messages('orders').map(({ msgId }) => msgId))).toEqual(
      new Set(receipts.map(({ msgId }) => msgId)),
    );
  });

  test('never, empty and error pass through', async () => {
    const producer = servers.producer();
    const seen: unknown[] = [];
    const never = NEVER.pipe(toRocketMQ(producer)).subscribe({
      next: () => seen.push(1),
      complete: () => seen.push(2),
    });
    expect(await endOf(EMPTY.pipe(toRocketMQ(producer)))).toBe('complete');
    expect(await endOf(throwError(() => 'error').pipe(toRocketMQ(producer)))).toBe('error');
    never.unsubscribe();
    expect(seen).toEqual([]);
  });

  test('reads a pull source that is given to it directly, and no further than the window', async () => {
    let read = 0;
    function* endless() {
      for (;;) yield message(++read);
    }
    const producer = servers.producer();
    const receipts = await lastValueFrom(
      toRocketMQ<number>(producer, { window: 8 })(endless()).pipe(take(100), toArray()),
    );
    expect(receipts).toHaveLength(100);
    expect(read).toBeLessThanOrEqual(100 + 8);
    await producer.flush();
  });

  test('an error of the source ends the stream with it, after everything accepted', async () => {
    const receipts: unknown[] = [];
    const end = await new Promise((resolve) => {
      concat(
        numbers(20),
        throwError(() => 'source'),
      )
        .pipe(toRocketMQ<number>(servers.producer()))
        .subscribe({ next: (receipt) => receipts.push(receipt), error: resolve });
    });
    expect([end, receipts.length]).toEqual(['source', 20]);
  });

  test('a handler that throws loses no outcome', async () => {
    const producer = servers.producer();
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    try {
      await new Promise<void>((resolve) => {
        numbers(3)
          .pipe(toRocketMQ<number>(producer))
          .subscribe({
            next({ context }) {
              throw new Error(`handler ${context}`);
            },
            complete: resolve,
          });
      });
      await until(() => reported.length === 3);
    } finally {
      config.onUnhandledError = null;
    }
    expect(producer.metrics()).toMatchObject({ sent: 3, inFlight: 0 });
  });

  test('can be subscribed to again', async () => {
    const sent$ = numbers(5).pipe(toRocketMQ<number>(servers.producer()));
    await lastValueFrom(sent$);
    await lastValueFrom(sent$);
    expect(servers.cluster.count('orders')).toBe(10);
  });

  test('a source that pushes without end is left when it overflows, and when nobody wants more outcomes', async () => {
    const producer = servers.producer();
    const endless = of(message(1)).pipe(repeat());
    expect(
      await endOf(endless.pipe(toRocketMQ<number>(producer, { window: 2, buffer: { messages: 3 } }))),
    ).toMatchObject({ name: 'SendError', code: 'RMQ_OVERLOADED' });
    for (const results of ['completion', 'source'] as const) {
      const invalid = of({ ...message(1), topic: '' }).pipe(repeat());
      const options = { results, onFailure: 'result', window: 2, buffer: { messages: 3 } } as const;
      expect(await lastValueFrom(invalid.pipe(toRocketMQ<number>(producer, options), take(5), toArray()))).toHaveLength(
        5,
      );
    }
    await producer.flush();
    const { offered, sent, failed } = producer.metrics();
    expect(sent + failed).toBe(offered);
    expect(offered).toBeLessThan(30);
  });

  test('pushed beyond window and buffer, messages fail and the accepted are sent', async () => {
    const outcomes = await lastValueFrom(
      numbers(50).pipe(
        toRocketMQ<number>(servers.producer(), { window: 4, buffer: { messages: 6 }, onFailure: 'result' }),
        toArray(),
      ),
    );
    const failures = outcomes.filter((outcome): outcome is SendFailure<number> => !outcome.ok);
    expect(failures).toHaveLength(40);
    expect(failures.every(({ stage, stored }) => stage === 'overflow' && stored === 'no')).toBe(true);
    expect(servers.cluster.count('orders')).toBe(10);
  });
});

describe('onFailure', () => {
  test('error ends the stream after what is in flight, and names everything without a receipt', async () => {
    servers.refuseBodies('2');
    const receipts: number[] = [];
    const end = await new Promise((resolve) => {
      fromPull([1, 2, 3, 4, 5, 6].map(message))
        .pipe(toRocketMQ<number>(servers.producer(), { window: 3 }))
        .subscribe({ next: ({ context }) => receipts.push(context), error: resolve });
    });
    expect(end).toBeInstanceOf(SendError);
    const error = end as SendError<number>;
    expect(error).toMatchObject({ code: 'RMQ_MESSAGE_REFUSED', stored: 'no' });
    expect(error.failure.context).toBe(2);
    const accounted = [...receipts, error.failure.context, ...error.notSent.map(({ context }) => context)];
    expect(accounted).toEqual(expect.arrayContaining([1, 2, 3]));
    expect(servers.cluster.count('orders')).toBe(receipts.length);
  });

  test('result emits failures like receipts, and goes on', async () => {
    servers.refuseBodies('2', '4');
    const outcomes = await lastValueFrom(
      numbers(5).pipe(toRocketMQ<number>(servers.producer(), { onFailure: 'result' }), toArray()),
    );
    expect(outcomes.filter(({ ok }) => !ok).map(({ context }) => context)).toEqual(expect.arrayContaining([2, 4]));
    expect(outcomes).toHaveLength(5);
  });

  test.each(['error', 'result'] as const)('deadLetter is told every failure under %s', async (onFailure) => {
    servers.refuseBodies('2');
    const dead: SendFailure<number>[] = [];
    await endOf(
      numbers(2).pipe(
        toRocketMQ<number>(servers.producer(), { onFailure, deadLetter: { next: (failure) => dead.push(failure) } }),
      ),
    );
    expect(dead.map(({ context }) => context)).toEqual([2]);
  });
});

describe('the producer of a pipeline', () => {
  test('that was given is started, and never shut down', async () => {
    const producer = servers.producer();
    await lastValueFrom(numbers(2).pipe(toRocketMQ<number>(producer)));
    expect(producer.state).toBe('RUNNING');
  });

  test('made from a configuration is shared by concurrent subscriptions and shut down after the last', async () => {
    // Those of other tests may linger.
    await until(() => servers.cluster.nameServer.connections.length === 0);
    const send = toRocketMQ<number>({ ...servers.config, group: 'owned' });
    const sources = [new Subject<Message<number>>(), new Subject<Message<number>>()] as const;
    const ends = sources.map((source) => endOf(source.pipe(send)));
    for (const source of sources) source.next(message(1));
    await until(() => servers.cluster.count('orders') === 2);
    const clients = (): number =>
      servers.cluster.brokers.reduce((sum, broker) => sum + broker.requests('UNREGISTER_CLIENT'), 0);
    // Two producers of one group would need two client instances, and two connections to the name server.
    expect(servers.cluster.nameServer.connections).toHaveLength(1);
    sources[0].complete();
    await ends[0];
    expect(clients()).toBe(0);
    sources[1].complete();
    await ends[1];
    await until(() => servers.cluster.nameServer.connections.length === 0);
    await expect(lastValueFrom(of(message(3)).pipe(send))).resolves.toMatchObject({ ok: true });
    await until(() => servers.cluster.nameServer.connections.length === 0);
  });

  test('that was shut down takes no stream', async () => {
    const producer = servers.producer();
    await producer.shutdown();
    expect(await endOf(numbers(1).pipe(toRocketMQ<number>(producer)))).toMatchObject({ code: 'RMQ_CLOSED' });
  });

  test('of a duplicate group errors the stream', async () => {
    const shared = { instanceName: 'same', group: 'same' };
    await servers.producer(shared).start();
    const end = await endOf(numbers(3).pipe(toRocketMQ<number>({ ...servers.config, ...shared })));
    expect(end).toMatchObject({ code: 'RMQ_GROUP_DUPLICATE' });
    expect(servers.sends).toBe(0);
  });

  test('wrong configuration and wrong options throw at once, with all problems', () => {
    const wrong = (): unknown => toRocketMQ({ ...servers.config, retries: -1, sendTimeoutMs: 0 });
    expect(wrong).toThrow(ConfigurationError);
    expect(wrong).toThrow(/retries.*sendTimeoutMs|sendTimeoutMs.*retries/);
    const options = (): unknown => toRocketMQ(servers.config, { window: 0, windowBytes: Number.NaN });
    expect(options).toThrow(/window .*windowBytes/);
  });
});

describe('the end', () => {
  test('shutdown during a stream drains, then errors it with RMQ_CLOSED', async () => {
    servers.scriptSends(delay(30));
    const producer = servers.producer();
    const source = new Subject<Message<number>>();
    const receipts: number[] = [];
    const end = new Promise((resolve) => {
      source.pipe(toRocketMQ<number>(producer, { window: 2 })).subscribe({
        next: ({ context }) => receipts.push(context),
        error: resolve,
        complete: () => resolve('complete'),
      });
    });
    for (let n = 1; n <= 6; n++) source.next(message(n));
    await expect(producer.shutdown()).resolves.toMatchObject({ settled: 6, abandoned: [] });
    expect(await end).toMatchObject({ code: 'RMQ_CLOSED' });
    expect(receipts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(source.observed).toBe(false);
  });

  test('shutdown of a stream whose source had completed completes it', async () => {
    servers.scriptSends(delay(30));
    const producer = servers.producer();
    const end = endOf(numbers(3).pipe(toRocketMQ<number>(producer)));
    await producer.shutdown();
    expect(await end).toBe('complete');
  });

  test('unsubscribe with a full window against silent brokers gives every slot back, and nothing is tried again', async () => {
    servers.scriptSends(drop());
    const producer = servers.producer({ sendTimeoutMs: 300 });
    const dead: SendFailure[] = [];
    const subscription = numbers(20)
      .pipe(toRocketMQ<number>(producer, { window: 8, deadLetter: { next: (failure) => dead.push(failure) } }))
      .subscribe();
    await until(() => servers.sends === 8);
    const abandoned = firstValueFrom(producer.events$);
    subscription.unsubscribe();
    expect(await abandoned).toMatchObject({ type: 'abandoned' });
    expect(dead).toHaveLength(12);
    expect(producer.metrics()).toMatchObject({ inFlight: 8, buffered: 0 });
    await producer.flush();
    expect(producer.metrics()).toMatchObject({ offered: 20, failed: 20, inFlight: 0, inFlightBytes: 0, retried: 0 });
    expect(dead.filter(({ stored }) => stored === 'maybe')).toHaveLength(8);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(servers.sends).toBe(8);
  });

  test('busy brokers that recover lose nothing', async () => {
    for (const broker of servers.cluster.brokers) broker.script({ when: { code: SEND, times: 3 }, reply: busy() });
    const outcomes: SendOutcome<number>[] = await lastValueFrom(
      numbers(10).pipe(toRocketMQ<number>(servers.producer({ retries: 9 }), { onFailure: 'result' }), toArray()),
    );
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(servers.cluster.count('orders')).toBe(10);
  });
});
