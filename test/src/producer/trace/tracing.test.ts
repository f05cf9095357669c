/** Traces of a whole producer, at the embedded broker. What a record says is in the tests of `trace-record.ts`. */
import { from, lastValueFrom, toArray } from 'rxjs';
import { toRocketMQ } from '../../../../src/index.js';
import { amendAnswer, drop, refuse } from '../../../../src/testing/index.js';
import { holdScans, ProducerBench, TOPIC, until } from '../producer-kit.js';

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

test('a trace topic that cannot be written to holds no shutdown up, and what was not told is said', async () => {
  bench.cluster.createTopic('closed', { queues: 1, perm: 4 });
  const warnings: object[] = [];
  const none = (): void => {};
  const logger = { debug: none, info: none, warn: (fields: object) => void warnings.push(fields), error: none };
  const producer = bench.producer({ trace: { topic: 'closed' }, logger });
  for (let i = 0; i < 3; i++) await producer.send(message());
  // No name server is asked again: it would be after 200 ms, and answer the same.
  const asked = bench.cluster.nameServer.script({
    when: { code: 'GET_ROUTEINFO_BY_TOPIC', topic: 'closed' },
    reply: (turn) => turn.answer(turn.handle()),
  });
  await producer.shutdown();
  expect(asked.applied).toBe(1);
  expect(producer.metrics()).toMatchObject({ sent: 3, failed: 0, tracesDropped: 3 });
  expect(warnings).toMatchObject([{ topic: 'closed', records: 3, err: { code: 'RMQ_ROUTE_MISSING' } }]);
});

test('a small limit for messages is none for traces', async () => {
  const producer = bench.producer({ trace: { batch: 100 }, maxMessageBytes: 100 });
  for (let i = 0; i < 5; i++) await producer.send(message());
  await producer.shutdown();
  expect(records()).toHaveLength(5);
});

test('replies are traced as what they are: messages to the topic of replies', async () => {
  const [broker] = bench.cluster.brokers;
  const replier = bench.producer({ group: 'replier', instanceName: 'replier', trace: { topic: 'replies' } });
  const requester = bench.producer({ trace: true });
  bench.cluster.messages$(TOPIC).subscribe((request) => void replier.reply(request, 'here').catch(() => {}));
  await replier.start();
  await requester.request(message(), { timeoutMs: 3000 });
  const [request] = bench.cluster.messages(TOPIC);
  await replier.shutdown();
  await requester.shutdown();
  expect(records().map((fields) => [fields[0], fields[3], fields[4], fields[5], fields[11]])).toEqual([
    ['Pub', 'group', TOPIC, request?.msgId, '0'],
  ]);
  expect(records('replies').map((fields) => [fields[0], fields[3], fields[4], fields[8], fields[11]])).toEqual([
    ['Pub', 'replier', 'DefaultCluster_REPLY_TOPIC', broker.address, '0'],
  ]);
});

test('a producer without traces has no producer inside', async () => {
  const producer = bench.producer();
  await producer.send(message());
  await producer.shutdown();
  expect(bench.cluster.count(TRACE_TOPIC)).toBe(0);
});

describe('a transaction', () => {
  const { transactions, scan } = holdScans();
  const checking = new ProducerBench({ transactions });
  const recorded = (): string[][] =>
    checking.cluster
      .messages(TRACE_TOPIC)
      .flatMap(({ body }) => body.toString().split('\u0002').slice(0, -1))
      .map((record) => record.split('\u0001'))
      .toSorted((a, b) => Number(a[1]) - Number(b[1]));

  test('is traced with its half message, with each end that its broker was told, and with what was asked', async () => {
    const producer = checking.producer({ trace: true, checkTransaction: () => 'rollback' });
    const half = { ...message(), tag: 'tag', keys: 'k' };
    const [broker] = checking.cluster.brokers;
    broker.script({
      when: { code: 'SEND_MESSAGE_V2', topic: TOPIC },
      reply: amendAnswer({ fields: { MSG_REGION: 'far' } }),
    });
    const committed = await producer.sendInTransaction(half, () => 'commit');
    const asked = await producer.sendInTransaction(message(), () => 'unknown');
    await until(() => broker.requests('END_TRANSACTION') === 2 && checking.cluster.producers('group').length > 0);
    scan();
    await until(() => broker.requests('END_TRANSACTION') === 3);
    await producer.shutdown();
    const of = (id: string) => recorded().filter((fields) => fields[5] === id);
    expect(of(committed.msgId)).toMatchObject([
      { 0: 'Pub', 2: 'far', 11: '1', 13: 'true' },
      [
        'EndTransaction',
        expect.any(String),
        'far',
        'group',
        TOPIC,
        committed.msgId,
        'tag',
        'k',
        broker.address,
        '2',
        committed.msgId,
        'COMMIT_MESSAGE',
        'false',
      ],
    ]);
    const ends = of(asked.msgId).filter(([type]) => type === 'EndTransaction');
    // The broker that asks says where it is with the half message.
    expect(ends.map(([, , region, ...rest]) => [region, ...rest.slice(8)])).toEqual([
      ['far', 'UNKNOW', 'false'],
      ['DefaultRegion', 'ROLLBACK_MESSAGE', 'true'],
    ]);
  });
});

describe('a recall', () => {
  const recalling = new ProducerBench({ recallMessages: true });
  const later = { ...message(), delivery: { delayMs: 600_000 } };

  test('is traced, whether the broker does it or refuses it; what is no recall is not', async () => {
    recalling.cluster.createTopic('others');
    const producer = recalling.producer({ trace: { topic: TRACE_TOPIC } });
    const { msgId, recallHandle = '' } = await producer.send(later);
    await producer.recall(TOPIC, recallHandle);
    await expect(producer.recall('others', recallHandle)).rejects.toMatchObject({ code: 'RMQ_OPERATION_REFUSED' });
    await expect(producer.recall(TOPIC, 'no handle')).rejects.toMatchObject({ code: 'RMQ_ARGUMENT_INVALID' });
    recalling.cluster.brokers[0].script({ when: { code: 'RECALL_MESSAGE' }, reply: refuse('NO_PERMISSION', 'no') });
    await expect(producer.recall(TOPIC, recallHandle)).rejects.toMatchObject({ code: 'RMQ_ACCESS_DENIED' });
    await producer.shutdown();
    const told = recalling.cluster
      .messages(TRACE_TOPIC)
      .flatMap(({ body }) => body.toString().split('\u0002').slice(0, -1))
      .map((record) => record.split('\u0001'));
    expect(
      told.map(([type, , region, group, topic, id, ...rest]) => [type, region, group, topic, id, rest.at(-1)]),
    ).toEqual(
      expect.arrayContaining([
        ['Pub', 'DefaultRegion', 'group', TOPIC, msgId, 'true'],
        ['Recall', 'DefaultRegion', 'group', TOPIC, msgId, 'true'],
        ['Recall', 'DefaultRegion', 'group', 'others', msgId, 'false'],
      ]),
    );
    expect(told).toHaveLength(3);
    expect(told.find(([type]) => type === 'Pub')?.[11]).toBe('3');
  });
});
