import { inspect } from 'node:util';
import { from, lastValueFrom, type Observable, Subject, take, toArray, VirtualTimeScheduler } from 'rxjs';
import { toRocketMQ } from '../../../operators/to-rocketmq.js';
import { createProducer } from '../../../src/create-producer.js';
import { publicKey } from '../../../src/errors/copies.js';
import type { Message } from '../../../src/producer/message/message.js';
import type { SendReceipt } from '../../../src/producer/message/outcome.js';
import { coreOf, isProducer, Producer } from '../../../src/producer/producer.js';
import type { ProducerEvent } from '../../../src/producer/state/producer-event.js';
import type { Metrics } from '../../../src/producer/state/producer-statistics.js';
import type { MessageQueue } from '../../../src/protocol/message-queue.js';
import { SendError } from '../../../src/producer/message/send-error.js';
import { busy, delay, drop } from '../../../src/testing/index.js';
import { ProducerBench, TOPIC, until } from './producer-kit.js';

const message = { topic: TOPIC, body: 'body' };
const SEND = { code: 'SEND_MESSAGE_V2' } as const;

const pick = (queues: readonly MessageQueue[], isWanted: (queue: MessageQueue) => boolean): MessageQueue => {
  const queue = queues.find(isWanted);
  if (queue === undefined) throw new Error('there is no such queue');
  return queue;
};

/** The error a send rejects with. */
const errorOf = async (sending: Promise<unknown>): Promise<SendError> => {
  const thrown = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof SendError)) throw new Error(`no SendError but ${inspect(thrown)}`);
  return thrown;
};

describe('send', () => {
  const bench = new ProducerBench({ brokers: 2 });

  test('resolves with the receipt, which carries the message and its context', async () => {
    const sent: Message<number> = { ...message, context: 7, tag: 'tag', keys: ['key'] };
    const receipt = await bench.producer().send(sent);
    expect(receipt).toMatchObject({ ok: true, status: 'SEND_OK', attempts: 1, context: 7 });
    expect(receipt.message).toBe(sent);
    expect(bench.cluster.messages(TOPIC)).toEqual([
      expect.objectContaining({ queue: receipt.queue, queueOffset: receipt.queueOffset, body: Buffer.from('body') }),
    ]);
  });

  test('rejects with the failure of a message that breaks a rule, and asks nobody', async () => {
    const error = await errorOf(bench.producer().send({ ...message, topic: 'a b' }));
    expect(error).toMatchObject({ code: 'RMQ_MESSAGE_INVALID', stored: 'no', failure: { stage: 'validate' } });
    expect(bench.cluster.brokers[0].requests(SEND.code)).toBe(0);
  });

  test('sends to exactly the queue that is given, before the message’s own', async () => {
    const producer = bench.producer();
    const queue = { topic: TOPIC, brokerName: 'broker-b', queueId: 3 };
    const other = { ...queue, queueId: 1 };
    const receipts = await Promise.all([1, 2, 3].map(() => producer.send({ ...message, queue: other }, { queue })));
    expect(receipts.map((receipt) => receipt.queue)).toEqual([queue, queue, queue]);
    expect((await producer.send({ ...message, queue: other })).queue).toEqual(other);
  });

  test('asks the selector of this send, and fails with what it throws', async () => {
    const producer = bench.producer();
    const seen: unknown[] = [];
    const receipt = await producer.send(message, {
      selectQueue: (queues, selected) => {
        seen.push(selected.body, queues.length);
        return pick(queues, (queue) => queue.brokerName === 'broker-a' && queue.queueId === 2);
      },
    });
    expect([seen, receipt.queue]).toEqual([['body', 8], { topic: TOPIC, brokerName: 'broker-a', queueId: 2 }]);
    const thrown = new Error('no queue today');
    const error = await errorOf(
      producer.send(message, {
        selectQueue: () => {
          throw thrown;
        },
      }),
    );
    expect(error).toMatchObject({ stored: 'no', failure: { stage: 'select' } });
    expect(bench.cluster.count(TOPIC)).toBe(1);
  });

  test('timeoutMs counts in place of sendTimeoutMs, over all attempts', async () => {
    for (const broker of bench.cluster.brokers) broker.script({ when: SEND, reply: drop() });
    const { scheduler } = bench.loopTime();
    const producer = bench.producer({ sendTimeoutMs: 60_000, scheduler });
    const error = await errorOf(producer.send(message, { timeoutMs: 150 }));
    expect(error).toMatchObject({ stored: 'maybe', failure: { stage: 'send' } });
    expect(error.failure.attempts.length).toBeGreaterThan(1);
  });

  test('timeoutMs runs while the message waits for its slot', async () => {
    for (const broker of bench.cluster.brokers) broker.script({ when: SEND, reply: drop() });
    const producer = bench.producer({ sendTimeoutMs: 60_000 });
    const inFlight = Array.from({ length: 256 }, () => producer.send(message).catch(() => {}));
    const error = await errorOf(producer.send(message, { timeoutMs: 30 }));
    expect(error).toMatchObject({ code: 'RMQ_DEADLINE', stored: 'no', failure: { stage: 'overflow', attempts: [] } });
    await producer.shutdown({ drain: false });
    await Promise.all(inFlight);
  });

  test('a thousand first sends ask for the route once', async () => {
    const routes = bench.cluster.nameServer.script({
      when: { code: 'GET_ROUTEINFO_BY_TOPIC', topic: TOPIC },
      reply: (turn) => turn.answer(turn.handle()),
    });
    const producer = bench.producer();
    await producer.start();
    // The first refresh of all routes, 10 ms after the start, would ask for this one too.
    await until(() => bench.cluster.nameServer.requests('GET_ROUTEINFO_BY_TOPIC') > 0);
    await Promise.all(Array.from({ length: 1000 }, () => producer.send(message)));
    expect([routes.applied, bench.cluster.count(TOPIC)]).toEqual([1, 1000]);
  });

  test('rejects with RMQ_OVERLOADED when 16 384 messages wait already; those are sent', async () => {
    const producer = bench.producer({ sendTimeoutMs: 60_000 });
    const limit = 256 + 16_384;
    const accepted = Array.from({ length: limit }, () => producer.send(message));
    for (const _ of [1, 2]) {
      expect(await errorOf(producer.send(message))).toMatchObject({
        code: 'RMQ_OVERLOADED',
        stored: 'no',
        failure: { stage: 'overflow' },
      });
    }
    await Promise.all(accepted);
    expect(bench.cluster.count(TOPIC)).toBe(limit);
  });

  test('rejects with RMQ_OVERLOADED when 32 MiB wait already', async () => {
    const producer = bench.producer({ compress: false });
    const body = new Uint8Array(1024 * 1024);
    // Seven fit into the 8 MiB of the window with their properties, 31 into the buffer.
    const accepted = Array.from({ length: 7 + 31 }, () => producer.send({ topic: TOPIC, body }));
    const refused = producer.send({ topic: TOPIC, body });
    expect(producer.metrics()).toMatchObject({ inFlight: 7, buffered: 31, failed: 1 });
    expect(await errorOf(refused)).toMatchObject({ code: 'RMQ_OVERLOADED', stored: 'no' });
    await producer.shutdown({ drain: false });
    await Promise.allSettled(accepted);
  });

  test('rejects with RMQ_CLOSED after shutdown', async () => {
    const producer = bench.producer();
    await producer.send(message);
    await producer.shutdown();
    await expect(producer.send(message)).rejects.toMatchObject({ code: 'RMQ_CLOSED', stored: 'no' });
    expect(() => producer.sendOneway(message)).toThrow(expect.objectContaining({ code: 'RMQ_CLOSED' }));
    const stream = lastValueFrom(toRocketMQ(producer)([message]));
    await expect(stream).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
    expect(bench.cluster.count(TOPIC)).toBe(1);
  });
});

describe('the signal of a send', () => {
  const bench = new ProducerBench();
  const aborted = (stored: string) => ({ code: 'RMQ_ABORTED', stored, failure: { stage: 'abort', stored } });

  test('aborted before: nothing is sent', async () => {
    const producer = bench.producer();
    await producer.start();
    expect(await errorOf(producer.send(message, { signal: AbortSignal.abort() }))).toMatchObject(aborted('no'));
    await producer.flush();
    expect(bench.cluster.brokers[0].requests(SEND.code)).toBe(0);
    expect(producer.metrics()).toMatchObject({ offered: 1, failed: 1, inFlight: 0 });
  });

  test('aborted while the message waits for its slot: it is not stored, and its place is free', async () => {
    const rule = bench.cluster.brokers[0].script({ when: SEND, reply: delay(50) });
    const producer = bench.producer();
    const inFlight = Array.from({ length: 256 }, () => producer.send(message));
    await until(() => rule.applied === 256);
    const abort = new AbortController();
    const waiting = producer.send(message, { signal: abort.signal });
    expect(producer.metrics()).toMatchObject({ buffered: 1 });
    abort.abort();
    expect(producer.metrics()).toMatchObject({ buffered: 0, failed: 1 });
    expect(await errorOf(waiting)).toMatchObject(aborted('no'));
    await Promise.all(inFlight);
    expect(bench.cluster.count(TOPIC)).toBe(256);
  });

  test('aborted while the message waits for its route: it is not stored', async () => {
    bench.cluster.nameServer.pause();
    const producer = bench.producer();
    const abort = new AbortController();
    const sending = producer.send(message, { signal: abort.signal });
    await until(() => bench.cluster.nameServer.requests('GET_ROUTEINFO_BY_TOPIC') > 0);
    abort.abort();
    expect(await errorOf(sending)).toMatchObject(aborted('no'));
    expect(producer.metrics()).toMatchObject({ inFlight: 0 });
  });

  test('aborted in flight: it may be stored, its slot is free at once, and the late answer is dropped', async () => {
    const rule = bench.cluster.brokers[0].script({ when: SEND, reply: delay(20) });
    const producer = bench.producer();
    const abort = new AbortController();
    const sending = producer.send(message, { signal: abort.signal });
    await until(() => rule.applied === 1);
    abort.abort();
    expect(producer.metrics()).toMatchObject({ inFlight: 0, failed: 1 });
    const error = await errorOf(sending);
    expect(error).toMatchObject(aborted('maybe'));
    expect(error.failure.attempts).toMatchObject([
      { brokerName: expect.stringMatching(/^broker-/), error: { stored: 'maybe' } },
    ]);
    await until(() => producer.metrics().strays === 1);
    expect(producer.metrics()).toMatchObject({ sent: 0, failed: 1 });
    await expect(producer.send(message)).resolves.toMatchObject({ ok: true });
  });

  test('aborted after the outcome: nothing happens, and nobody listens to it any more', async () => {
    const abort = new AbortController();
    const removed: string[] = [];
    const { signal } = abort;
    const remove = signal.removeEventListener.bind(signal);
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      removed.push(args[0]);
      remove(...args);
    };
    const producer = bench.producer();
    await producer.send(message, { signal });
    expect(removed).toEqual(['abort']);
    abort.abort();
    expect(producer.metrics()).toMatchObject({ sent: 1, failed: 0, strays: 0 });
  });
});

describe('sendOneway', () => {
  const bench = new ProducerBench();

  test('stores without an answer, on the queue that is given', async () => {
    const queue = { topic: TOPIC, brokerName: 'broker-a', queueId: 2 };
    const producer = bench.producer();
    producer.sendOneway(message, { queue });
    await producer.flush();
    await until(() => bench.cluster.count(TOPIC) === 1);
    expect(bench.cluster.messages(TOPIC)).toEqual([expect.objectContaining({ queue })]);
    expect(producer.metrics()).toMatchObject({ offered: 1, sent: 1, inFlight: 0 });
  });

  test('counts and logs a failure of this side, and does not throw it', () => {
    const lines: unknown[] = [];
    const ignore = (): void => {};
    const warn = (fields: unknown, text?: string): void => void lines.push([fields, text]);
    const producer = bench.producer({ logger: { debug: ignore, info: ignore, warn, error: ignore } });
    producer.sendOneway({ ...message, topic: 'a b' });
    expect(producer.metrics()).toMatchObject({ offered: 1, failed: 1 });
    expect(lines).toEqual([[expect.objectContaining({ code: 'RMQ_MESSAGE_INVALID' }), 'oneway send failed']]);
  });
});

describe('flush', () => {
  const bench = new ProducerBench();

  test('ends at once when nothing is unsettled', async () => {
    await expect(bench.producer().flush()).resolves.toBeUndefined();
  });

  test('ends under an endless source, when what was handed in before is settled', async () => {
    const producer = bench.producer();
    let handedIn = 0;
    function* endless(): Generator<Message> {
      for (;;) {
        handedIn++;
        yield message;
      }
    }
    const subscription = toRocketMQ(producer)(endless()).subscribe();
    await until(() => producer.metrics().sent > 0);
    const before = handedIn;
    await producer.flush();
    const { sent, inFlight, buffered } = producer.metrics();
    expect(sent).toBeGreaterThanOrEqual(before - 1);
    expect(inFlight + buffered).toBeGreaterThan(0);
    subscription.unsubscribe();
    await producer.flush();
    expect(producer.metrics()).toMatchObject({ inFlight: 0, buffered: 0 });
  });

  test('is not held up by what is handed in afterwards', async () => {
    const [broker] = bench.cluster.brokers;
    const producer = bench.producer({ sendTimeoutMs: 60_000 });
    const first = producer.send(message);
    const flushed = producer.flush();
    broker.script({ when: { ...SEND, after: 1 }, reply: drop() });
    const second = producer.send(message).catch(() => 'given back');
    await flushed;
    await first;
    expect(producer.metrics()).toMatchObject({ sent: 1, inFlight: 1 });
    await producer.shutdown({ drain: false });
    expect(await second).toBe('given back');
  });
});

describe('events$', () => {
  const bench = new ProducerBench({ brokers: 2 });

  const eventsOf = (producer: Producer): ProducerEvent[] => {
    const events: ProducerEvent[] = [];
    producer.events$.subscribe((event) => events.push(event));
    return events;
  };
  const ofType = <T extends ProducerEvent['type']>(events: readonly ProducerEvent[], type: T) =>
    events.filter((event): event is Extract<ProducerEvent, { type: T }> => event.type === type);

  test('tells the states', async () => {
    const producer = bench.producer();
    const events = eventsOf(producer);
    await producer.start();
    await producer.shutdown();
    expect(ofType(events, 'state').map(({ state }) => state)).toEqual([
      'START_FAILED',
      'RUNNING',
      'SHUTTING_DOWN',
      'SHUTDOWN_ALREADY',
    ]);
  });

  test('tells of connections that open and close, and why', async () => {
    const producer = bench.producer();
    const events = eventsOf(producer);
    const queue = { topic: TOPIC, brokerName: 'broker-a', queueId: 0 };
    await producer.send(message, { queue });
    const [{ address }] = bench.cluster.brokers;
    const atBroker = () => ofType(events, 'connection').filter((event) => event.address === address);
    expect(atBroker()).toEqual([{ type: 'connection', address, state: 'open' }]);
    await bench.cluster.brokers[0].kill();
    await until(() => atBroker().length === 2);
    expect(atBroker()[1]).toEqual({ type: 'connection', address, state: 'closed', reason: expect.stringMatching(/./) });
  });

  test('tells of routes that change', async () => {
    const producer = bench.producer();
    const events = eventsOf(producer);
    await producer.send(message);
    const ofTopic = ofType(events, 'route-changed').filter(({ topic }) => topic === TOPIC);
    expect(ofTopic).toEqual([
      { type: 'route-changed', topic: TOPIC, queues: 8, brokers: expect.arrayContaining(['broker-a', 'broker-b']) },
    ]);
  });

  test('tells of each further attempt, and what made it necessary', async () => {
    bench.cluster.brokers[0].script({ when: SEND, reply: busy() });
    const producer = bench.producer();
    const events = eventsOf(producer);
    const { msgId } = await producer
      .send(message, {
        selectQueue: (queues) => pick(queues, ({ brokerName }) => brokerName === 'broker-a'),
        timeoutMs: 1000,
      })
      .catch(({ failure }: SendError) => failure);
    const retries = ofType(events, 'retry');
    expect(retries[0]).toMatchObject({ msgId, attempt: 2, brokerName: 'broker-a', error: { code: 'RMQ_BROKER_BUSY' } });
    expect(producer.metrics().retried).toBe(retries.length);
  });

  test('tells what an unsubscribed stream had not sent', async () => {
    bench.cluster.nameServer.pause();
    const producer = bench.producer();
    const events = eventsOf(producer);
    const source = new Subject<Message>();
    const subscription = toRocketMQ(producer)(source).subscribe();
    source.next(message);
    subscription.unsubscribe();
    const [abandoned] = ofType(events, 'abandoned');
    expect(abandoned?.failures).toEqual([expect.objectContaining({ message, stored: 'no' })]);
  });
});

describe('metrics', () => {
  const bench = new ProducerBench();

  test('balance at any moment', async () => {
    const producer = bench.producer();
    const balances: boolean[] = [];
    const look = (): void => {
      const { offered, sent, failed, inFlight, buffered } = producer.metrics();
      balances.push(offered === sent + failed + inFlight + buffered);
    };
    const sends = Array.from({ length: 600 }, (_, n) => {
      const sending = producer.send(n % 10 === 0 ? { ...message, topic: 'a b' } : message);
      look();
      return sending.then(look, look);
    });
    expect(producer.metrics()).toMatchObject({ offered: 600, failed: 60, inFlight: 256, buffered: 284 });
    await Promise.all(sends);
    expect(balances).toEqual(Array.from({ length: 1200 }, () => true));
    const { latencyMs, totalLatencyMs, ...counts } = producer.metrics();
    expect(counts).toMatchObject({ offered: 600, sent: 540, failed: 60, inFlight: 0, inFlightBytes: 0, buffered: 0 });
    expect(latencyMs.max).toBeGreaterThan(0);
    expect(latencyMs.p50).toBeLessThanOrEqual(latencyMs.p99);
    // Most of them waited for a slot.
    expect(totalLatencyMs.p50).toBeGreaterThan(latencyMs.p50);
    expect(totalLatencyMs.max).toBeGreaterThanOrEqual(latencyMs.max);
  });

  test('the time that the event loop was busy elsewhere is part of what a send took', async () => {
    const producer = bench.producer();
    await producer.send(message);
    const sending = producer.send(message);
    // Let it be written, so that the answer waits in the socket meanwhile.
    await Promise.resolve().then(() => new Promise((resolve) => process.nextTick(resolve)));
    const busyFrom = performance.now();
    while (performance.now() - busyFrom < 20);
    const busyMs = performance.now() - busyFrom;
    const receipt = await sending;
    expect(receipt.totalMs).toBeGreaterThanOrEqual(busyMs);
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(busyMs);
    expect(producer.metrics().totalLatencyMs.max).toBeGreaterThanOrEqual(busyMs);
  });

  test('a call late in a busy turn of the event loop took no longer since its slot than since the call', async () => {
    const producer = bench.producer();
    await producer.send(message);
    const early = producer.send(message);
    const busyFrom = performance.now();
    while (performance.now() - busyFrom < 5);
    const late = await producer.send(message);
    await early;
    expect(late.elapsedMs).toBeLessThanOrEqual(late.totalMs);
  });

  test('what waited for its slot took longer than since its slot', async () => {
    const producer = bench.producer();
    const receipts: SendReceipt[] = [];
    await from([message, message, message])
      .pipe(toRocketMQ(producer, { window: 1 }))
      .forEach((receipt) => void receipts.push(receipt));
    const [first, second, third] = receipts;
    expect(first?.totalMs).toBe(first?.elapsedMs);
    expect((second?.totalMs ?? NaN) - (second?.elapsedMs ?? NaN)).toBeCloseTo(first?.totalMs ?? NaN, 6);
    expect((third?.totalMs ?? NaN) - (third?.elapsedMs ?? NaN)).toBeCloseTo(second?.totalMs ?? NaN, 6);
  });

  test('metrics$ takes one snapshot a second while it is subscribed to, until the shutdown', async () => {
    const scheduler = new VirtualTimeScheduler();
    const producer = createProducer({ nameServers: '127.0.0.1:1', group: 'group', logger: false, scheduler });
    const play = (ms: number): void => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    };
    const seen: [number, Metrics][] = [];
    let isComplete = false;
    const subscription = producer.metrics$.subscribe({
      next: (metrics) => seen.push([scheduler.frame, metrics]),
      complete: () => (isComplete = true),
    });
    const two = lastValueFrom(producer.metrics$.pipe(take(2), toArray()));
    play(3500);
    expect(seen.map(([at]) => at)).toEqual([1000, 2000, 3000]);
    expect(seen[0]?.[1]).toEqual(producer.metrics());
    expect(await two).toHaveLength(2);
    await producer.shutdown();
    expect(isComplete).toBe(true);
    subscription.unsubscribe();
    expect(scheduler.actions.filter((action) => !action.closed)).toEqual([]);
  });
});

describe('a producer', () => {
  const bench = new ProducerBench();

  test('is shut down by await using', async () => {
    let used: Producer | undefined;
    {
      await using producer = bench.producer();
      used = producer;
      void producer.send(message);
    }
    expect(used.state).toBe('SHUTDOWN_ALREADY');
    expect(bench.cluster.count(TOPIC)).toBe(1);
  });

  test('is an instance of Producer, which serves as an injection token and makes none by itself', () => {
    const producer = bench.producer();
    expect(producer).toBeInstanceOf(Producer);
    expect({ [Symbol.for('other')]: 1 }).not.toBeInstanceOf(Producer);
    class Derived extends Producer {}
    expect(producer).not.toBeInstanceOf(Derived);
    const container = new Map<abstract new (...args: never[]) => unknown, unknown>([[Producer, producer]]);
    expect(container.get(Producer)).toBe(producer);
    expect(() => Reflect.construct(Derived, [])).toThrow(expect.objectContaining({ code: 'RMQ_CONFIG_INVALID' }));
  });

  test.each<[string, (producer: Producer) => Promise<unknown>]>([
    ['send', (producer) => producer.send({ ...message, body: '' })],
    ['sendBatch', (producer) => producer.sendBatch([{ ...message, body: '' }])],
    ['sendInTransaction', (producer) => producer.sendInTransaction({ ...message, body: '' }, () => 'commit')],
    ['request', (producer) => producer.request({ ...message, body: '' })],
  ])('the stack of a failed %s names the functions that await it', async (_, send) => {
    const producer = bench.producer();
    async function placeOrder(): Promise<void> {
      await send(producer);
    }
    const { stack } = await errorOf(placeOrder());
    expect(stack).toMatch(/^ {4}at (async )?placeOrder \(/m);
  });

  test('does not show its inside in a log, and is known as a producer', () => {
    const producer = bench.producer();
    expect(inspect(producer, { depth: 9 })).not.toContain('ProducerCore');
    expect(Object.keys(producer).sort()).toEqual(['admin', 'events$', 'metrics$', 'state$']);
    expect(isProducer(producer)).toBe(true);
    expect(isProducer({ nameServers: 'localhost:9876' })).toBe(false);
    expect(coreOf(producer).state).toBe(producer.state);
    const other = { [Symbol.for(publicKey('producer'))]: '9.9.9' };
    expect(() => isProducer(other)).toThrow(expect.objectContaining({ code: 'RMQ_ARGUMENT_INVALID' }));
  });

  test('leaves nothing of its own behind after shutdown', async () => {
    const before = process.getActiveResourcesInfo();
    const added = (): string[] => {
      const rest = [...before];
      return process.getActiveResourcesInfo().filter((kind) => {
        // jest has timers of its own; that none of ours holds the process is tested by processes that must end.
        if (kind === 'Timeout') return false;
        const at = rest.indexOf(kind);
        if (at >= 0) rest.splice(at, 1);
        return at < 0;
      });
    };
    const producer = bench.producer();
    await producer.send(message);
    const stream = new Subject<Message>();
    toRocketMQ(producer, { onFailure: 'result' })(stream as Observable<Message>).subscribe({ error: () => {} });
    stream.next(message);
    expect(added()).not.toEqual([]);
    await producer.shutdown();
    const { nameServer, brokers } = bench.cluster;
    await until(() => nameServer.connections.length + brokers[0].connections.length === 0);
    expect(added()).toEqual([]);
    expect(stream.observed).toBe(false);
  });
});
