import { EMPTY, NEVER, of, throwError, timer } from 'rxjs';
import { map } from 'rxjs/operators';
import type { Producer } from '../../../../src/producer/producer.js';
import type { Message } from '../../../../src/producer/message/message.js';
import { SendError } from '../../../../src/producer/message/send-error.js';
import type {
  ExecuteTransaction,
  Transaction,
  TransactionReceipt,
} from '../../../../src/producer/transaction/transaction.js';
import { silentLogger } from '../../../../src/observe/logger.js';
import type { Command } from '../../../../src/protocol/command.js';
import type { Resolution } from '../../../../src/protocol/requests/end-transaction.js';
import {
  amendAnswer,
  disconnect,
  drop,
  type EmbeddedCluster,
  refuse,
  type ReleaseName,
  startEmbeddedCluster,
} from '../../../../src/testing/index.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../../protocol/frames.js';
import { holdScans, ProducerBench, TOPIC, until } from '../producer-kit.js';

const HALF_TOPIC = 'RMQ_SYS_TRANS_HALF_TOPIC';
const message = (n = 0): Message => ({
  topic: TOPIC,
  body: `body ${n}`,
  tag: 'tagX',
  keys: 'txKey',
  properties: { u: '✓' },
});

/** The requests of one kind that a cluster gets from now on; they are handled as always. */
function record(cluster: EmbeddedCluster, code: 'END_TRANSACTION' | 'SEND_MESSAGE_V2'): Command[] {
  const requests: Command[] = [];
  for (const broker of cluster.brokers) {
    broker.script({
      when: { code },
      reply(turn) {
        requests.push(turn.request);
        turn.answer(turn.handle());
      },
    });
  }
  return requests;
}

const never = new Promise<never>(() => {});

describe.each<ReleaseName>(['5.5.0', '4.9.7'])('a transaction at %s', (release) => {
  const bench = new ProducerBench({ release });

  test.each([
    ['a value', () => 'commit' as const],
    ['a promise', async () => 'commit' as const],
    ['an Observable, whose last word counts', () => of('unknown', 'commit')],
    ['an Observable in time', () => timer(5).pipe(map(() => 'commit' as const))],
  ])('is committed by %s', async (_, execute) => {
    const seen: [Message, Transaction, number][] = [];
    const producer = bench.producer();
    const receipt = await producer.sendInTransaction(message(), (...told) => {
      seen.push([...told, bench.cluster.count(TOPIC)]);
      return execute() as 'commit';
    });
    expect(receipt).toMatchObject({ ok: true, status: 'SEND_OK', resolution: 'commit', reason: undefined });
    expect(receipt.transactionId).toBe(receipt.msgId);
    await until(() => bench.cluster.count(TOPIC) === 1);
    const [stored] = bench.cluster.messages(TOPIC);
    expect(stored).toMatchObject({
      msgId: receipt.msgId,
      sysFlag: 8,
      tag: 'tagX',
      keys: ['txKey'],
      queue: receipt.queue,
    });
    expect(stored?.properties).toMatchObject({ u: '✓', TRAN_MSG: 'true', PGROUP: 'group' });
    // When the local work began, nobody could see the message.
    const { msgId } = receipt;
    expect(seen).toEqual([[message(), { msgId, transactionId: msgId, signal: expect.any(AbortSignal) }, 0]]);
    expect(seen[0]?.[1].signal.aborted).toBe(false);
    expect(producer.metrics()).toMatchObject({ offered: 1, sent: 1, failed: 0, inFlight: 0, inFlightBytes: 0 });
  });

  test('that is rolled back is never seen', async () => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const receipt = await bench.producer().sendInTransaction(message(), () => 'rollback');
    expect(receipt).toMatchObject({ ok: true, resolution: 'rollback', reason: undefined });
    await until(() => ends.length === 1);
    expect(ends[0]?.fields.get('commitOrRollback')).toBe('12');
    expect([bench.cluster.count(TOPIC), bench.cluster.count(HALF_TOPIC)]).toEqual([0, 1]);
  });

  // 4.9.7 tells no transaction id, and gets none; it does not know the topic, and ignores it.
  // Java does not wait for an answer to the end (flag 2).
  test('says of the half message and of its end what Java says, and waits for the answer', async () => {
    const [halves, ends] = [record(bench.cluster, 'SEND_MESSAGE_V2'), record(bench.cluster, 'END_TRANSACTION')];
    const receipt = await bench.producer().sendInTransaction(message(), () => 'commit');
    await until(() => ends.length === 1);
    const golden = (code: number): Command =>
      read(goldenFrame('5.5.0/tx-commit', (frame) => frame.code === code && frame.dir === 'c2s').bytes).toCommand();
    const names = (properties = ''): string[] => properties.split('\u0002').map((one) => one.split('\u0001')[0] ?? '');
    expect(halves[0]?.fields.get('f')).toBe(golden(310).fields.get('f'));
    expect(names(halves[0]?.fields.get('i')).toSorted()).toEqual(names(golden(310).fields.get('i')).toSorted());
    const expected = new Map(golden(37).fields);
    if (release === '4.9.7') expected.delete('transactionId');
    expect([...(ends[0]?.fields.keys() ?? [])].toSorted()).toEqual([...expected.keys()].toSorted());
    expect(ends[0]).toMatchObject({ flag: 0, remark: undefined });
    expect(Object.fromEntries(ends[0]?.fields ?? [])).toMatchObject({
      producerGroup: 'group',
      bname: receipt.queue.brokerName,
      topic: TOPIC,
      msgId: receipt.msgId,
      tranStateTableOffset: String(receipt.queueOffset),
      commitLogOffset: String(Number.parseInt(receipt.offsetMsgId.slice(-16), 16)),
      commitOrRollback: '8',
      fromTransactionCheck: 'false',
    });
  });
});

describe('a transaction', () => {
  const bench = new ProducerBench({ brokers: 2 });
  const openOf = async (execute: ExecuteTransaction<undefined>, options = {}): Promise<TransactionReceipt> => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const receipt = await bench.producer().sendInTransaction(message(), execute, options);
    await until(() => ends.length === 1);
    expect(ends[0]?.fields.get('commitOrRollback')).toBe('0');
    expect(bench.cluster.count(TOPIC)).toBe(0);
    return Object.assign(receipt, { remark: ends[0]?.remark });
  };

  test('stays open where its local work says so, without a reason', async () => {
    expect(await openOf(() => 'unknown')).toMatchObject({
      resolution: 'unknown',
      reason: undefined,
      remark: undefined,
    });
  });

  test.each<[string, ExecuteTransaction<undefined>, string]>([
    [
      'throws',
      () => {
        throw new RangeError('no money');
      },
      'no money',
    ],
    ['rejects', () => Promise.reject(new RangeError('no money')), 'no money'],
    ['errors', () => throwError(() => new RangeError('no money')), 'no money'],
    ['ends without a word', () => EMPTY, 'no elements'],
    ['says something else', () => 'comit' as 'commit', '"comit"'],
    ['says nothing', () => undefined as unknown as 'commit', 'undefined'],
  ])('stays open where its local work %s, and says why, also to the broker', async (_, execute, why) => {
    const receipt = await openOf(execute);
    expect(receipt).toMatchObject({
      resolution: 'unknown',
      reason: { code: 'RMQ_TRANSACTION_FAILED', stored: 'maybe' },
    });
    expect(receipt.reason?.message).toContain(why);
    expect(receipt).toMatchObject({ remark: expect.stringContaining(why) });
  });

  test.each<[string, ExecuteTransaction<undefined>]>([
    ['a promise', () => never],
    ['an Observable', () => NEVER],
  ])('stays open where its local work takes too long (%s), and its signal says so', async (_, execute) => {
    const signals: AbortSignal[] = [];
    const work: ExecuteTransaction<undefined> = (given, transaction) => {
      signals.push(transaction.signal);
      return execute(given, transaction);
    };
    const receipt = await openOf(work, { localTimeoutMs: 60 });
    expect(receipt).toMatchObject({ resolution: 'unknown', reason: { code: 'RMQ_TRANSACTION_TIMEOUT' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('may take longer than its message: that one is sent', async () => {
    const time = bench.loopTime();
    const slow = async (): Promise<'commit'> => {
      await new Promise((resolve) => setImmediate(resolve));
      time.skip(150);
      return 'commit';
    };
    const producer = bench.producer({ scheduler: time.scheduler });
    const receipt = await producer.sendInTransaction(message(), slow, { timeoutMs: 100 });
    expect(receipt.resolution).toBe('commit');
  });

  test('whose half message is not safely stored is rolled back, and nothing is done locally', async () => {
    for (const broker of bench.cluster.brokers) {
      broker.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: amendAnswer({ code: 'FLUSH_DISK_TIMEOUT' }) });
    }
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const execute = jest.fn(() => 'commit' as const);
    const receipt = await bench.producer().sendInTransaction(message(), execute);
    expect(receipt).toMatchObject({ status: 'FLUSH_DISK_TIMEOUT', resolution: 'rollback' });
    expect(execute).not.toHaveBeenCalled();
    await until(() => ends.length === 1);
    expect(ends[0]?.fields.get('commitOrRollback')).toBe('12');
  });

  test('whose half message was refused or lost is no transaction', async () => {
    for (const broker of bench.cluster.brokers) broker.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: drop() });
    const execute = jest.fn(() => 'commit' as const);
    const sending = bench.producer().sendInTransaction(message(), execute, { timeoutMs: 100 });
    await expect(sending).rejects.toMatchObject({ failure: { stage: 'send', stored: 'maybe' } });
    expect(execute).not.toHaveBeenCalled();
  });

  test('is retried at another broker like any message, and ended where it is stored', async () => {
    const [first] = bench.cluster.brokers;
    first.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: disconnect('before-storing') });
    const receipts = await Promise.all(
      [1, 2, 3, 4].map((n) => bench.producer({ group: `g${n}` }).sendInTransaction(message(n), () => 'commit')),
    );
    expect(new Set(receipts.map(({ queue }) => queue.brokerName))).toEqual(new Set(['broker-b']));
    await until(() => bench.cluster.count(TOPIC) === 4);
  });

  test('holds no slot of a plain send', async () => {
    const producer = bench.producer();
    let finish: (() => void) | undefined;
    const gate = new Promise<'commit'>((resolve) => {
      finish = () => resolve('commit');
    });
    let begun = 0;
    const transactions = Array.from({ length: 300 }, (_, n) =>
      producer.sendInTransaction(message(n), () => {
        begun++;
        return gate;
      }),
    );
    await until(() => begun === 256);
    expect(producer.metrics()).toMatchObject({ inFlight: 256, buffered: 44 });
    await producer.send(message(1000));
    finish?.();
    await Promise.all(transactions);
    await until(() => bench.cluster.count(TOPIC) === 301);
    expect(producer.metrics()).toMatchObject({ offered: 301, sent: 301, inFlight: 0, inFlightBytes: 0, buffered: 0 });
  });

  test('that is aborted during its local work may be stored: nothing is told, and what is said later does not count', async () => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const controller = new AbortController();
    const producer = bench.producer();
    const signals: AbortSignal[] = [];
    let say: (() => void) | undefined;
    const sending = producer.sendInTransaction(
      message(),
      (_, { signal }) => {
        signals.push(signal);
        return new Promise<'commit'>((resolve) => {
          say = () => resolve('commit');
        });
      },
      { signal: controller.signal },
    );
    await until(() => say !== undefined);
    controller.abort();
    const error: unknown = await sending.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SendError);
    expect(error).toMatchObject({ failure: { stage: 'abort', stored: 'maybe' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    say?.();
    await producer.send(message());
    expect(ends).toEqual([]);
    expect(producer.metrics()).toMatchObject({ offered: 2, sent: 1, failed: 1, inFlight: 0, inFlightBytes: 0 });
  });

  test('that is under way at a shutdown is finished; one that does not finish is given up and may be stored', async () => {
    const producer = bench.producer();
    let isBegun = false;
    const sending = producer.sendInTransaction(message(), async () => {
      isBegun = true;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'commit';
    });
    await until(() => isBegun);
    expect(await producer.shutdown()).toMatchObject({ settled: 1, abandoned: [] });
    expect((await sending).resolution).toBe('commit');
    expect(bench.cluster.count(TOPIC)).toBe(1);

    const other = bench.producer();
    isBegun = false;
    const stuck = other.sendInTransaction(message(), () => {
      isBegun = true;
      return never;
    });
    const failure = stuck.catch((thrown: unknown) => thrown);
    await until(() => isBegun);
    expect((await other.shutdown({ timeoutMs: 50 })).abandoned).toHaveLength(1);
    expect(await failure).toMatchObject({ failure: { stage: 'shutdown', stored: 'maybe' } });
  });

  test('whose end cannot be written stays open', async () => {
    const producer = bench.producer();
    const receipt = await producer.sendInTransaction(message(), async () => {
      for (const broker of bench.cluster.brokers) await broker.kill({ staysInRoutes: true });
      return 'commit';
    });
    expect(receipt).toMatchObject({ resolution: 'unknown', reason: { code: 'RMQ_TRANSACTION_OPEN' } });
    expect(receipt.elapsedMs).toBeLessThan(1000);
  }, 15_000);

  test('whose connection broke is ended on a new one, once', async () => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const receipt = await bench.producer().sendInTransaction(message(), async () => {
      for (const broker of bench.cluster.brokers) for (const connection of broker.connections) connection.disconnect();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'commit';
    });
    expect(receipt.resolution).toBe('commit');
    await until(() => bench.cluster.count(TOPIC) === 1);
    expect(ends).toHaveLength(1);
  });

  test.each([
    [{ execute: 5 }, /execute/],
    [{ localTimeoutMs: 0 }, /localTimeoutMs/],
  ])(
    'cannot be run with %o',
    async ({ execute = () => 'commit', localTimeoutMs = 1 }: { execute?: unknown; localTimeoutMs?: number }, what) => {
      const sending = bench.producer().sendInTransaction(message(), execute as () => 'commit', { localTimeoutMs });
      await expect(sending).rejects.toMatchObject({ code: 'RMQ_CONFIG_INVALID', message: expect.stringMatching(what) });
    },
  );
});

describe('a broker that asks about a transaction', () => {
  const { transactions, scan } = holdScans();
  const bench = new ProducerBench({ transactions });
  const unknown = async (): Promise<'unknown'> => 'unknown';
  /** Whom a broker does not know it does not ask. */
  const isKnown = (group = 'group'): Promise<void> => until(() => bench.cluster.producers(group).length > 0);
  /** What the broker said before has arrived at the producer when this resolves: both go through one connection. */
  const everythingIsHeard = async (producer: Producer): Promise<void> => {
    await producer.send({ topic: 'fence', body: 'x' });
  };

  test('is answered by checkTransaction with the message as it was handed in', async () => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const asked: [Message, Transaction][] = [];
    const producer = bench.producer({
      checkTransaction: (...told) => {
        asked.push(told);
        return asked.length < 3 ? 'unknown' : 'commit';
      },
    });
    const given: Message = {
      ...message(),
      body: 'compress me '.repeat(1000),
      keys: ['a', 'b'],
      shardingKey: 'k',
      flag: 7,
    };
    const receipt = await producer.sendInTransaction(given, unknown);
    await isKnown();
    for (const answers of [1, 2, 3]) {
      scan();
      await until(() => ends.length === 1 + answers);
    }
    expect(bench.cluster.count(TOPIC)).toBe(1);
    const [[heard, transaction] = []] = asked;
    expect({ ...heard, body: String(heard?.body) }).toEqual({ ...given, queue: receipt.queue });
    expect(transaction).toMatchObject({ msgId: receipt.msgId, transactionId: receipt.msgId });
    scan();
    await everythingIsHeard(producer);
    expect([asked.length, bench.cluster.count(TOPIC)]).toEqual([3, 1]);
  });

  test('knows a producer that was only started, also where it lets no client create topics', async () => {
    const cluster = await startEmbeddedCluster({ brokers: 2, autoCreateTopics: false });
    const { nameServers } = cluster;
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, text = '') => void warnings.push(text) };
    const producer = bench.producer({ nameServers, namespace: 'ns', logger, checkTransaction: unknown });
    const changed: string[] = [];
    producer.events$.subscribe((event) => {
      if (event.type === 'route-changed') changed.push(event.topic);
    });
    await producer.start();
    await until(() => cluster.producers('ns%group').length === 2);
    expect([changed, warnings]).toEqual([[], []]);
    await producer.shutdown();
    await cluster.close();
  });

  test('is answered as Java answers it, but for the topic, which is the message’s own', async () => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const producer = bench.producer({ checkTransaction: () => Promise.resolve('rollback') });
    await producer.sendInTransaction(message(), unknown);
    await isKnown();
    scan();
    await until(() => ends.length === 2);
    const isAnswer = ({
      code,
      dir,
      extFields,
    }: {
      code: number;
      dir: string;
      extFields: Readonly<Record<string, string>> | null;
    }): boolean => code === 37 && dir === 'c2s' && extFields?.['fromTransactionCheck'] === 'true';
    const golden = read(goldenFrame('5.5.0/tx-check', isAnswer).bytes).toCommand();
    expect([...(ends[1]?.fields.keys() ?? [])].toSorted()).toEqual([...golden.fields.keys()].toSorted());
    expect(ends[1]).toMatchObject({ flag: 0, remark: undefined });
    expect(Object.fromEntries(ends[1]?.fields ?? [])).toMatchObject({
      fromTransactionCheck: 'true',
      commitOrRollback: '12',
      topic: TOPIC,
      tranStateTableOffset: '1',
    });
    scan();
    await everythingIsHeard(producer);
    expect([ends.length, bench.cluster.count(TOPIC)]).toEqual([2, 0]);
  });

  test('is answered after a restart, by a producer that was only started', async () => {
    const before = bench.producer({ instanceName: 'before' });
    await before.sendInTransaction(message(), unknown);
    await before.shutdown();
    const after = bench.producer({ instanceName: 'after', checkTransaction: () => 'commit' });
    await after.start();
    await isKnown();
    scan();
    await until(() => bench.cluster.count(TOPIC) === 1);
    expect(after.metrics().offered).toBe(0);
  });

  test('while the local work goes on, gets its word, at the place of the new copy: the message is there once', async () => {
    const check = jest.fn(() => 'commit' as const);
    const producer = bench.producer({ checkTransaction: check });
    let finish: (() => void) | undefined;
    const sending = producer.sendInTransaction(
      message(),
      () => new Promise<'commit'>((resolve) => void (finish = () => resolve('commit'))),
    );
    await until(() => finish !== undefined);
    await isKnown();
    for (let times = 0; times < 3; times++) {
      scan();
      await everythingIsHeard(producer);
    }
    finish?.();
    expect((await sending).resolution).toBe('commit');
    await until(() => bench.cluster.count(TOPIC) === 1);
    expect(bench.cluster.count(HALF_TOPIC)).toBe(4);
    scan();
    await everythingIsHeard(producer);
    expect([bench.cluster.count(TOPIC), check.mock.calls.length]).toEqual([1, 0]);
  });

  test('gets no second answer for one question, however often it asks, and the last place counts', async () => {
    let asked = 0;
    let answer: (() => void) | undefined;
    const producer = bench.producer({
      checkTransaction: () => {
        asked++;
        return new Promise((resolve) => void (answer = () => resolve('commit')));
      },
    });
    await producer.sendInTransaction(message(), unknown);
    await isKnown();
    for (let times = 0; times < 5; times++) {
      scan();
      await everythingIsHeard(producer);
    }
    answer?.();
    await until(() => bench.cluster.count(TOPIC) === 1);
    scan();
    await everythingIsHeard(producer);
    expect([asked, bench.cluster.count(TOPIC)]).toEqual([1, 1]);
  });

  test('hears "unknown", and why, where the answer fails or takes too long', async () => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const signals: AbortSignal[] = [];
    const producer = bench.producer({
      checkTransaction: (_, { signal }) => {
        signals.push(signal);
        if (signals.length === 1) throw new RangeError('no database');
        return never;
      },
      transactionChecks: { timeoutMs: 50 },
    });
    await producer.sendInTransaction(message(), unknown);
    await isKnown();
    for (const answers of [1, 2]) {
      scan();
      await until(() => ends.length === 1 + answers);
    }
    expect(ends.slice(1).map(({ fields, remark }) => [fields.get('commitOrRollback'), remark])).toEqual([
      ['0', expect.stringContaining('no database')],
      ['0', expect.stringContaining('50 ms')],
    ]);
    expect(signals[1]?.aborted).toBe(true);
  });

  test('never makes more than `concurrency` answers be sought at once', async () => {
    let now = 0;
    let most = 0;
    const producer = bench.producer({
      checkTransaction: async (): Promise<Resolution> => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now--;
        return 'commit';
      },
      transactionChecks: { concurrency: 3 },
    });
    await Promise.all(Array.from({ length: 40 }, (_, n) => producer.sendInTransaction(message(n), unknown)));
    await isKnown();
    scan();
    await until(() => bench.cluster.count(TOPIC) === 40);
    expect(new Set(bench.cluster.messages(TOPIC).map(({ msgId }) => msgId)).size).toBe(40);
    expect(most).toBe(3);
  });

  test('gets no answer from a producer that cannot give one, or is shut down', async () => {
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const warnings: string[] = [];
    const none = (): void => {};
    const logger = { debug: none, info: none, error: none, warn: (_: object, text = '') => void warnings.push(text) };
    const producer = bench.producer({ logger });
    await producer.sendInTransaction(message(), unknown);
    await isKnown();
    scan();
    await until(() => warnings.some((text) => text.includes('checkTransaction')));
    const signals: AbortSignal[] = [];
    const other = bench.producer({
      group: 'other',
      checkTransaction: (_, { signal }) => {
        signals.push(signal);
        return never;
      },
    });
    await other.sendInTransaction(message(), unknown);
    await isKnown('other');
    scan();
    await until(() => signals.length === 1);
    await other.shutdown();
    expect(signals[0]?.aborted).toBe(true);
    expect(ends.filter(({ fields }) => fields.get('fromTransactionCheck') === 'true')).toEqual([]);
  });
});

describe('a broker that has a half message nobody counts on', () => {
  const { transactions, scan } = holdScans();
  const bench = new ProducerBench({ brokers: 2, transactions });

  test('is told to drop it', async () => {
    // Stored, and the answer lost: the second attempt goes to the other broker.
    const [first] = bench.cluster.brokers;
    const lost = first.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: disconnect('after-storing') });
    const ends = record(bench.cluster, 'END_TRANSACTION');
    const check = jest.fn(() => 'commit' as const);
    const producer = bench.producer({ checkTransaction: check, heartbeatMs: 100 });
    const finish: (() => void)[] = [];
    const work = (): Promise<'commit'> =>
      new Promise((resolve) => {
        finish.push(() => resolve('commit'));
      });
    // As many as the topic has queues: some meet the first broker.
    const sending = Array.from({ length: 8 }, (_, n) => producer.sendInTransaction(message(n), work));
    await until(() => finish.length === 8);
    expect(lost.applied).toBeGreaterThan(0);
    // The connection broke; the next heartbeat makes the client known there again.
    await until(() => new Set(bench.cluster.producers('group').map(({ brokerName }) => brokerName)).size === 2);
    scan();
    await until(() => ends.length === lost.applied);
    const told = ends.map(({ fields }) => `${fields.get('commitOrRollback')} ${fields.get('bname')}`);
    expect(told).toEqual(Array(lost.applied).fill('12 broker-a'));
    lost.stop();
    for (const one of finish) one();
    const receipts = await Promise.all(sending);
    expect(receipts.map(({ queue }) => queue.brokerName)).toEqual(Array(8).fill('broker-b'));
    await until(() => bench.cluster.count(TOPIC) === 8);
    scan();
    bench.cluster.createTopic('fence', { queues: 1 });
    for (const { name } of bench.cluster.brokers) {
      await producer.send({ topic: 'fence', body: 'x', queue: { topic: 'fence', brokerName: name, queueId: 0 } });
    }
    expect([bench.cluster.count(TOPIC), check.mock.calls.length]).toEqual([8, 0]);
  });
});

describe('a broker that asks about a transaction that has ended', () => {
  const { transactions, scan } = holdScans();
  // As 5.5.0 within 3 s, for as long as a test takes.
  const bench = new ProducerBench({ brokers: 1, transactions: { ...transactions, endBatchMs: 600_000 } });
  const isKnown = (): Promise<void> => until(() => bench.cluster.producers('group').length > 0);
  const heard = async (producer: Producer): Promise<void> => void (await producer.send({ topic: 'fence', body: 'x' }));
  const END = { code: 'END_TRANSACTION' } as const;

  async function scanned(producer: Producer): Promise<void> {
    await isKnown();
    for (let times = 0; times < 3; times++) {
      scan();
      await heard(producer);
      await heard(producer);
    }
  }

  test.each(['commit', 'rollback'] as const)(
    'by a confirmed %s is told to drop each copy, and nobody else is asked: it is there as often as it was ended',
    async (resolution) => {
      const check = jest.fn(() => 'commit' as const);
      const seen: [string, boolean][] = [];
      const producer = bench.producer({
        checkTransaction: check,
        hooks: { endTransaction: (end) => seen.push([end.resolution, end.isFromCheck]) },
      });
      const ends = record(bench.cluster, 'END_TRANSACTION');
      await Promise.all(Array.from({ length: 20 }, (_, n) => producer.sendInTransaction(message(n), () => resolution)));
      await scanned(producer);
      await until(() => ends.length === 20 + 60);
      const told = ends
        .slice(20)
        .map(({ fields }) => `${fields.get('commitOrRollback')} ${fields.get('fromTransactionCheck')}`);
      expect(new Set(told)).toEqual(new Set(['12 true']));
      expect(bench.cluster.count(TOPIC)).toBe(resolution === 'commit' ? 20 : 0);
      expect(check).not.toHaveBeenCalled();
      expect(seen).toEqual(Array.from({ length: 20 }, () => [resolution, false]));
    },
  );

  test('by an answer of checkTransaction is told to drop the next copies', async () => {
    const check = jest.fn(() => 'commit' as const);
    const producer = bench.producer({ checkTransaction: check });
    await producer.sendInTransaction(message(), () => 'unknown');
    await isKnown();
    scan();
    await until(() => bench.cluster.count(TOPIC) === 1);
    await scanned(producer);
    expect([bench.cluster.count(TOPIC), check.mock.calls.length]).toEqual([1, 1]);
  });

  test('after its restart too, although it has forgotten the end', async () => {
    const check = jest.fn(() => 'commit' as const);
    const producer = bench.producer({ checkTransaction: check, heartbeatMs: 100 });
    await producer.sendInTransaction(message(), () => 'commit');
    const [broker] = bench.cluster.brokers;
    await broker.kill();
    await broker.restart();
    await scanned(producer);
    expect([bench.cluster.count(TOPIC), check.mock.calls.length]).toEqual([1, 0]);
  });

  test('while the end is on its way waits for what becomes of it', async () => {
    const check = jest.fn(() => 'commit' as const);
    const producer = bench.producer({ checkTransaction: check });
    let answer: (() => void) | undefined;
    bench.cluster.brokers[0].script({
      when: { ...END, times: 1 },
      reply(turn) {
        const said = turn.handle();
        answer = () => turn.answer(said);
      },
    });
    const sending = producer.sendInTransaction(message(), () => 'commit');
    await until(() => answer !== undefined);
    await scanned(producer);
    expect(bench.cluster.count(HALF_TOPIC)).toBe(4);
    answer?.();
    expect(await sending).toMatchObject({ resolution: 'commit' });
    await heard(producer);
    await heard(producer);
    expect([bench.cluster.count(TOPIC), check.mock.calls.length]).toEqual([1, 0]);
  });

  test.each([
    ['was not done', disconnect('before-storing'), 1],
    ['was done without an answer', disconnect('after-storing'), 2],
  ] as const)('where the end %s asks checkTransaction: one message at least', async (_, reply, count) => {
    const check = jest.fn(() => 'commit' as const);
    const producer = bench.producer({ checkTransaction: check, heartbeatMs: 100 });
    bench.cluster.brokers[0].script({ when: { ...END, times: 1 }, reply });
    expect(await producer.sendInTransaction(message(), () => 'commit')).toMatchObject({
      resolution: 'unknown',
      reason: { code: 'RMQ_TRANSACTION_OPEN' },
    });
    await isKnown();
    await scanned(producer);
    await until(() => bench.cluster.count(TOPIC) === count);
    await scanned(producer);
    expect([bench.cluster.count(TOPIC), check.mock.calls.length]).toEqual([count, 1]);
  });

  test('is refused by it: the transaction stays open, and says so', async () => {
    const producer = bench.producer();
    bench.cluster.brokers[0].script({ when: END, reply: refuse(1, 'Find prepared transaction message failed') });
    expect(await producer.sendInTransaction(message(), () => 'commit')).toMatchObject({
      resolution: 'unknown',
      reason: { code: 'RMQ_TRANSACTION_OPEN', cause: { code: 'RMQ_BROKER_ERROR' } },
    });
  });
});
