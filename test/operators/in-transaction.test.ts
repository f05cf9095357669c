import { firstValueFrom, from, lastValueFrom, Subject, toArray } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { inTransaction } from '../../operators/in-transaction.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure } from '../../src/producer/message/outcome.js';
import type { TransactionReceipt } from '../../src/producer/transaction/transaction.js';
import { refuse } from '../../src/testing/index.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open({ brokers: 1 }));
afterEach(() => servers.close());

const message = (n: number): Message<number> => ({ topic: 'orders', body: `body ${n}`, context: n });
const messages = (count: number): Message<number>[] => Array.from({ length: count }, (_, n) => message(n));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const stored = (): number => servers.cluster.count('orders');

/** Local work whose end each test brings about itself. */
class Works {
  readonly begun: number[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #ends = new Map<number, (end: 'commit' | 'rollback') => void>();

  readonly execute = (
    { context = -1 }: Message<number>,
    { signal }: { signal: AbortSignal },
  ): Promise<'commit' | 'rollback'> => {
    this.begun.push(context);
    this.signals.push(signal);
    return new Promise((resolve) => this.#ends.set(context, resolve));
  };

  end(n: number, end: 'commit' | 'rollback' = 'commit'): void {
    this.#ends.get(n)?.(end);
  }
}

test('emits what the brokers were told, with the context of each message', async () => {
  const producer = servers.producer();
  const outcomes$ = from(messages(30)).pipe(
    inTransaction(producer, {
      execute: async ({ context = 0 }) => {
        await pause(context % 3);
        if (context % 5 === 4) throw new Error('no');
        return context % 2 === 0 ? 'commit' : 'rollback';
      },
    }),
    toArray(),
  );
  const receipts = await lastValueFrom(outcomes$);
  const said = (n: number): string => (n % 5 === 4 ? 'unknown' : n % 2 === 0 ? 'commit' : 'rollback');
  expect(new Map(receipts.map(({ context, resolution }) => [context, resolution]))).toEqual(
    new Map(Array.from({ length: 30 }, (_, n) => [n, said(n)])),
  );
  const committed = receipts.filter(({ resolution }) => resolution === 'commit').map(({ msgId }) => msgId);
  await until(() => stored() === committed.length);
  expect(new Set(servers.cluster.messages('orders').map(({ msgId }) => msgId))).toEqual(new Set(committed));
  expect(producer.metrics()).toMatchObject({ offered: 30, sent: 30, failed: 0, inFlight: 0, inFlightBytes: 0 });
});

test('holds the slot of a message until its end is written: a pull source waits for the local work', async () => {
  const works = new Works();
  const producer = servers.producer();
  let read = 0;
  const rows = function* (): Generator<Message<number>> {
    for (let n = 0; n < 12; n++) {
      read++;
      yield message(n);
    }
  };
  const emitted: number[] = [];
  const done = new Promise<void>((resolve) => {
    fromPull(rows())
      .pipe(inTransaction(producer, { execute: works.execute, window: 4 }))
      .subscribe({ next: ({ context }) => emitted.push(context), complete: resolve });
  });
  await until(() => works.begun.length === 4);
  await pause(50);
  expect([works.begun, read, producer.metrics().inFlight]).toEqual([[0, 1, 2, 3], 4, 4]);
  works.end(2);
  await until(() => works.begun.length === 5);
  await pause(20);
  expect([emitted, read, producer.metrics().inFlight]).toEqual([[2], 5, 4]);
  for (let n = 0; n < 12; n++) {
    await until(() => works.begun.includes(n));
    works.end(n);
  }
  await done;
  expect(emitted).toHaveLength(12);
  expect(producer.metrics()).toMatchObject({ offered: 12, sent: 12, inFlight: 0 });
});

test('emits in the order of the source where that is wanted', async () => {
  const works = new Works();
  const outcomes$ = from(messages(4)).pipe(
    inTransaction(servers.producer(), { execute: works.execute, results: 'source' }),
    toArray(),
  );
  const emitted = lastValueFrom(outcomes$);
  await until(() => works.begun.length === 4);
  for (const n of [3, 1, 2, 0]) {
    works.end(n);
    await pause(10);
  }
  expect((await emitted).map(({ context }) => context)).toEqual([0, 1, 2, 3]);
});

test('a half message that fails is a failure like any other, and nothing is done for it', async () => {
  const execute = jest.fn(() => 'commit' as const);
  servers.cluster.brokers[0].script({ when: { code: 'SEND_MESSAGE_V2', times: 1 }, reply: refuse('MESSAGE_ILLEGAL') });
  const outcomes$ = from(messages(3)).pipe(
    inTransaction(servers.producer(), { execute, onFailure: 'result' }),
    toArray(),
  );
  const outcomes: (TransactionReceipt<number> | SendFailure<number>)[] = await lastValueFrom(outcomes$);
  expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([{ stage: 'send', stored: 'no' }]);
  expect(execute).toHaveBeenCalledTimes(2);
  const failing = firstValueFrom(
    from([{ topic: '', body: 'x' }]).pipe(inTransaction(servers.producer({ group: 'g' }), { execute })),
  );
  await expect(failing).rejects.toMatchObject({ failure: { stage: 'validate' } });
  expect(execute).toHaveBeenCalledTimes(2);
});

test('unsubscribed from, it lets the local work under way end and passes its word on', async () => {
  const works = new Works();
  const producer = servers.producer();
  const source = new Subject<Message<number>>();
  const failures: SendFailure[] = [];
  const subscription = source
    .pipe(
      inTransaction(producer, {
        execute: works.execute,
        window: 2,
        deadLetter: { next: (failure) => void failures.push(failure) },
      }),
    )
    .subscribe();
  for (const one of messages(5)) source.next(one);
  await until(() => works.begun.length === 2);
  subscription.unsubscribe();
  expect(failures).toMatchObject(Array.from({ length: 3 }, () => ({ stage: 'abort', stored: 'no' })));
  works.end(0);
  works.end(1);
  await producer.flush();
  await until(() => stored() === 2);
  expect(works.signals.some(({ aborted }) => aborted)).toBe(false);
  expect(producer.metrics()).toMatchObject({ offered: 5, sent: 2, failed: 3, inFlight: 0, inFlightBytes: 0 });
});

test('aborted by its signal, everything ends: what is stored stays open, and its local work is told', async () => {
  const works = new Works();
  const producer = servers.producer();
  const controller = new AbortController();
  const failures: SendFailure[] = [];
  const source = new Subject<Message<number>>();
  const ended = new Promise<unknown>((resolve) => {
    source
      .pipe(
        inTransaction(producer, {
          execute: works.execute,
          window: 2,
          signal: controller.signal,
          deadLetter: { next: (failure) => void failures.push(failure) },
        }),
      )
      .subscribe({ error: resolve });
  });
  for (const one of messages(5)) source.next(one);
  await until(() => works.begun.length === 2);
  controller.abort();
  await ended;
  expect(failures.map((failure) => failure.stored).toSorted()).toEqual(['maybe', 'maybe', 'no', 'no', 'no']);
  expect(works.signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  works.end(0);
  await pause(20);
  expect(stored()).toBe(0);
  expect(producer.metrics()).toMatchObject({ offered: 5, sent: 0, failed: 5, inFlight: 0, inFlightBytes: 0 });
});

test('a producer made from a configuration lives as long as the transactions', async () => {
  const receipts$ = from(messages(3)).pipe(inTransaction(servers.config, { execute: async () => 'commit' }), toArray());
  expect((await lastValueFrom(receipts$)).map(({ resolution }) => resolution)).toEqual(['commit', 'commit', 'commit']);
  await until(() => stored() === 3);
});

test('wrong options are refused at once', () => {
  const execute = (): 'commit' => 'commit';
  const invalid = expect.objectContaining({ code: 'RMQ_CONFIG_INVALID' });
  expect(() => inTransaction(servers.config, { execute: 'commit' as never })).toThrow(invalid);
  expect(() => inTransaction(servers.config, { execute, localTimeoutMs: -1 })).toThrow(invalid);
  expect(() => inTransaction(servers.config, { execute, window: 0 })).toThrow(invalid);
});
