import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { config } from 'rxjs';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure, SendOutcome } from '../../src/producer/message/outcome.js';
import { dropAnswer } from '../../src/testing/index.js';
import { message } from './operator-kit.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open());
afterEach(() => servers.close());

const numbers = (count: number): Message<number>[] => Array.from({ length: count }, (_, n) => message(n));

describe('writable', () => {
  test('sends what is written, and finishes when everything has its outcome', async () => {
    const producer = servers.producer();
    const sink = producer.writable<number>({ window: 8 });
    const outcomes: SendOutcome<number>[] = [];
    sink.on('outcome', (outcome: SendOutcome<number>) => outcomes.push(outcome));
    await pipeline(numbers(100), sink);
    expect(servers.cluster.count('orders')).toBe(100);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(100);
  });

  test('takes no more than the window and the one being written', async () => {
    const producer = servers.producer({ sendTimeoutMs: 60_000 });
    servers.scriptSends(dropAnswer());
    let read = 0;
    const source = Readable.from(
      (function* () {
        for (;;) yield message(read++);
      })(),
      { highWaterMark: 1 },
    );
    const stop = new AbortController();
    const done = pipeline(source, producer.writable<number>({ window: 4 }), { signal: stop.signal });
    await until(() => servers.sends === 4);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(producer.metrics().inFlight).toBe(4);
    // One in the writable, and what Node's own Readable reads ahead.
    expect(read).toBeLessThanOrEqual(4 + 4);
    stop.abort();
    await expect(done).rejects.toMatchObject({ name: 'AbortError' });
    expect(producer.metrics()).toMatchObject({ inFlight: 0, buffered: 0 });
  });

  test('a failure destroys it with the SendError, once what is in flight is settled', async () => {
    servers.refuseBodies('body 7');
    const producer = servers.producer();
    await expect(pipeline(numbers(20), producer.writable<number>({ window: 4 }))).rejects.toMatchObject({
      name: 'SendError',
      failure: { context: 7 },
    });
    const { offered, sent, failed, inFlight } = producer.metrics();
    expect([inFlight, sent + failed]).toEqual([0, offered]);
  });

  test('an abort ends everything at once: what is with a broker may be stored', async () => {
    servers.scriptSends(dropAnswer());
    const dead: SendFailure<number>[] = [];
    const stop = new AbortController();
    const producer = servers.producer();
    const sink = producer.writable<number>({ window: 2, deadLetter: { next: (failure) => dead.push(failure) } });
    const done = pipeline(numbers(10), sink, { signal: stop.signal });
    await until(() => servers.sends === 2);
    stop.abort();
    await expect(done).rejects.toMatchObject({ name: 'AbortError' });
    expect(dead.map(({ stage, stored }) => `${stage} ${stored}`)).toEqual(['abort maybe', 'abort maybe']);
  });

  test('being destroyed finishes what is with a broker', async () => {
    const producer = servers.producer();
    const sink = producer.writable<number>({ window: 2 });
    sink.write(message(1));
    await until(() => servers.sends === 1);
    sink.destroy();
    await producer.flush();
    expect(producer.metrics()).toMatchObject({ sent: 1, failed: 0 });
  });

  test('of a producer that shuts down is destroyed, and says so', async () => {
    const producer = servers.producer();
    const sink = producer.writable<number>();
    const ended = new Promise((resolve) => sink.once('error', resolve));
    await new Promise((resolve) => sink.write(message(1), resolve));
    await producer.shutdown();
    expect(await ended).toMatchObject({ code: 'RMQ_CLOSED' });
    expect(producer.metrics()).toMatchObject({ sent: 1 });
  });

  test('of a producer that was shut down is destroyed at once, and reads nothing', async () => {
    const producer = servers.producer();
    await producer.shutdown();
    let read = 0;
    const source = function* (): Generator<Message<number>> {
      for (;;) yield message(read++);
    };
    await expect(pipeline(source(), producer.writable<number>())).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
    expect(read).toBeLessThanOrEqual(1);
    expect(producer.metrics()).toMatchObject({ offered: 0 });
  });

  test('whose handler of outcomes throws, or destroys it, loses and doubles nothing', async () => {
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    try {
      const throwing = servers.producer();
      const sink = throwing.writable<number>({ window: 4 }).on('outcome', () => {
        throw new Error('handler');
      });
      await pipeline(numbers(20), sink);
      await until(() => reported.length === 20);
      expect(throwing.metrics()).toMatchObject({ offered: 20, sent: 20, inFlight: 0 });

      const destroying = servers.producer({ group: 'destroying' });
      const destroyed = destroying.writable<number>({ window: 4 });
      destroyed.on('outcome', () => destroyed.destroy());
      await expect(pipeline(numbers(20), destroyed)).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
      await destroying.flush();
      const { offered, sent, failed, inFlight, buffered } = destroying.metrics();
      expect([sent + failed, inFlight, buffered]).toEqual([offered, 0, 0]);
      expect(reported).toHaveLength(20);
    } finally {
      config.onUnhandledError = null;
    }
  });

  test('refuses wrong options at once', () => {
    expect(() => servers.producer().writable({ window: 0 })).toThrow('window');
  });
});
