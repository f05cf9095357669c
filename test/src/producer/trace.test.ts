/** Traces of a whole producer, at the embedded broker. What a record says is in the tests of `trace-record.ts`. */
import { from, lastValueFrom, toArray } from 'rxjs';
import { toRocketMQ } from '../../../src/index.js';
import { amendAnswer, drop, refuse } from '../../../src/testing/index.js';
import { ProducerBench, TOPIC } from './producer-kit.js';

const bench = new ProducerBench();
const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';

const message = (body = 'hello'): { topic: string; body: string } => ({ topic: TOPIC, body });

/** The fields of all records in the trace topic. */
const records = (topic = TRACE_TOPIC): string[][] =>
  bench.cluster
    .messages(topic)
    .flatMap(({ body }) => body.toString().split('\u0002').slice(0, -1))
    .map((record) => record.split('\u0001'));

test('are sent by the internal group over the connections of the producer, and not traced themselves', async () => {
  const groups = new Set<string>();
  const topics: string[] = [];
  const [broker] = bench.cluster.brokers;
  const producer = bench.producer({
    trace: { batch: 2 },
    hooks: {
      beforeRequest: (_, { name, fields }) => {
        if (name !== 'SEND_MESSAGE_V2') return;
        groups.add(`${fields.get('b')} ${fields.get('a')}`);
      },
      beforeSend: ({ message: { topic } }) => void topics.push(topic),
    },
  });
  for (let i = 0; i < 5; i++) await producer.send(message());
  expect(broker.connections).toHaveLength(1);
  await producer.shutdown();
  expect(groups).toEqual(new Set([`${TOPIC} group`, `${TRACE_TOPIC} CLIENT_INNER_PRODUCER`]));
  expect(topics).toEqual(Array.from({ length: 5 }, () => TOPIC));
  expect(records()).toHaveLength(5);
  expect(producer.metrics()).toMatchObject({ offered: 5, sent: 5, tracesDropped: 0 });
});

test('tell where and how a message was stored', async () => {
  const [broker] = bench.cluster.brokers;
  const producer = bench.producer({ trace: true });
  const sent = { ...message('compressible '.repeat(1000)), tag: 'tag', keys: ['k1', 'k2'] };
  const { msgId, offsetMsgId } = await producer.send(sent);
  await producer.shutdown();
  const [stored] = bench.cluster.messages(TRACE_TOPIC);
  expect(stored?.keys).toEqual([msgId, 'k1', 'k2']);
  const [[type, time, region, group, topic, id, tags, keys, host, bytes, cost, kind, offsetId, success] = []] =
    records();
  expect([type, region, group, topic, id, tags, keys]).toEqual([
    'Pub',
    'DefaultRegion',
    'group',
    TOPIC,
    msgId,
    'tag',
    'k1 k2',
  ]);
  expect([host, kind, offsetId, success]).toEqual([broker.address, '0', offsetMsgId, 'true']);
  expect(Math.abs(Date.now() - Number(time))).toBeLessThan(60_000);
  expect(Number(bytes)).toBeLessThan(1000);
  expect(Number(cost)).toBeGreaterThanOrEqual(0);
});

test('every message of a batch has a trace of its own', async () => {
  const producer = bench.producer({ trace: true });
  const receipts = await producer.sendBatch([message('one'), message('two'), message('three')]);
  const streamed = await lastValueFrom(
    from([message('4'), message('5')]).pipe(toRocketMQ(producer, { batch: true }), toArray()),
  );
  await producer.shutdown();
  const ids = [...receipts, ...streamed].map(({ msgId, offsetMsgId }) => `${msgId} ${offsetMsgId}`);
  expect(new Set(records().map((fields) => `${fields[5]} ${fields[12]}`))).toEqual(new Set(ids));
});

test('oneway messages, and what the broker wants no trace of, are not traced', async () => {
  const [broker] = bench.cluster.brokers;
  const producer = bench.producer({ trace: true });
  producer.sendOneway(message());
  await producer.flush();
  broker.script({ when: { topic: TOPIC }, reply: amendAnswer({ fields: { TRACE_ON: 'false' } }) });
  await producer.send(message());
  await producer.shutdown();
  expect(bench.cluster.count(TOPIC)).toBe(2);
  expect(records()).toEqual([]);
});

test('what is refused is dropped and counted; nothing waits for it', async () => {
  const [broker] = bench.cluster.brokers;
  broker.script({ when: { topic: TRACE_TOPIC }, reply: refuse('MESSAGE_ILLEGAL', 'no traces here') });
  const producer = bench.producer({ trace: { batch: 3 } });
  for (let i = 0; i < 7; i++) await producer.send(message());
  await producer.shutdown();
  expect(producer.metrics()).toMatchObject({ sent: 7, failed: 0, tracesDropped: 7 });
});

test('shutting down waits for them no longer than it may, and not at all without draining', async () => {
  const [broker] = bench.cluster.brokers;
  broker.script({ when: { topic: TRACE_TOPIC }, reply: drop() });
  for (const how of [{ timeoutMs: 50 }, { drain: false }]) {
    const producer = bench.producer({ trace: true, group: `group_${how.timeoutMs ?? 'now'}` });
    await producer.send(message());
    await producer.shutdown(how);
    expect(producer.metrics()).toMatchObject({ sent: 1, tracesDropped: 1 });
  }
});

test('a producer without traces has no producer inside', async () => {
  const producer = bench.producer();
  await producer.send(message());
  await producer.shutdown();
  expect(bench.cluster.count(TRACE_TOPIC)).toBe(0);
});
