import { map, merge, range, Subject } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure, SendOutcome } from '../../src/producer/message/outcome.js';
import { drop } from '../../src/testing/index.js';
import { message } from './operator-kit.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open());
afterEach(() => servers.close());

function counted(count: number) {
  const read = { items: 0, returned: false };
  function* items(): Generator<Message<number>> {
    try {
      while (read.items < count) yield message(++read.items);
    } finally {
      read.returned = true;
    }
  }
  return { read, items: items() };
}

const settledBy = (producer: { metrics(): { sent: number; failed: number } }): number =>
  producer.metrics().sent + producer.metrics().failed;

describe('sendEach', () => {
  test('yields the outcome of every message, failures included', async () => {
    const seen: SendOutcome<number>[] = [];
    const source = [message(1), { ...message(2), topic: 'not a topic' }, message(3)];
    for await (const outcome of servers.producer().sendEach<number>(source)) seen.push(outcome);
    expect(new Map(seen.map(({ context, ok }) => [context, ok]))).toEqual(
      new Map([
        [1, true],
        [2, false],
        [3, true],
      ]),
    );
  });

  test('takes a factory, and throws RMQ_SOURCE_USED for a generator that was read before', async () => {
    const producer = servers.producer();
    const { items } = counted(2);
    for await (const _ of producer.sendEach<number>(items));
    await expect(producer.sendEach<number>(items).next()).rejects.toMatchObject({ code: 'RMQ_SOURCE_USED' });
    for await (const _ of producer.sendEach<number>(() => counted(3).items));
    expect(producer.metrics()).toMatchObject({ offered: 5, sent: 5 });
  });

  test('an outcome that is not taken holds its slot, also that of a message that was refused', async () => {
    const producer = servers.producer();
    const { read, items } = counted(100);
    const messages = function* (): Generator<Message<number>> {
      for (const one of items) yield (one.context ?? 0) % 2 === 0 ? { ...one, topic: 'not a topic' } : one;
    };
    const outcomes = producer.sendEach<number>(messages(), { window: 4 });
    await outcomes.next();
    await until(() => settledBy(producer) === 5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    // One was taken, four hold the window; nobody has read further.
    expect([read.items, settledBy(producer)]).toEqual([5, 5]);
    let taken = 1;
    for await (const _ of outcomes) expect(read.items).toBeLessThanOrEqual(++taken + 4);
    expect([taken, read.returned]).toEqual([100, true]);
  });

  test.each(['completion', 'source'] as const)(
    'what waited behind a message that failed keeps its places too, so that sources that can be paused overflow nothing (results: %s)',
    async (results) => {
      const producer = servers.producer({ retries: 0 });
      servers.cluster.brokers[0].script({
        when: { code: 'SEND_MESSAGE_V2', times: 1 },
        reply: (turn) => turn.after(30, () => turn.answer({ code: 13, remark: 'no' })),
      });
      let read = 0;
      const source = async function* (): AsyncGenerator<Message<number>> {
        for (let n = 0; n < 30; n++) yield { ...message(++read), shardingKey: n < 20 ? 'a' : 'b' };
      };
      const outcomes = producer.sendEach<number>(merge(fromPull(source()), fromPull(source())), {
        window: 2,
        buffer: { messages: 4 },
        ordered: { onFailure: 'halt-key' },
        results,
      });
      const seen: SendOutcome<number>[] = [];
      for await (const outcome of outcomes) {
        seen.push(outcome);
        // Slower than whatever comes behind.
        await new Promise((resolve) => setTimeout(resolve, 3));
        // Two are in flight, four wait, and each source may have read one more.
        expect(read - seen.length).toBeLessThanOrEqual(2 + 4 + 2);
      }
      expect(seen).toHaveLength(60);
      const codes = new Set(seen.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code)));
      expect(codes).toEqual(new Set(['ok', 'RMQ_MESSAGE_REFUSED', 'RMQ_KEY_HALTED']));
    },
  );

  test('reads nothing before the first outcome is asked for', () => {
    const { read, items } = counted(5);
    servers.producer().sendEach<number>(items);
    expect(read.items).toBe(0);
  });

  test('leaving the loop gives back what was not sent and ends the source', async () => {
    const producer = servers.producer();
    const { read, items } = counted(1000);
    for await (const outcome of producer.sendEach<number>(items, { window: 8 })) {
      expect(outcome.ok).toBe(true);
      break;
    }
    expect(read.returned).toBe(true);
    await producer.flush();
    const { offered, sent, failed, inFlight } = producer.metrics();
    expect([sent + failed, inFlight]).toEqual([offered, 0]);
  });

  test('with onFailure error the loop throws once what was sent has been yielded', async () => {
    servers.refuseBodies('body 3');
    const seen: number[] = [];
    const outcomes = servers.producer().sendEach<number>([1, 2, 3].map(message), { onFailure: 'error' });
    const loop = (async () => {
      for await (const { context } of outcomes) seen.push(context);
    })();
    await expect(loop).rejects.toMatchObject({ name: 'SendError', failure: { context: 3 } });
    expect(new Set(seen)).toEqual(new Set([1, 2]));
    expect(await outcomes.next()).toEqual({ done: true, value: undefined });
  });

  test('in the order of the source when it is told so', async () => {
    const seen: number[] = [];
    const source = Array.from({ length: 200 }, (_, n) => message(n));
    for await (const { context } of servers.producer().sendEach<number>(source, { results: 'source', window: 16 })) {
      seen.push(context);
    }
    expect(seen).toEqual(source.map(({ context }) => context));
  });

  test('a source that cannot be paused ends the loop loudly when nobody takes', async () => {
    const producer = servers.producer();
    const source = new Subject<Message<number>>();
    const outcomes = producer.sendEach<number>(source, { window: 2, buffer: { messages: 3 } });
    const first = outcomes.next();
    for (let n = 0; n < 100; n++) source.next(message(n));
    await first;
    const rest = async (): Promise<void> => {
      for await (const _ of outcomes);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'RMQ_OVERLOADED' });
    await producer.flush();
    expect(producer.metrics()).toMatchObject({ inFlight: 0, buffered: 0 });
  });

  test('outcomes of messages that overflow wait in bytes too', async () => {
    const producer = servers.producer();
    const source = new Subject<Message<number>>();
    const large = (n: number): Message<number> => ({ ...message(n), body: 'x'.repeat(1000) });
    const outcomes = producer.sendEach<number>(source, { window: 1, buffer: { messages: 50, bytes: 3500 } });
    const first = outcomes.next();
    // One has the slot, three wait for it, four overflow: one is taken, three wait to be. One more is too many.
    for (let n = 0; n < 8; n++) source.next(large(n));
    expect(source.observed).toBe(true);
    source.next(large(8));
    expect(source.observed).toBe(false);
    await first;
    await expect(outcomes.next()).rejects.toMatchObject({ code: 'RMQ_OVERLOADED' });
    await producer.flush();
  });

  test('refused messages that are not taken hold the window in bytes, as large as they were handed in', async () => {
    const producer = servers.producer();
    const { read, items } = counted(100);
    const refused = function* (): Generator<Message<number>> {
      for (const one of items)
        yield { ...one, topic: 'not a topic', body: Buffer.alloc(1000), properties: { p: 'x'.repeat(500) } };
    };
    const outcomes = producer.sendEach<number>(refused(), { windowBytes: 6100 });
    await outcomes.next();
    // Four of them fit; one more was read and waits.
    expect(read.items).toBe(6);
    for (let n = 0; n < 99; n++) expect((await outcomes.next()).done).toBe(false);
    expect((await outcomes.next()).done).toBe(true);
  });

  test('so does one that gives everything while it is being subscribed to, and nothing of it is left', async () => {
    const producer = servers.producer();
    const source = range(1, 100).pipe(map((n) => message(n)));
    const outcomes = producer.sendEach<number>(source, { window: 2, buffer: { messages: 3 } });
    const rest = async (): Promise<void> => {
      for await (const _ of outcomes);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'RMQ_OVERLOADED' });
    await producer.flush();
    expect(producer.metrics()).toMatchObject({ inFlight: 0, buffered: 0 });
  }, 3000);

  test('that was left before anything was asked for reads nothing', async () => {
    const { read, items } = counted(5);
    const outcomes = servers.producer().sendEach<number>(items);
    await outcomes.return?.();
    expect([await outcomes.next(), read.items]).toEqual([{ done: true, value: undefined }, 0]);
  });

  test('a source that cannot be paused goes on under a policy that drops', async () => {
    const producer = servers.producer();
    const source = new Subject<Message<number>>();
    const dead: SendFailure<number>[] = [];
    const outcomes = producer.sendEach<number>(source, {
      window: 2,
      buffer: { messages: 3, onOverflow: 'drop-newest' },
      deadLetter: { next: (failure) => dead.push(failure) },
    });
    const first = outcomes.next();
    for (let n = 0; n < 100; n++) source.next(message(n));
    source.complete();
    await first;
    const contexts: number[] = [];
    for await (const { ok, context } of outcomes) if (ok) contexts.push(context);
    expect(contexts).toHaveLength(5);
    expect(dead).toHaveLength(95);
  });

  test('serves several next() at once, each with an outcome of its own, and all of them at the end', async () => {
    const producer = servers.producer();
    const outcomes = producer.sendEach<number>([1, 2, 3].map(message), { window: 2 });
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => outcomes.next()));
    expect(new Set(results.map(({ value }) => (value as SendOutcome<number> | undefined)?.context))).toEqual(
      new Set([1, 2, 3, undefined]),
    );
    expect(results.map(({ done }) => done)).toEqual([false, false, false, true, true]);
    expect(producer.metrics()).toMatchObject({ offered: 3, sent: 3, inFlight: 0 });
  });

  test('leaving it lets those who wait for an outcome go', async () => {
    servers.scriptSends(drop());
    const producer = servers.producer();
    const outcomes = producer.sendEach<number>([message(1)]);
    const waiting = outcomes.next();
    await until(() => servers.sends === 1);
    await outcomes.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('of a producer that was shut down rejects, and reads nothing', async () => {
    const producer = servers.producer();
    await producer.shutdown();
    const { read, items } = counted(5);
    await expect(producer.sendEach<number>(items).next()).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
    expect(read.items).toBe(0);
  });

  test('refuses wrong options at once', () => {
    expect(() => servers.producer().sendEach([], { window: 0 })).toThrow('window');
  });

  test('a throw from outside ends it like leaving the loop', async () => {
    const { read, items } = counted(1000);
    const outcomes = servers.producer().sendEach<number>(items, { window: 8 });
    await outcomes.next();
    await expect(outcomes.throw?.(new Error('mine'))).rejects.toThrow('mine');
    expect(read.returned).toBe(true);
    expect(await outcomes.next()).toEqual({ done: true, value: undefined });
  });
});
