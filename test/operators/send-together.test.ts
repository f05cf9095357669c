/** Batches in the stream, over sockets. */
import { from, lastValueFrom, Subject, toArray } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure, SendOutcome, SendReceipt } from '../../src/producer/message/outcome.js';
import type { PipelineOptions } from '../../src/producer/pipeline-options.js';
import type { Producer } from '../../src/producer/producer.js';
import {
  amendAnswer,
  delay,
  disconnect,
  dropAnswer,
  refuse,
  type ReleaseName,
  type Turn,
} from '../../src/testing/index.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
afterEach(() => servers.close());

const message = (n: number, changes: Partial<Message<number>> = {}): Message<number> => ({
  topic: 'orders',
  body: `body ${n}`,
  tag: `t${n}`,
  keys: `key-${n}`,
  context: n,
  ...changes,
});
const messages = (count: number, changes: Partial<Message<number>> = {}): Message<number>[] =>
  Array.from({ length: count }, (_, n) => message(n, changes));

type Options = Omit<PipelineOptions<number>, 'onFailure' | 'mode'>;

function outcomesOf(producer: Producer, source: Iterable<Message<number>>, options: Options = {}) {
  return new Promise<SendOutcome<number>[]>((resolve, reject) => {
    const outcomes: SendOutcome<number>[] = [];
    toRocketMQ<number>(producer, { batch: true, ...options, onFailure: 'result' })(source).subscribe({
      next: (outcome) => outcomes.push(outcome),
      error: reject,
      complete: () => resolve(outcomes),
    });
  });
}

async function receiptsOf(producer: Producer, source: Iterable<Message<number>>, options: Options = {}) {
  const outcomes = await outcomesOf(producer, source, options);
  return outcomes.map((outcome): SendReceipt<number> => {
    if (!outcome.ok) throw outcome.error;
    return outcome;
  });
}

const requests = (name: 'SEND_BATCH_MESSAGE' | 'SEND_MESSAGE_V2'): number =>
  servers.cluster.brokers.reduce((sum, broker) => sum + broker.requests(name), 0);
const frames = (): [batches: number, singles: number] => [requests('SEND_BATCH_MESSAGE'), requests('SEND_MESSAGE_V2')];

/** Applies to batches only, `times` of them. */
const script = (reply: (turn: Turn) => void, times = Number.POSITIVE_INFINITY): void => {
  let applied = 0;
  for (const broker of servers.cluster.brokers) {
    broker.script({ when: { code: 'SEND_BATCH_MESSAGE', matches: () => applied++ < times }, reply });
  }
};

function expectStoredAsReceipted(receipts: readonly SendReceipt<number>[]): void {
  const stored = servers.cluster.messages('orders');
  for (const receipt of receipts) {
    const { msgId, offsetMsgId, queue, queueOffset, context } = receipt;
    expect(stored.find((one) => one.offsetMsgId === offsetMsgId)).toMatchObject({
      msgId,
      queue,
      queueOffset,
      tag: `t${context}`,
    });
  }
}

describe('a healthy cluster', () => {
  test.each<ReleaseName>(['5.5.0', '4.9.7'])(
    'on %s every message is stored once, as itself, where its receipt says',
    async (release) => {
      await servers.open({ release });
      const receipts = await receiptsOf(servers.producer(), messages(1000));
      expect(receipts).toHaveLength(1000);
      expect(new Set(servers.cluster.messages('orders').map(({ msgId }) => msgId)).size).toBe(1000);
      expectStoredAsReceipted(receipts);
      expect(frames()).toEqual([Math.ceil(1000 / 32), 0]);
    },
  );

  test('rotation moves on with each batch, not with each message', async () => {
    await servers.open();
    const receipts = await receiptsOf(servers.producer(), messages(128));
    const inOrder = receipts.toSorted((a, b) => a.context - b.context).map(({ queue }) => JSON.stringify(queue));
    const runs = [0, 32, 64, 96].map((start) => new Set(inOrder.slice(start, start + 32)));
    expect(runs.map((run) => run.size)).toEqual([1, 1, 1, 1]);
    expect(new Set(inOrder).size).toBe(4);
  });

  test('without the option every message has a frame of its own', async () => {
    await servers.open();
    const producer = servers.producer();
    await receiptsOf(producer, messages(50), { batch: false });
    await receiptsOf(producer, messages(50), { batch: { messages: 1 } });
    expect(frames()).toEqual([0, 100]);
  });

  test('a full window does not wait for more than fits into it', async () => {
    await servers.open();
    const options = { window: 100, batch: { messages: 512, bytes: 1_000_000, lingerMs: 20_000 } };
    const before = performance.now();
    let received = 0;
    const subject = new Subject<Message<number>>();
    toRocketMQ<number>(
      servers.producer(),
      options,
    )(subject).subscribe({ next: () => received++, error: () => undefined });
    for (const one of messages(100)) subject.next(one);
    await until(() => received === 100);
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(frames()).toEqual([1, 0]);
  });

  test('what has one sharding key stays in one queue, in its order', async () => {
    await servers.open();
    const keyed = Array.from({ length: 300 }, (_, n) => message(n, { shardingKey: `k${n % 7}` }));
    const producer = servers.producer();
    // While the route is asked for, messages may overtake each other.
    await producer.send(message(0));
    const receipts = await receiptsOf(producer, keyed);
    for (let key = 0; key < 7; key++) {
      const own = receipts.filter(({ context }) => context % 7 === key).toSorted((a, b) => a.context - b.context);
      expect(new Set(own.map(({ queue }) => JSON.stringify(queue))).size).toBe(1);
      const offsets = own.map(({ queueOffset }) => queueOffset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => Number(a - b)));
    }
    // One of each key at a time: 43 rounds of 7 keys.
    expect(frames()[1]).toBeLessThan(60);
    expect(producer.metrics().lanes).toBe(0);
  });

  test('a lingering batch leaves when all that comes waits behind its messages', async () => {
    await servers.open();
    const producer = servers.producer();
    const keyed = async function* (): AsyncGenerator<Message<number>> {
      for (let n = 0; n < 60; n++) {
        // One in a turn, so that the gate closes when its batch already lingers.
        await new Promise(setImmediate);
        yield message(n, { shardingKey: `k${n % 2}` });
      }
    };
    const before = performance.now();
    const options = { buffer: { messages: 6 }, batch: { messages: 512, bytes: 1_000_000, lingerMs: 20_000 } };
    const receipts = await lastValueFrom(fromPull(keyed()).pipe(toRocketMQ<number>(producer, options), toArray()));
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(receipts).toHaveLength(60);
  });

  test('compressed messages share batches with compressed ones', async () => {
    await servers.open();
    const mixed = Array.from({ length: 60 }, (_, n) =>
      message(n, { body: (n % 2 === 0 ? 'a' : 'b').repeat(n < 30 ? 5000 : 10) }),
    );
    const receipts = await receiptsOf(servers.producer(), mixed);
    expectStoredAsReceipted(receipts);
    const bodies = new Map(servers.cluster.messages('orders').map((one) => [one.msgId, one.body.toString()]));
    for (const { msgId, context } of receipts) expect(bodies.get(msgId)).toBe(mixed[context]?.body);
    expect(frames()[0]).toBeGreaterThan(1);
  });

  test('what may not be in a batch goes by itself, the rest does not', async () => {
    await servers.open();
    servers.cluster.createTopic('%RETRY%group', { queues: 1 });
    const source = [
      message(0),
      message(1, { waitStoreMsgOk: false }),
      message(2, { waitStoreMsgOk: false }),
      message(3, { topic: '%RETRY%group' }),
      message(4, { body: Buffer.alloc(200_000) }),
      message(5, { properties: { p: 'x'.repeat(32_300) } }),
      message(6),
      message(7),
    ];
    const receipts = await receiptsOf(servers.producer(), source);
    expect(receipts).toHaveLength(8);
    expect(frames()).toEqual([2, 4]);
  });
});

describe('a batch that fails', () => {
  test('goes on one by one at another broker, each message with its own outcome', async () => {
    await servers.open();
    script(refuse(2, '[REJECTREQUEST]system busy'));
    const receipts = await receiptsOf(servers.producer(), messages(64), { retry: { delayMs: () => 0 } });
    expect(frames()).toEqual([2, 64]);
    expect(new Set(receipts.map(({ attempts }) => attempts))).toEqual(new Set([2]));
    expectStoredAsReceipted(receipts);
    expect(servers.cluster.messages('orders')).toHaveLength(64);
  });

  test('for good says nothing about its messages: they are sent one by one within the same attempt', async () => {
    await servers.open();
    script(refuse(13, 'the message is illegal'));
    for (const broker of servers.cluster.brokers) {
      broker.script({
        when: { code: 'SEND_MESSAGE_V2', matches: ({ body }) => String(body) === 'body 5' },
        reply: refuse(13, 'this one really is'),
      });
    }
    const outcomes = await outcomesOf(servers.producer(), messages(32), { retry: false });
    expect(frames()).toEqual([1, 32]);
    const failures = outcomes.filter((outcome) => !outcome.ok);
    expect(failures).toMatchObject([{ context: 5, stored: 'no', error: { code: 'RMQ_MESSAGE_REFUSED' } }]);
    expect(failures[0]?.attempts).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.ok) expect(outcome.attempts).toBe(1);
  });

  test('for good after unsubscribe stays unsent: nobody listens to single attempts any more', async () => {
    await servers.open();
    const producer = servers.producer();
    const dead: string[] = [];
    script((turn) => void setTimeout(() => refuse(13, 'the message is illegal')(turn), 20));
    const subscription = from(messages(8))
      .pipe(
        toRocketMQ<number>(producer, {
          batch: { messages: 8, lingerMs: 0 },
          deadLetter: { next: ({ stored }) => dead.push(stored) },
        }),
      )
      .subscribe();
    await until(() => frames()[0] > 0);
    subscription.unsubscribe();
    await producer.flush();
    expect(frames()[1]).toBe(0);
    expect(dead).toEqual(Array(8).fill('no'));
  });

  test.each<ReleaseName>(['5.5.0', '4.9.7'])(
    'because it is larger than a broker of %s takes does not fail its messages',
    async (release) => {
      await servers.open({ release, maxMessageBytes: 20_000 });
      const receipts = await receiptsOf(servers.producer(), messages(30, { body: 'x'.repeat(1500) }));
      expect(receipts).toHaveLength(30);
      expect(frames()).toEqual([1, 30]);
      expect(new Set(receipts.map(({ attempts }) => attempts))).toEqual(new Set([1]));
    },
  );

  test('at a server that knows no batches does not fail its messages', async () => {
    await servers.open();
    script(refuse(3, ' request type 320 not supported'));
    expect(await receiptsOf(servers.producer(), messages(10))).toHaveLength(10);
  });

  test('without an answer leaves each message in doubt; the copies have the key of the receipt', async () => {
    await servers.open();
    script(disconnect('after-storing'), 1);
    const receipts = await receiptsOf(servers.producer(), messages(20));
    expect(new Set(receipts.map(({ attempts }) => attempts))).toEqual(new Set([2]));
    const stored = servers.cluster.messages('orders');
    expect(stored).toHaveLength(40);
    for (const { msgId } of receipts) expect(stored.filter((one) => one.msgId === msgId)).toHaveLength(2);
  });

  test('as it may have been stored, every message of it says so', async () => {
    await servers.open();
    script(dropAnswer());
    const outcomes = await outcomesOf(servers.producer({ sendTimeoutMs: 200 }), messages(20), { retry: false });
    expect(outcomes).toHaveLength(20);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ok: false, stored: 'maybe', error: { code: 'RMQ_ATTEMPT_TIMEOUT' } });
    }
  });

  test('whose answer cannot be read is a failed attempt of each message', async () => {
    await servers.open();
    script(amendAnswer({ fields: { msgId: 'A,B' } }), 1);
    const outcomes = await outcomesOf(servers.producer(), messages(20), { retry: false });
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ ok: false, error: { code: 'RMQ_PROTOCOL_VIOLATION' } });
    expect(outcomes).toHaveLength(20);
  });

  test('for a broker that nobody can reach goes to the others', async () => {
    await servers.open();
    await servers.cluster.brokers[0]?.kill();
    const receipts = await receiptsOf(servers.producer(), messages(100));
    expect(receipts).toHaveLength(100);
    expect(new Set(receipts.map(({ queue }) => queue.brokerName))).toEqual(new Set(['broker-b']));
  });
});

describe('what is ended while it waits for its batch', () => {
  const LINGERING = { batch: { messages: 100, lingerMs: 20_000 } } as const;

  test('was not sent: unsubscribe', async () => {
    await servers.open();
    const producer = servers.producer();
    const failures: SendFailure<number>[] = [];
    const subject = new Subject<Message<number>>();
    const subscription = toRocketMQ<number>(producer, {
      ...LINGERING,
      deadLetter: { next: (one) => failures.push(one) },
    })(subject).subscribe();
    await producer.send(message(0));
    for (const one of messages(10)) subject.next(one);
    await new Promise((resolve) => setTimeout(resolve, 50));
    subscription.unsubscribe();
    expect(failures.map(({ context, stored }) => [context, stored])).toEqual(
      messages(10).map(({ context }) => [context, 'no']),
    );
    expect(producer.metrics()).toMatchObject({ inFlight: 0, failed: 10 });
    await producer.flush();
    expect(frames()).toEqual([0, 1]);
  });

  test('leaves without lingering when the source ends, is flushed, or is told to stop', async () => {
    await servers.open();
    const producer = servers.producer();
    const until$ = new Subject<void>();
    const ends: Readonly<Record<string, (source: Subject<Message<number>>) => unknown>> = {
      complete: (source) => source.complete(),
      error: (source) => source.error(new Error('of the source')),
      flush: () => producer.flush(),
      until: () => until$.next(),
      shutdown: () => producer.shutdown(),
    };
    await producer.send(message(0));
    for (const [name, end] of Object.entries(ends)) {
      const source = new Subject<Message<number>>();
      const outcomes: SendOutcome<number>[] = [];
      toRocketMQ<number>(producer, { ...LINGERING, onFailure: 'result', until: until$ })(source).subscribe({
        next: (one) => outcomes.push(one),
        error: () => undefined,
      });
      for (const one of messages(5)) source.next(one);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect([name, outcomes.length]).toEqual([name, 0]);
      void end(source);
      await until(() => outcomes.length === 5);
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(5);
      source.complete();
    }
    expect(frames()).toEqual([5, 1]);
  });

  test('was not sent: signal, also where the source ended in the same turn', async () => {
    await servers.open();
    const producer = servers.producer();
    await producer.send(message(0));
    for (const endsFirst of [false, true]) {
      const source = new Subject<Message<number>>();
      const controller = new AbortController();
      const failures: SendFailure<number>[] = [];
      const options = {
        ...LINGERING,
        signal: controller.signal,
        deadLetter: { next: (one: SendFailure<number>) => failures.push(one) },
      };
      toRocketMQ<number>(producer, options)(source).subscribe({ error: () => undefined });
      for (const one of messages(5)) source.next(one);
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (endsFirst) source.complete();
      controller.abort();
      expect(failures.map(({ stored, stage }) => [stored, stage])).toEqual(messages(5).map(() => ['no', 'abort']));
    }
    await producer.flush();
    expect(frames()).toEqual([0, 1]);
  });

  test('was not sent: it is out of time', async () => {
    await servers.open();
    const producer = servers.producer({ sendTimeoutMs: 300 });
    const subject = new Subject<Message<number>>();
    const outcomes: SendOutcome<number>[] = [];
    toRocketMQ<number>(producer, { ...LINGERING, onFailure: 'result' })(subject).subscribe({
      next: (one) => outcomes.push(one),
      error: () => undefined,
    });
    for (const one of messages(3)) subject.next(one);
    await until(() => outcomes.length === 3);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        ok: false,
        stored: 'no',
        stage: 'send',
        error: { code: 'RMQ_DEADLINE' },
        attempts: [],
      });
    }
    expect(frames()).toEqual([0, 0]);
  });

  test('was not sent: shutdown without draining', async () => {
    await servers.open();
    const producer = servers.producer();
    const subject = new Subject<Message<number>>();
    toRocketMQ<number>(producer, { ...LINGERING, onFailure: 'result' })(subject).subscribe({ error: () => undefined });
    await producer.send(message(0));
    for (const one of messages(3)) subject.next(one);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { abandoned } = await producer.shutdown({ drain: false });
    expect(abandoned.map(({ stored }) => stored)).toEqual(['no', 'no', 'no']);
    expect(frames()).toEqual([0, 1]);
  });

  test('may be stored, once its batch is with the broker', async () => {
    await servers.open();
    script(delay(500));
    const producer = servers.producer();
    const subject = new Subject<Message<number>>();
    toRocketMQ<number>(producer, { batch: true, onFailure: 'result' })(subject).subscribe({ error: () => undefined });
    await producer.send(message(0));
    for (const one of messages(3)) subject.next(one);
    await until(() => frames()[0] === 1);
    const { abandoned } = await producer.shutdown({ drain: false });
    expect(abandoned.map(({ stored }) => stored)).toEqual(['maybe', 'maybe', 'maybe']);
  });
});
