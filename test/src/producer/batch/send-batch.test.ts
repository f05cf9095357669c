/** `producer.sendBatch`, over sockets. */
import type { Message } from '../../../../src/producer/message/message.js';
import { SendError } from '../../../../src/producer/message/send-error.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';
import {
  amendAnswer,
  delay,
  disconnect,
  dropAnswer,
  refuse,
  type ReleaseName,
  type Turn,
} from '../../../../src/testing/index.js';
import { TestCluster } from '../../../operators/test-cluster.js';

const BATCH = 'SEND_BATCH_MESSAGE';
const servers = new TestCluster();
afterEach(() => servers.close());

const message = (n: number, changes: Partial<Message<number>> = {}): Message<number> => ({
  topic: 'orders',
  body: `body ${n}`.padEnd(10 * n, '.'),
  tag: `tag-${n}`,
  keys: [`key-${n}`, 'of-all'],
  properties: { n: String(n) },
  flag: n,
  context: n,
  ...changes,
});
const messages = (count: number): Message<number>[] => Array.from({ length: count }, (_, n) => message(n));

async function errorOf(sending: Promise<unknown>): Promise<SendError<number>> {
  const error: unknown = await sending.then(
    () => new Error('it was sent'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SendError)) throw error;
  return error;
}

const script = (reply: (turn: Turn) => void, times = Number.POSITIVE_INFINITY): void => {
  let applied = 0;
  for (const broker of servers.cluster.brokers) {
    broker.script({ when: { code: BATCH, matches: () => applied++ < times }, reply });
  }
};

const requests = (name: 'SEND_BATCH_MESSAGE' | 'SEND_MESSAGE_V2'): number =>
  servers.cluster.brokers.reduce((sum, broker) => sum + broker.requests(name), 0);

describe('what is stored', () => {
  test.each<ReleaseName>(['5.5.0', '4.9.7'])(
    'on %s each message is stored as itself, where its receipt says',
    async (release) => {
      await servers.open({ release });
      const producer = servers.producer();
      // To each broker twice: the second batch knows the version of the broker, the first does not.
      for (let batch = 0; batch < 4; batch++) {
        const receipts = await producer.sendBatch(messages(5));
        const stored = servers.cluster.messages('orders');
        expect(receipts).toHaveLength(5);
        for (const [n, receipt] of receipts.entries()) {
          expect(receipt).toMatchObject({
            ok: true,
            status: 'SEND_OK',
            attempts: 1,
            context: n,
            regionId: 'DefaultRegion',
          });
          expect(receipt.queueOffset).toBe((receipts[0]?.queueOffset ?? 0n) + BigInt(n));
          const found = stored.filter(({ msgId }) => msgId === receipt.msgId);
          expect(found).toMatchObject([
            {
              offsetMsgId: receipt.offsetMsgId,
              queue: receipt.queue,
              queueOffset: receipt.queueOffset,
              tag: `tag-${n}`,
              keys: [`key-${n}`, 'of-all'],
              flag: n,
            },
          ]);
          expect(found[0]?.body.toString()).toBe(message(n).body);
        }
      }
      expect(requests(BATCH)).toBe(4);
    },
  );

  test('below version 413 nothing but WAIT stands on the batch; from it on a unique key of its own does too', async () => {
    for (const [release, names] of [
      ['4.9.7', ['WAIT']],
      ['5.5.0', ['UNIQ_KEY', 'WAIT']],
    ] as const) {
      await servers.open({ release, brokers: 1 });
      const seen: string[][] = [];
      const keys: (string | undefined)[] = [];
      script((turn) => {
        const properties = decodeProperties(turn.request.fields.get('i') ?? '');
        seen.push([...properties.keys()]);
        keys.push(properties.get('UNIQ_KEY'));
        turn.answer(turn.handle());
      });
      const producer = servers.producer();
      const receipts = [...(await producer.sendBatch(messages(2))), ...(await producer.sendBatch(messages(2)))];
      expect(seen).toEqual([['WAIT'], names]);
      for (const { msgId } of receipts) expect(keys).not.toContain(msgId);
      await servers.close();
    }
  });

  test('one message is a batch too', async () => {
    await servers.open();
    const [receipt] = await servers.producer().sendBatch([message(0)]);
    expect(servers.cluster.messages('orders')).toMatchObject([{ msgId: receipt?.msgId, queue: receipt?.queue }]);
  });

  test('bodies are copied: what is written into them afterwards is not sent', async () => {
    await servers.open();
    const body = Buffer.from('before');
    const sending = servers.producer().sendBatch([message(0, { body }), message(1, { body })]);
    body.fill('x');
    await sending;
    expect(servers.cluster.messages('orders').map((one) => one.body.toString())).toEqual(['before', 'before']);
  });

  test('large batches are not compressed, because brokers read the members', async () => {
    await servers.open();
    const batch = Array.from({ length: 20 }, (_, n) => message(n, { body: 'a'.repeat(2000) }));
    await servers.producer({ compress: { overBytes: 1 } }).sendBatch(batch);
    expect(servers.cluster.messages('orders').map(({ sysFlag }) => sysFlag)).toEqual(batch.map(() => 0));
  });

  test('a queue, a selector or a sharding key that all share decides where the batch goes', async () => {
    await servers.open();
    const producer = servers.producer();
    const queue = { topic: 'orders', brokerName: 'broker-b', queueId: 1 };
    const to = async (sending: Promise<readonly { readonly queue: unknown }[]>) =>
      new Set((await sending).map((receipt) => JSON.stringify(receipt.queue)));
    const there = new Set([JSON.stringify(queue)]);
    expect(await to(producer.sendBatch(messages(3), { queue }))).toEqual(there);
    expect(await to(producer.sendBatch(messages(3).map((one) => ({ ...one, queue }))))).toEqual(there);
    const asked: unknown[] = [];
    const selectQueue = (queues: readonly (typeof queue)[], first: Message<unknown>) => {
      asked.push(first.context);
      return queues.find((one) => one.brokerName === 'broker-b' && one.queueId === 1) ?? queue;
    };
    expect(await to(producer.sendBatch(messages(3), { selectQueue }))).toEqual(there);
    expect(asked).toEqual([0]);
    const keyed = messages(3).map((one) => ({ ...one, shardingKey: 'k' }));
    const { queue: single } = await producer.send(message(9, { shardingKey: 'k' }));
    expect(await to(producer.sendBatch(keyed))).toEqual(new Set([JSON.stringify(single)]));
  });

  test('a batch stored as one record has one id, and offsets for all members', async () => {
    await servers.open();
    script(amendAnswer({ fields: { msgId: '7F000001000075180000000000001109', batchUniqId: 'FD00' } }));
    const receipts = await servers.producer().sendBatch(messages(3));
    expect(receipts.map(({ offsetMsgId }) => offsetMsgId)).toEqual(Array(3).fill('7F000001000075180000000000001109'));
    expect(receipts.map(({ queueOffset }) => queueOffset)).toEqual([0n, 1n, 2n]);
    expect(new Set(receipts.map(({ msgId }) => msgId)).size).toBe(3);
  });
});

test('a batch has as many messages as brokers can count, and not one more', async () => {
  await servers.open({ storeBodies: false });
  const producer = servers.producer({ sendTimeoutMs: 60_000 });
  const many = Array.from({ length: 32_768 }, (): Message<number> => ({ topic: 'orders', body: 'x', context: 1 }));
  const error = await errorOf(producer.sendBatch(many));
  expect(error).toMatchObject({ code: 'RMQ_MESSAGE_TOO_LARGE', stored: 'no', detail: { rule: 'batch-count' } });
  expect(error.message).toContain('the batch has 32768 messages, at most 32767 are allowed');
  expect(error.notSent).toHaveLength(32_767);
  expect(requests(BATCH)).toBe(0);
  const receipts = await producer.sendBatch(many.slice(1));
  expect(receipts).toHaveLength(32_767);
  expect([requests(BATCH), servers.cluster.count('orders')]).toEqual([1, 32_767]);
});

describe('what is refused before it is sent', () => {
  beforeEach(() => servers.open());

  const queue = (queueId: number) => ({ topic: 'orders', brokerName: 'broker-a', queueId });
  test.each<[rule: string, changes: Partial<Message<number>>]>([
    ['batch-topic', { topic: 'others' }],
    ['batch-wait', { waitStoreMsgOk: false }],
    ['batch-queue', { queue: queue(0) }],
    ['batch-sharding-key', { shardingKey: 'k' }],
    ['body-empty', { body: '' }],
    ['body-empty', { body: new Uint8Array(0) }],
    ['property-value-empty', { properties: { a: '' } }],
    ['property-value-empty', { shardingKey: '' }],
    ['tag-or', { tag: 'a||b' }],
    ['tag-blank', { tag: 'a ' }],
    ['properties-type', { properties: 'a=b' as never }],
    ['unknown-field', { tags: 'a' } as object],
    ['property-reserved', { properties: { UNIQ_KEY: 'x' } }],
    ['properties-size', { properties: { p: 'x'.repeat(32_700) } }],
    ['batch-properties-size', { properties: { p: 'x'.repeat(32_300) } }],
    ['batch-size', { body: Buffer.alloc(4 * 1024 * 1024 - 100) }],
  ])('%s, naming the message', async (rule, changes) => {
    const producer = servers.producer();
    const batch = [message(0), message(1), message(2, changes), message(3)];
    const error = await errorOf(producer.sendBatch(batch));
    expect(error).toMatchObject({ stored: 'no', detail: { rule, index: 2 } });
    expect(error.code).toBe(rule.endsWith('size') ? 'RMQ_MESSAGE_TOO_LARGE' : 'RMQ_MESSAGE_INVALID');
    expect(error.message).toMatch(/^message 3 of 4 of the batch/);
    expect(error.failure).toMatchObject({ stage: 'validate', stored: 'no', context: 2 });
    expect(error.notSent.map((failure) => [failure.context, failure.stored, failure.stage])).toEqual([
      [0, 'no', 'validate'],
      [1, 'no', 'validate'],
      [3, 'no', 'validate'],
    ]);
    expect([requests(BATCH), requests('SEND_MESSAGE_V2')]).toEqual([0, 0]);
  });

  test('a retry topic', async () => {
    const retry = { topic: '%RETRY%group' };
    const error = await errorOf(servers.producer().sendBatch([message(0, retry), message(1, retry)]));
    expect(error.detail).toMatchObject({ rule: 'batch-retry-topic', index: 0 });
  });

  test('two queues, and two sharding keys; but not where the call itself chooses the queue', async () => {
    const producer = servers.producer();
    const queues = [message(0, { queue: queue(0) }), message(1, { queue: queue(1) })];
    expect((await errorOf(producer.sendBatch(queues))).detail).toMatchObject({ rule: 'batch-queue', index: 1 });
    const keys = [message(0, { shardingKey: 'a' }), message(1, { shardingKey: 'b' })];
    expect((await errorOf(producer.sendBatch(keys))).detail).toMatchObject({ rule: 'batch-sharding-key', index: 1 });
    await expect(producer.sendBatch(queues, { queue: queue(1) })).resolves.toHaveLength(2);
    await expect(producer.sendBatch(keys, { selectQueue: 'round-robin' })).resolves.toHaveLength(2);
  });

  test('what is no batch at all', async () => {
    const producer = servers.producer();
    const notBatches: unknown[] = [[], undefined, message(0), 'text'];
    for (const given of notBatches) {
      await expect(producer.sendBatch(given as Message[])).rejects.toMatchObject({ detail: { rule: 'batch-empty' } });
    }
    const holes: unknown[] = [[undefined], [null, message(1)], [message(0), 5]];
    for (const given of holes) {
      await expect(producer.sendBatch(given as Message[])).rejects.toMatchObject({ code: 'RMQ_MESSAGE_INVALID' });
    }
  });

  test('after shutdown', async () => {
    const producer = servers.producer();
    await producer.shutdown();
    await expect(producer.sendBatch(messages(2))).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
  });
});

describe('what fails', () => {
  beforeEach(() => servers.open());

  test('all members of a failed batch fail, each by itself, after the same attempts', async () => {
    script(refuse(2, '[REJECTREQUEST]system busy'));
    const producer = servers.producer({ retries: 1 });
    const error = await errorOf(producer.sendBatch(messages(10)));
    const failures = [error.failure, ...error.alsoFailed];
    expect(failures.map(({ context }) => context)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(failures.map(({ msgId }) => msgId)).size).toBe(10);
    for (const failure of failures) {
      expect(failure).toMatchObject({ stage: 'send', stored: 'no', error: { code: 'RMQ_BROKER_BUSY' } });
      expect(failure.attempts.map(({ brokerName }) => brokerName).toSorted()).toEqual(['broker-a', 'broker-b']);
    }
    expect(requests(BATCH)).toBe(2);
    expect(producer.metrics()).toMatchObject({ sent: 0, failed: 10, inFlight: 0 });
  });

  test('it is retried at another broker as a whole, under the same unique keys', async () => {
    script(disconnect('after-storing'), 1);
    const producer = servers.producer();
    const receipts = await producer.sendBatch(messages(4));
    expect(receipts.map(({ attempts }) => attempts)).toEqual([2, 2, 2, 2]);
    // The first attempt was stored and its answer lost: both copies carry the keys of the receipts.
    const stored = servers.cluster.messages('orders');
    expect(stored).toHaveLength(8);
    for (const { msgId } of receipts) expect(stored.filter((one) => one.msgId === msgId)).toHaveLength(2);
    expect(producer.metrics()).toMatchObject({ sent: 4, failed: 0 });
  });

  test('a refusal for good is final for all of them', async () => {
    script(refuse(13, 'the message is illegal'));
    const error = await errorOf(servers.producer().sendBatch(messages(3)));
    expect(error).toMatchObject({ code: 'RMQ_MESSAGE_REFUSED', stored: 'no' });
    expect(error.alsoFailed).toHaveLength(2);
    expect([requests(BATCH), requests('SEND_MESSAGE_V2')]).toEqual([1, 0]);
  });

  test('without an answer in time every member may be stored', async () => {
    script(dropAnswer());
    const error = await errorOf(servers.producer({ retries: 0 }).sendBatch(messages(3), { timeoutMs: 150 }));
    expect([error.failure, ...error.alsoFailed].map(({ stored, error: why }) => [stored, why.code])).toEqual(
      ['maybe', 'maybe', 'maybe'].map((stored) => [stored, 'RMQ_ATTEMPT_TIMEOUT']),
    );
    expect(servers.cluster.messages('orders')).toHaveLength(3);
  });

  test('an answer with another number of ids is a protocol violation', async () => {
    script(amendAnswer({ fields: { msgId: 'A,B' } }));
    const error = await errorOf(servers.producer({ retries: 0 }).sendBatch(messages(3)));
    expect(error).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION', stored: 'maybe' });
  });

  test('a signal ends all of them', async () => {
    const producer = servers.producer();
    const early = await errorOf(producer.sendBatch(messages(3), { signal: AbortSignal.abort() }));
    expect([early.failure, ...early.alsoFailed].map(({ stored }) => stored)).toEqual(['no', 'no', 'no']);
    script(delay(1000));
    const controller = new AbortController();
    await producer.send(message(0));
    const sending = errorOf(producer.sendBatch(messages(3), { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    const late = await sending;
    expect([late.failure, ...late.alsoFailed].map(({ stored, stage }) => [stored, stage])).toEqual(
      ['maybe', 'maybe', 'maybe'].map((stored) => [stored, 'abort']),
    );
  });

  test('shutdown gives back every member, and counts them', async () => {
    script(dropAnswer());
    const producer = servers.producer();
    const sending = errorOf(producer.sendBatch(messages(3)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { abandoned } = await producer.shutdown({ drain: false });
    expect(abandoned.map(({ context }) => context)).toEqual([0, 1, 2]);
    expect((await sending).alsoFailed).toHaveLength(2);
    expect(producer.metrics()).toMatchObject({ sent: 0, failed: 3 });
  });
});
