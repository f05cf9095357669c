import { inflateSync } from 'node:zlib';
import { EMPTY, NEVER, Subject, throwError } from 'rxjs';
import { sendMessage } from '../../operators/send-message.js';
import { internalKey } from '../../src/errors/copies.js';
import type { Exchange, OnewayExchange } from '../../src/connection/connection.js';
import { createError, type RocketMQError } from '../../src/errors/rocketmq-error.js';
import { checkConfig } from '../../src/producer/config.js';
import type { Envelope, Settled, Targeted } from '../../src/producer/message/envelope.js';
import type { SendFailure, SendReceipt } from '../../src/producer/message/outcome.js';
import type { Producer } from '../../src/producer/producer.js';
import { SendError } from '../../src/producer/message/send-error.js';
import type { Command, OutgoingFrame } from '../../src/protocol/command.js';
import { SendFrameEncoder } from '../../src/protocol/send-frame.js';
import { amendAnswer, delay, disconnect, drop, duplicateAnswer, refuse, type Turn } from '../../src/testing/index.js';
import { VirtualTime } from '../src/time/virtual-time.js';
import { FlowBench, queue, routed, testScheduler } from './operator-kit.js';
import { TestCluster, until } from './test-cluster.js';

const SEND = 'SEND_MESSAGE_V2';

/** A producer whose connections only take down what they are given. */
function fakeProducer(addresses: Map<string, string>, config: { readonly attemptTimeoutMs?: number } = {}) {
  const time = new VirtualTime();
  const exchanges: (Exchange | OnewayExchange)[] = [];
  const refreshed: string[] = [];
  const whenRefreshed = new Subject<void>();
  const core = {
    clock: time.clock,
    config: checkConfig({ nameServers: 'localhost:9876', group: 'g', logger: false, ...config }),
    encoder: new SendFrameEncoder({ group: 'g', createTopicKey: 'TBW102', defaultTopicQueueNums: 4 }),
    addressOf: (brokerName: string) => addresses.get(brokerName),
    refreshRoute(topic: string) {
      refreshed.push(topic);
      return new Promise<void>((resolve) => whenRefreshed.subscribe(() => resolve()));
    },
    knownRoute: () => undefined,
    connectionTo: () => ({
      serverVersion: 513,
      request: (_: OutgoingFrame, exchange: Exchange) => exchanges.push(exchange),
      oneway: (_: OutgoingFrame, exchange: OnewayExchange) => exchanges.push(exchange),
    }),
  };
  const producer = Object.assign(Object.create(null), { [Symbol.for(internalKey('producer-core'))]: core }) as Producer;
  return { producer, time, exchanges, refreshed, whenRefreshed };
}

function attempt(fake: ReturnType<typeof fakeProducer>, brokerName = 'broker-a') {
  const flow = new FlowBench(fake.time.clock.scheduler).createFlow({});
  const envelope = Object.assign(routed(1), { queue: queue(brokerName, 0), flow }) as Targeted<number>;
  const source = new Subject<Targeted<number> | Settled<number>>();
  const passed: Envelope[] = [];
  source.pipe(sendMessage<number>(fake.producer)).subscribe((one) => passed.push(one));
  return { envelope, passed, send: () => source.next(envelope) };
}

const both = new Map([
  ['broker-a', '127.0.0.1:1'],
  ['broker-b', '127.0.0.1:2'],
]);

describe('one attempt', () => {
  test('never, empty and error pass through', () => {
    const { producer } = fakeProducer(both);
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(sendMessage(producer))).toBe('');
      expectObservable(EMPTY.pipe(sendMessage(producer))).toBe('|');
      expectObservable(throwError(() => 'error').pipe(sendMessage(producer))).toBe('#');
    });
  });

  test('may take half of the time left while attempts remain, and all of it when it is the last', () => {
    const fake = fakeProducer(both);
    const { envelope, send } = attempt(fake);
    envelope.attemptsAllowed = 3;
    envelope.expiresAt = 3000;
    send();
    expect(envelope.deadlineAt).toBe(1500);
    fake.time.advance(1500);
    envelope.holder = undefined;
    send();
    expect(envelope.deadlineAt).toBe(2250);
    fake.time.advance(750);
    envelope.holder = undefined;
    send();
    expect([envelope.attempt, envelope.deadlineAt]).toEqual([3, 3000]);
  });

  test('attemptTimeoutMs takes the place of both, within what is left', () => {
    const fake = fakeProducer(both, { attemptTimeoutMs: 2000 });
    const { envelope, send } = attempt(fake);
    Object.assign(envelope, { expiresAt: 3000, attemptsAllowed: 3 });
    send();
    expect(envelope.deadlineAt).toBe(2000);
    fake.time.advance(2000);
    envelope.holder = undefined;
    send();
    expect(envelope.deadlineAt).toBe(3000);
    const last = attempt(fakeProducer(both, { attemptTimeoutMs: 200 }));
    last.envelope.expiresAt = 3000;
    last.send();
    expect(last.envelope.deadlineAt).toBe(200);
  });

  test('starts the message’s time where no admit did', () => {
    const { envelope, send } = attempt(fakeProducer(both));
    send();
    expect(envelope.expiresAt).toBe(3000);
  });

  test('an unknown broker refreshes the route once, then goes to where it is', async () => {
    const addresses = new Map<string, string>();
    const fake = fakeProducer(addresses);
    const { envelope, send } = attempt(fake);
    send();
    expect([fake.refreshed, fake.exchanges]).toEqual([['orders'], []]);
    addresses.set('broker-a', '127.0.0.1:7');
    fake.whenRefreshed.next();
    await new Promise(setImmediate);
    expect(fake.exchanges).toEqual([envelope]);
    expect(envelope.address).toBe('127.0.0.1:7');
    expect(fake.refreshed).toHaveLength(1);
  });

  test('a broker that stays unknown fails the attempt and is named', async () => {
    const fake = fakeProducer(new Map());
    const { send, passed } = attempt(fake, 'broker-z');
    send();
    fake.whenRefreshed.next();
    await new Promise(setImmediate);
    expect(passed).toHaveLength(1);
    expect(passed[0]?.outcome).toMatchObject({
      stage: 'send',
      stored: 'no',
      error: { code: 'RMQ_BROKER_UNKNOWN', detail: { brokerName: 'broker-z' } },
      attempts: [{ brokerName: 'broker-z', address: '' }],
    });
    expect(fake.refreshed).toHaveLength(1);
  });

  test('a producer that was shut down while the route was refreshed fails the attempt, and nothing else', async () => {
    const addresses = new Map<string, string>();
    const fake = fakeProducer(addresses);
    const { envelope, passed, send } = attempt(fake);
    send();
    addresses.get = () => {
      throw createError('RMQ_CLOSED', 'shut down');
    };
    fake.whenRefreshed.next();
    await new Promise(setImmediate);
    expect(passed).toEqual([envelope]);
    expect(envelope.outcome).toMatchObject({ ok: false, stored: 'no', error: { code: 'RMQ_CLOSED' } });
  });

  test('a message that ended while the route was refreshed is not sent', async () => {
    const addresses = new Map<string, string>();
    const fake = fakeProducer(addresses);
    const { envelope, send, passed } = attempt(fake);
    send();
    envelope.flow.settle(envelope, {
      ok: false,
      stage: 'abort',
      stored: 'no',
      error: createError('RMQ_ABORTED', 'aborted'),
      attempts: [],
      msgId: undefined,
      message: envelope.message,
      context: 1,
    });
    addresses.set('broker-a', '127.0.0.1:7');
    fake.whenRefreshed.next();
    await new Promise(setImmediate);
    expect([fake.exchanges, passed]).toEqual([[], [envelope]]);
  });

  test('what the connection says after the attempt has ended is dropped and counted', () => {
    const fake = fakeProducer(both);
    const bench = new FlowBench(fake.time.clock.scheduler);
    const { envelope, send, passed } = attempt(fake);
    envelope.flow = bench.createFlow({});
    send();
    envelope.onFailure(createError('RMQ_ATTEMPT_TIMEOUT', 'late'));
    envelope.onFailure(createError('RMQ_CONNECTION_LOST', 'lost'));
    envelope.onHandedOver();
    expect(passed).toEqual([envelope]);
    expect(envelope.failedAttempts).toHaveLength(1);
    expect(bench.statistics.strays).toBe(2);
  });
});

describe('over real sockets', () => {
  const servers = new TestCluster();
  beforeEach(() => servers.open());
  afterEach(() => servers.close());

  const message = { topic: 'orders', body: 'hello' };
  const failureOf = async (sending: Promise<unknown>): Promise<SendFailure> => {
    const error: unknown = await sending.then(
      () => new Error('it was sent'),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof SendError)) throw error;
    return error.failure;
  };
  const script = (reply: (turn: Turn) => void, times?: number): void => {
    let applied = 0;
    const matches = (): boolean => times === undefined || applied++ < times;
    for (const broker of servers.cluster.brokers) broker.script({ when: { code: SEND, matches }, reply });
  };

  test('with retryAnotherBrokerWhenNotStoreOk such an answer is a failed attempt; the best receipt is the outcome', async () => {
    const [brokerA] = servers.cluster.brokers;
    brokerA.script({ when: { code: SEND }, reply: amendAnswer({ code: 'FLUSH_DISK_TIMEOUT' }) });
    const producer = servers.producer({ retryAnotherBrokerWhenNotStoreOk: true });
    const errors: unknown[] = [];
    producer.events$.subscribe((event) => event.type === 'retry' && errors.push(event.error));
    for (let n = 0; n < 4; n++) {
      const { status, queue } = await producer.send(message);
      expect([status, queue.brokerName]).toEqual(['SEND_OK', 'broker-b']);
    }
    expect(errors.length).toBeGreaterThan(0);
    expect(errors).toMatchObject(
      errors.map(() => ({
        code: 'RMQ_STORE_NOT_OK',
        detail: { status: 'FLUSH_DISK_TIMEOUT', topic: 'orders', brokerName: 'broker-a', address: brokerA.address },
      })),
    );
    script(amendAnswer({ code: 'SLAVE_NOT_AVAILABLE' }));
    expect(await producer.send(message)).toMatchObject({ ok: true, attempts: 2 });
  });

  test.each([
    [0, 'SEND_OK'],
    [10, 'FLUSH_DISK_TIMEOUT'],
    [11, 'SLAVE_NOT_AVAILABLE'],
    [12, 'FLUSH_SLAVE_TIMEOUT'],
  ])('the answer %i means stored: %s', async (code, status) => {
    script(amendAnswer({ code }));
    const receipt = await servers.producer().send(message);
    expect(receipt).toMatchObject({ ok: true, status, attempts: 1, queueOffset: 0n });
    expect(servers.cluster.messages('orders')[0]).toMatchObject({
      msgId: receipt.msgId,
      offsetMsgId: receipt.offsetMsgId,
      queue: receipt.queue,
    });
  });

  test.each<[number, string, 'no' | 'maybe', number]>([
    [1, 'RMQ_BROKER_ERROR', 'maybe', 2],
    [2, 'RMQ_BROKER_BUSY', 'no', 2],
    [13, 'RMQ_MESSAGE_REFUSED', 'no', 1],
    [14, 'RMQ_BROKER_UNAVAILABLE', 'no', 2],
    [16, 'RMQ_ACCESS_DENIED', 'no', 1],
    [17, 'RMQ_TOPIC_MISSING', 'no', 2],
    [29, 'RMQ_MESSAGE_REFUSED', 'no', 1],
    [9999, 'RMQ_RESPONSE_UNKNOWN', 'maybe', 1],
  ])('the answer %i is %s, stored %s, after %i attempts', async (code, errorCode, stored, attempts) => {
    script(refuse(code, 'because'));
    const failure = await failureOf(servers.producer({ retries: 1 }).send(message));
    expect(failure).toMatchObject({
      stage: 'send',
      stored,
      error: { code: errorCode, detail: { responseCode: code, remark: 'because' } },
    });
    expect(failure.attempts).toHaveLength(attempts);
    expect(servers.sends).toBe(attempts);
  });

  describe('a broker that goes away', () => {
    /** All connections that were open at once at a broker, and all that there were. */
    const opened = (producer: Producer): string[] => {
      const addresses: string[] = [];
      producer.events$.subscribe((event) => {
        if (event.type === 'connection' && event.state === 'open') addresses.push(event.address);
      });
      return addresses;
    };
    const allOf = (producer: Producer, count: number): Promise<readonly SendReceipt[]> =>
      Promise.all(Array.from({ length: count }, () => producer.send(message)));

    test('costs one connection and no message, and none is stored twice', async () => {
      const producer = servers.producer();
      await allOf(producer, 40);
      const addresses = opened(producer);
      const [leaving, staying] = servers.cluster.brokers;
      leaving.goAway({ staysInRoutes: true });
      const receipts = await allOf(producer, 400);
      expect(new Set(receipts.map(({ msgId }) => msgId)).size).toBe(400);
      expect(addresses).toEqual([leaving.address]);
      expect(leaving.requests('HEART_BEAT')).toBeLessThanOrEqual(2);
      expect(staying?.requests('HEART_BEAT')).toBeLessThanOrEqual(2);
      await leaving.kill({ staysInRoutes: true });
      await allOf(producer, 100);
      await producer.shutdown();
      const stored = servers.cluster.messages('orders').map(({ msgId }) => msgId);
      expect(new Set(stored).size).toBe(540);
      expect(stored).toHaveLength(540);
    });

    test('refuses the one attempt of a message only when it refuses on the new connection too', async () => {
      script(refuse('GO_AWAY', 'please go away'), 1);
      const producer = servers.producer({ retries: 0 });
      expect(await producer.send(message)).toMatchObject({ attempts: 1 });
      expect(servers.sends).toBe(2);
      script(refuse('GO_AWAY', 'please go away'));
      const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };
      const failure = await failureOf(producer.send({ ...message, queue }));
      expect(failure).toMatchObject({ stored: 'no', error: { code: 'RMQ_BROKER_UNAVAILABLE' } });
      expect(failure.attempts).toHaveLength(1);
    });
  });

  test('where the last broker that is known goes, the name servers are asked whether there is another', async () => {
    const [first, second] = servers.cluster.brokers;
    await first.kill();
    const producer = servers.producer();
    expect((await producer.send(message)).queue.brokerName).toBe('broker-b');
    await first.restart();
    await second?.kill();
    const receipts = await Promise.all(Array.from({ length: 20 }, () => producer.send(message)));
    expect(new Set(receipts.map(({ queue }) => queue.brokerName))).toEqual(new Set(['broker-a']));
  });

  test('of two brokers that failed a message, one busy and one gone, the one that responds is tried again', async () => {
    const [first, second] = servers.cluster.brokers;
    const producer = servers.producer({ sendTimeoutMs: 20_000 });
    await producer.send(message);
    await second?.kill();
    const seen = new Set<string>();
    const isFirst = (body: string): boolean => !seen.has(body) && seen.add(body).has(body);
    first.script({
      when: { code: SEND, matches: ({ body = [] }) => isFirst(Buffer.from(body).toString()) },
      reply: refuse('SYSTEM_BUSY', '[TIMEOUT_CLEAN_QUEUE]broker busy'),
    });
    const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => producer.send({ ...message, body: `${n}` })));
    expect(sent.map(({ queue }) => queue.brokerName)).toEqual(sent.map(() => 'broker-a'));
    expect(Math.max(...sent.map(({ attempts }) => attempts))).toBe(3);
  });

  test('an answer without its fields is a protocol violation of that message only', async () => {
    script(amendAnswer({ fields: { queueOffset: undefined } }), 1);
    const producer = servers.producer({ retries: 0 });
    const failure = await failureOf(producer.send(message));
    expect(failure).toMatchObject({ stored: 'maybe', error: { code: 'RMQ_PROTOCOL_VIOLATION' } });
    await expect(producer.send(message)).resolves.toMatchObject({ ok: true });
  });

  test('no answer in time is maybe; the late answer is dropped, the neighbours are untouched', async () => {
    const producer = servers.producer({ retries: 0, sendTimeoutMs: 150 });
    await producer.send(message);
    const isSlow = ({ body }: Command): boolean => body !== undefined && Buffer.from(body).toString() === 'slow';
    for (const broker of servers.cluster.brokers)
      broker.script({ when: { code: SEND, matches: isSlow }, reply: delay(400) });
    const [slow, ...others] = await Promise.allSettled(
      Array.from({ length: 51 }, (_, n) => producer.send(n === 0 ? { ...message, body: 'slow' } : message)),
    );
    expect(slow).toMatchObject({
      status: 'rejected',
      reason: { failure: { stored: 'maybe', attempts: [{ error: { code: 'RMQ_ATTEMPT_TIMEOUT' } }] } },
    });
    expect(others.every(({ status }) => status === 'fulfilled')).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(producer.metrics()).toMatchObject({ offered: 52, sent: 51, failed: 1, inFlight: 0 });
    expect(servers.cluster.count('orders')).toBe(52);
  });

  test('an answer that comes twice gives one outcome', async () => {
    script(duplicateAnswer(3));
    const producer = servers.producer();
    await Promise.all([1, 2, 3].map(() => producer.send(message)));
    expect(producer.metrics()).toMatchObject({ sent: 3, failed: 0, inFlight: 0 });
    expect(servers.cluster.count('orders')).toBe(3);
  });

  test.each(['before-storing', 'after-storing'] as const)('a connection lost %s is maybe', async (when) => {
    script(disconnect(when));
    const failure = await failureOf(servers.producer({ retries: 0 }).send(message));
    expect(failure).toMatchObject({ stored: 'maybe', error: { code: 'RMQ_CONNECTION_LOST' } });
  });

  test('a refused connect is no', async () => {
    for (const broker of servers.cluster.brokers) await broker.kill({ staysInRoutes: true });
    const failure = await failureOf(servers.producer({ retries: 1 }).send(message));
    expect(failure).toMatchObject({ stored: 'no', error: { code: 'RMQ_CONNECT_FAILED' } });
    expect(new Set(failure.attempts.map(({ brokerName }) => brokerName))).toEqual(new Set(['broker-a', 'broker-b']));
  });

  test('a queue of an unknown broker fails and names the broker', async () => {
    const producer = servers.producer({ retries: 0 });
    await producer.send(message);
    const routes = (): number => servers.cluster.nameServer.requests('GET_ROUTEINFO_BY_TOPIC');
    const before = routes();
    const failure = await failureOf(producer.send(message, { queue: queue('broker-z', 0) }));
    expect(failure).toMatchObject({ stored: 'no', error: { code: 'RMQ_BROKER_UNKNOWN' } });
    expect(failure.error.message).toContain('broker-z');
    // None of its own where the schedule asks at this moment: then it joins that question.
    expect(routes() - before).toBeLessThanOrEqual(2);
  });

  test('a retried request carries the new broker and queue, and the same flag, body and unique key', async () => {
    const requests: Command[] = [];
    let applied = 0;
    for (const broker of servers.cluster.brokers) {
      broker.script({
        when: { code: SEND, matches: (request) => requests.push(request) > 0 && applied++ === 0 },
        reply: refuse('SERVICE_NOT_AVAILABLE'),
      });
    }
    const body = 'compress me '.repeat(1000);
    const receipt = await servers.producer().send({ topic: 'orders', body, keys: 'k', flag: 7 });
    const [first, second] = requests;
    if (first === undefined || second === undefined) throw new Error('no second request');
    const field = (request: Command, name: string) => request.fields.get(name);
    expect(new Set([field(first, 'n'), field(second, 'n')])).toEqual(new Set(['broker-a', 'broker-b']));
    expect(field(second, 'n')).toBe(receipt.queue.brokerName);
    expect(field(second, 'e')).toBe(String(receipt.queue.queueId));
    for (const name of ['f', 'g', 'h', 'i']) expect(field(second, name)).toBe(field(first, name));
    expect(field(first, 'f')).toBe(String(0x301));
    expect(second.body).toEqual(first.body);
    expect(inflateSync(second.body ?? '').toString()).toBe(body);
    expect(servers.cluster.messages('orders')).toMatchObject([{ msgId: receipt.msgId, flag: 7, keys: ['k'] }]);
    expect(receipt.attempts).toBe(2);
  });

  test('a cluster of one broker really retries', async () => {
    await servers.close();
    await servers.open({ brokers: 1 });
    script(refuse('SERVICE_NOT_AVAILABLE'), 1);
    await expect(servers.producer().send(message)).resolves.toMatchObject({ attempts: 2 });
  });

  test('oneway ends with the bytes at the kernel, and a broker that refuses is not asked again', async () => {
    script(drop());
    const producer = servers.producer();
    producer.sendOneway(message);
    await producer.flush();
    expect(producer.metrics()).toMatchObject({ offered: 1, sent: 1, failed: 0 });
    await until(() => servers.sends === 1);
  });
});

test('errors say what is known of the attempt', () => {
  const fake = fakeProducer(both);
  const { envelope, send } = attempt(fake);
  send();
  fake.time.advance(70);
  const error: RocketMQError = createError('RMQ_CONNECTION_LOST', 'lost');
  envelope.onFailure(error);
  expect(envelope.failedAttempts).toEqual([{ brokerName: 'broker-a', address: '127.0.0.1:1', error, elapsedMs: 70 }]);
});

describe('a message that asks for more than every broker does', () => {
  const cluster = new TestCluster();
  afterEach(() => cluster.close());
  const timer = { topic: 'orders', body: 'x', delivery: { delayMs: 60_000 } };

  test('is sent to a broker whose version is not known yet once it has told it', async () => {
    await cluster.open({ brokers: 1, release: '5.5.0' });
    const receipt = await cluster.producer().send(timer);
    expect([receipt.attempts, cluster.sends]).toEqual([1, 1]);
    expect(cluster.cluster.brokers[0].requests('HEART_BEAT')).toBeGreaterThan(0);
  });

  test.each([
    ['a timer', timer, '5.0.0'],
    ['a priority', { topic: 'orders', body: 'x', priority: 1 }, '5.4.0'],
    ['a lite topic', { topic: 'orders', body: 'x', liteTopic: 'a' }, '5.5.0'],
  ])('%s never leaves for a broker that is too old, known or not', async (_, message, needed) => {
    await cluster.open({ brokers: 1, release: '4.9.7' });
    const producer = cluster.producer();
    for (const _ of [1, 2]) {
      await expect(producer.send(message)).rejects.toMatchObject({
        code: 'RMQ_BROKER_TOO_OLD',
        stored: 'no',
        detail: { brokerName: 'broker-a', version: '4.9.7', needed },
        failure: { stage: 'send', attempts: [{ brokerName: 'broker-a' }] },
      });
    }
    expect(cluster.sends).toBe(0);
    expect((await producer.send({ topic: 'orders', body: 'x', delivery: { delayLevel: 1 } })).ok).toBe(true);
  });

  test('goes to another broker when the first one cannot be asked', async () => {
    await cluster.open({ brokers: 2 });
    cluster.cluster.brokers[0].script({ when: { code: 'HEART_BEAT' }, reply: disconnect('before-storing') });
    const receipts = await Promise.all(['one', 'other'].map((group) => cluster.producer({ group }).send(timer)));
    expect(receipts.map(({ queue }) => queue.brokerName)).toEqual(['broker-b', 'broker-b']);
  });

  test('fails with what is in the way, not stored, where no broker can be asked', async () => {
    await cluster.open({ brokers: 1 });
    cluster.cluster.brokers[0].script({ when: { code: 'HEART_BEAT' }, reply: disconnect('before-storing') });
    await expect(cluster.producer({ retries: 0 }).send(timer)).rejects.toMatchObject({
      code: 'RMQ_CONNECTION_LOST',
      stored: 'no',
    });
    expect(cluster.sends).toBe(0);
  });
});
