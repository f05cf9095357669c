/** The hook around the ends of transactions: when it is called, what it is told, and what becomes of what it throws. */
import type { EndTransactionContext } from '../../../../src/producer/hooks/end-context.js';
import { endHook } from '../../../../src/producer/hooks/end-hook.js';
import type { Message } from '../../../../src/producer/message/message.js';
import type { ProducerEvent } from '../../../../src/producer/state/producer-event.js';
import { Tracer } from '../../../../src/producer/trace/tracer.js';
import type { ExecuteTransaction } from '../../../../src/producer/transaction/transaction.js';
import { amendAnswer, type ReleaseName } from '../../../../src/testing/index.js';
import { printsOf } from '../../../printers.js';
import { ProducerBench, TOPIC, until } from '../producer-kit.js';

const message: Message = { topic: TOPIC, body: 'pay 3', tag: 'order', keys: ['k'], properties: { u: '✓' } };
const broken = new Error('broken');
const END = {
  message,
  topic: TOPIC,
  msgId: 'id',
  transactionId: 'id',
  resolution: 'commit',
  reason: undefined,
  isFromCheck: false,
  brokerName: 'broker-a',
  address: '127.0.0.1:1',
} as const;

/** Remembers all calls. */
function recorder() {
  const calls: EndTransactionContext[] = [];
  return { calls, hooks: { endTransaction: (context: EndTransactionContext) => void calls.push(context) } };
}

test('without a function nobody is called', () => {
  const others = { group: 'group', tracer: undefined, report: jest.fn() };
  expect(endHook({ hooks: undefined, ...others })).toBeUndefined();
  expect(endHook({ hooks: {}, ...others })).toBeUndefined();
});

test('what is told shows neither body nor properties, however it is printed, copied or cloned', () => {
  const { calls, hooks } = recorder();
  endHook({ group: 'group', hooks, tracer: undefined, report: jest.fn() })?.(END, 'Region');
  expect(calls.map((context) => printsOf(context, [message.body.toString(), '✓']))).toEqual([[]]);
  expect(calls[0]?.message).toBe(message);
});

test('a method finds its this', () => {
  class Counting {
    calls = 0;
    endTransaction(): void {
      this.calls++;
    }
  }
  const hooks = new Counting();
  const report = jest.fn();
  endHook({ group: 'group', hooks, tracer: undefined, report })?.(END, 'Region');
  expect([hooks.calls, report.mock.calls]).toEqual([1, []]);
});

test('the trace is told also where there is no hook, or one that throws', () => {
  const ends: unknown[] = [];
  const tracer = new Tracer('Traces', { add: ({ msgId, text }) => void ends.push([msgId, text.split('\u0001')[2]]) });
  const report = jest.fn();
  const throwing = {
    endTransaction: () => {
      throw broken;
    },
  };
  for (const hooks of [undefined, throwing]) endHook({ group: 'group', hooks, tracer, report })?.(END, 'Region');
  expect(ends).toEqual([
    ['id', 'Region'],
    ['id', 'Region'],
  ]);
  expect(report.mock.calls).toEqual([['endTransaction', broken]]);
});

describe.each<ReleaseName>(['5.5.0', '4.9.7'])('a transaction at %s', (release) => {
  const bench = new ProducerBench({ release });

  test.each(['commit', 'rollback', 'unknown'] as const)('that ends with %s is told once, as it ends', async (word) => {
    const { calls, hooks } = recorder();
    const producer = bench.producer({ hooks });
    const { msgId, queue } = await producer.sendInTransaction(message, async () => word);
    expect(calls.map((context) => ({ ...context }))).toStrictEqual([
      {
        group: 'group',
        topic: TOPIC,
        msgId,
        transactionId: msgId,
        resolution: word,
        reason: undefined,
        isFromCheck: false,
        brokerName: queue.brokerName,
        address: bench.cluster.brokers[0].address,
      },
    ]);
    expect(calls[0]?.message).toBe(message);
  });

  test.each<[string, unknown, ExecuteTransaction]>([
    ['throws', broken, () => Promise.reject(broken)],
    ['takes too long', undefined, () => new Promise(() => {})],
  ])('whose local work %s is told with the reason', async (_, cause, execute) => {
    const { calls, hooks } = recorder();
    const producer = bench.producer({ hooks });
    const { reason } = await producer.sendInTransaction(message, execute, { localTimeoutMs: 60 });
    expect(calls).toMatchObject([{ resolution: 'unknown', isFromCheck: false }]);
    expect(calls[0]?.reason).toBe(reason);
    expect(reason?.cause).toBe(cause);
  });

  test('whose half message is not safely stored is told as rolled back', async () => {
    bench.cluster.brokers[0].script({
      when: { code: 'SEND_MESSAGE_V2' },
      reply: amendAnswer({ code: 'FLUSH_DISK_TIMEOUT' }),
    });
    const { calls, hooks } = recorder();
    await bench.producer({ hooks }).sendInTransaction(message, () => 'commit');
    expect(calls).toMatchObject([{ resolution: 'rollback', reason: undefined }]);
  });
});

describe('the hook', () => {
  const bench = new ProducerBench();

  test('is called before the broker hears of the end', async () => {
    const order: string[] = [];
    bench.cluster.brokers[0].script({
      when: { code: 'END_TRANSACTION' },
      reply(turn) {
        order.push('end');
        turn.answer(turn.handle());
      },
    });
    const producer = bench.producer({ hooks: { endTransaction: () => void order.push('hook') } });
    await producer.sendInTransaction(message, () => 'commit');
    await until(() => order.length === 2);
    expect(order).toEqual(['hook', 'end']);
  });

  test('is called once, although the end is written at the second try', async () => {
    const { calls, hooks } = recorder();
    const [broker] = bench.cluster.brokers;
    let ends = 0;
    broker.script({
      when: { code: 'END_TRANSACTION' },
      reply(turn) {
        ends++;
        turn.answer(turn.handle());
      },
    });
    const { resolution } = await bench.producer({ hooks }).sendInTransaction(message, async () => {
      await broker.kill({ staysInRoutes: true });
      // The producer has seen the connection close; the first try finds nobody.
      await new Promise((resolve) => setTimeout(resolve, 20));
      setTimeout(() => void broker.restart(), 300);
      return 'commit';
    });
    expect(resolution).toBe('commit');
    await until(() => bench.cluster.count(TOPIC) === 1);
    expect([ends, calls.length]).toEqual([1, 1]);
  });

  test.each([
    [
      'throws',
      () => {
        throw broken;
      },
      broken,
    ],
    [
      'is asynchronous',
      () => Promise.reject(broken) as unknown as void,
      new TypeError('a hook must not be asynchronous'),
    ],
  ])('that %s is told, and the transaction ends all the same', async (_, endTransaction, error) => {
    const logged: object[] = [];
    const none = (): void => {};
    const logger = { debug: none, info: none, warn: none, error: (fields: object) => void logged.push(fields) };
    const producer = bench.producer({ hooks: { endTransaction }, logger });
    const events: ProducerEvent[] = [];
    producer.events$.subscribe((event) => {
      if (event.type === 'hook-failed') events.push(event);
    });
    const receipt = await producer.sendInTransaction(message, () => 'commit');
    expect(receipt).toMatchObject({ resolution: 'commit', reason: undefined });
    await until(() => bench.cluster.count(TOPIC) === 1);
    expect(events).toEqual([{ type: 'hook-failed', hook: 'endTransaction', error }]);
    expect(logged).toEqual([{ hook: 'endTransaction', err: error }]);
    expect(producer.metrics()).toMatchObject({ offered: 1, sent: 1, failed: 0, inFlight: 0 });
  });

  test('is told the names of the application, not those of its namespace', async () => {
    bench.cluster.createTopic('space%orders', { queues: 1 });
    const { calls, hooks } = recorder();
    const producer = bench.producer({ hooks, namespace: 'space' });
    await producer.sendInTransaction(message, () => 'commit');
    expect(calls).toMatchObject([{ group: 'group', topic: TOPIC }]);
    await until(() => bench.cluster.count('space%orders') === 1);
  });

  test('is not called by messages without a transaction', async () => {
    const { calls, hooks } = recorder();
    await bench.producer({ hooks }).send(message);
    expect(calls).toEqual([]);
  });
});

describe.each<ReleaseName>(['5.5.0', '4.9.7'])('a check of %s', (release) => {
  const bench = new ProducerBench({ release, transactions: { timeoutMs: 50, checkIntervalMs: 60, maxChecks: 1000 } });

  test('is an end of its own for each answer, with the message that was asked about', async () => {
    const { calls, hooks } = recorder();
    const asked: Message[] = [];
    const producer = bench.producer({
      hooks,
      checkTransaction: (half) => {
        asked.push(half);
        if (asked.length === 1) throw broken;
        return 'commit';
      },
    });
    const { msgId } = await producer.sendInTransaction({ ...message, body: 'pay '.repeat(3000) }, () => 'unknown');
    await until(() => bench.cluster.count(TOPIC) === 1);
    const of = { group: 'group', topic: TOPIC, msgId, transactionId: msgId };
    const { address, name } = bench.cluster.brokers[0];
    const place = { address, brokerName: release === '4.9.7' ? undefined : name };
    expect(calls.slice(0, 3)).toMatchObject([
      { ...of, address, resolution: 'unknown', isFromCheck: false, reason: undefined },
      { ...of, ...place, resolution: 'unknown', isFromCheck: true, reason: { cause: broken } },
      { ...of, ...place, resolution: 'commit', isFromCheck: true, reason: undefined },
    ]);
    expect(calls[1]?.message).toBe(asked[0]);
    expect(calls[2]?.message).toBe(asked[1]);
    expect(String(asked[1]?.body)).toBe('pay '.repeat(3000));
  });

  test('about a message that cannot be read is an end without one', async () => {
    const { calls, hooks } = recorder();
    const before = bench.producer({ instanceName: 'before' });
    await before.sendInTransaction({ ...message, body: 'pay '.repeat(3000) }, () => 'unknown');
    await before.shutdown();
    const checkTransaction = jest.fn(() => 'commit' as const);
    // It takes no message of this size.
    const after = bench.producer({ instanceName: 'after', hooks, checkTransaction, maxMessageBytes: 1000 });
    await after.start();
    await until(() => calls.length > 0);
    expect(calls[0]).toMatchObject({ topic: TOPIC, resolution: 'unknown', isFromCheck: true, reason: {} });
    expect(calls[0]?.message).toBeUndefined();
    expect(checkTransaction).not.toHaveBeenCalled();
  });

  test('is answered also where the hook throws', async () => {
    const told: ProducerEvent[] = [];
    const producer = bench.producer({
      hooks: {
        endTransaction: () => {
          throw broken;
        },
      },
      checkTransaction: () => 'commit',
    });
    producer.events$.subscribe((event) => {
      if (event.type === 'hook-failed') told.push(event);
    });
    await producer.sendInTransaction(message, () => 'unknown');
    await until(() => bench.cluster.count(TOPIC) === 1);
    // One end by the local work, one by the answer.
    expect(told.slice(0, 2)).toEqual(
      [1, 2].map(() => ({ type: 'hook-failed', hook: 'endTransaction', error: broken })),
    );
  });
});
