import { setTimeout as delay } from 'node:timers/promises';
import type { HookedRequest } from '../../../../src/connection/request-hooks.js';
import { createProducer } from '../../../../src/create-producer.js';
import { RocketMQError } from '../../../../src/errors/rocketmq-error.js';
import { refuse } from '../../../../src/testing/index.js';
import { ProducerBench, TOPIC } from '../producer-kit.js';

const queue = (queueId: number, brokerName = 'broker-a', topic = TOPIC) => ({ topic, brokerName, queueId });
const invalid = (rule: string) => ({ code: 'RMQ_ARGUMENT_INVALID', detail: { rule } });

describe('topics', () => {
  const bench = new ProducerBench({ brokers: 2 });

  test('a topic is created on every broker, and can be sent to at once', async () => {
    const producer = bench.producer();
    await producer.admin.createTopic('fresh', { queues: 3, attributes: { 'message.type': 'NORMAL' } });
    const queues = await producer.admin.publishQueues('fresh');
    expect(queues).toEqual(['broker-a', 'broker-b'].flatMap((name) => [0, 1, 2].map((id) => queue(id, name, 'fresh'))));
    expect((await producer.send({ topic: 'fresh', body: 'x' })).queue.topic).toBe('fresh');
  });

  test('a topic that was provisional gets its real queues', async () => {
    const producer = bench.producer();
    await producer.admin.publishQueues('fresh').catch(() => undefined);
    await producer.admin.createTopic('fresh', { queues: 1 });
    expect(await producer.admin.publishQueues('fresh')).toHaveLength(2);
  });

  test('created again it has other settings', async () => {
    const { admin } = bench.producer();
    await admin.createTopic('fresh', { queues: 1 });
    await admin.createTopic('fresh', { queues: 2 });
    expect(await admin.publishQueues('fresh')).toHaveLength(4);
  });

  test('one broker that does it is success, none is not', async () => {
    const { admin } = bench.producer();
    const [first, second] = bench.cluster.brokers;
    first.script({ when: { code: 'UPDATE_AND_CREATE_TOPIC' }, reply: refuse('SYSTEM_ERROR') });
    await admin.createTopic('fresh', { queues: 2 });
    expect((await admin.publishQueues('fresh')).map(({ brokerName }) => brokerName)).toEqual(['broker-b', 'broker-b']);
    second?.script({ when: { code: 'UPDATE_AND_CREATE_TOPIC' }, reply: refuse('SYSTEM_ERROR') });
    await expect(admin.createTopic('other')).rejects.toMatchObject({ code: 'RMQ_BROKER_ERROR' });
  });

  test.each([
    ['a system topic', 'BenchmarkTest', {}, { code: 'RMQ_TOPIC_REFUSED' }],
    [
      'an attribute that brokers do not know',
      'fresh',
      { attributes: { nonsense: 'x' } },
      { code: 'RMQ_TOPIC_REFUSED' },
    ],
    ['an attribute with a comma', 'fresh', { attributes: { a: 'b,c' } }, invalid('attribute')],
    ['a name with blanks', 'a b', {}, invalid('topic-characters')],
    ['no queues', 'fresh', { queues: 0 }, invalid('queues')],
    ['too many queues', 'fresh', { queues: 1025 }, invalid('queues')],
  ])('%s is refused', async (_, topic, settings, error) => {
    await expect(bench.producer().admin.createTopic(topic, settings)).rejects.toMatchObject(error);
  });

  test('its brokers are those of another topic, where one is named, whatever the namespace', async () => {
    bench.cluster.createTopic('template', { queues: 1 });
    const { admin } = bench.producer({ namespace: 'ns', createTopicKey: 'nobody' });
    await expect(admin.createTopic('fresh')).rejects.toMatchObject({
      code: 'RMQ_ROUTE_MISSING',
      message: expect.stringContaining('no broker has the topic nobody, whose brokers would get the topic fresh'),
    });
    await admin.createTopic('fresh', { queues: 1, createTopicKey: 'template' });
    expect(await admin.publishQueues('fresh')).toHaveLength(2);
    await expect(admin.createTopic('other', { createTopicKey: 'nothing' })).rejects.toMatchObject({
      code: 'RMQ_ROUTE_MISSING',
    });
  });

  test('that it belongs to a unit is told to brokers', async () => {
    const fields: unknown[] = [];
    const beforeRequest = (_: string, request: HookedRequest): void => {
      if (request.name === 'UPDATE_AND_CREATE_TOPIC') fields.push(request.fields.get('topicSysFlag'));
    };
    await bench.producer({ unitMode: true, hooks: { beforeRequest } }).admin.createTopic('fresh');
    await bench.producer({ hooks: { beforeRequest } }).admin.createTopic('fresh');
    expect(fields).toEqual(['1', '1', '0', '0']);
  });

  test('what a broker refuses names the topic, the broker and its address', async () => {
    const { admin } = bench.producer({ namespace: 'ns' });
    const refused: unknown = await admin
      .createTopic('fresh', { attributes: { nonsense: 'x' } })
      .catch((e: unknown) => e);
    if (!(refused instanceof RocketMQError)) throw refused;
    const { brokerName, address } = refused.detail;
    expect(bench.cluster.brokers.map((broker) => broker.address)).toContain(address);
    expect(refused).toMatchObject({ code: 'RMQ_TOPIC_REFUSED', cause: { code: 'RMQ_TOPIC_REFUSED' } });
    expect(refused.message).toContain(`(topic fresh, ${brokerName} ${address})`);
    expect(refused.detail).toMatchObject({ topic: 'fresh', request: 'UPDATE_AND_CREATE_TOPIC' });
  });

  test('the queues of a topic that does not exist are not those of the default topic', async () => {
    const { admin } = bench.producer();
    for (const _ of [1, 2]) {
      await expect(admin.publishQueues('nothing')).rejects.toMatchObject({ code: 'RMQ_ROUTE_MISSING' });
    }
  });
});

describe('queues', () => {
  const bench = new ProducerBench({});

  test('begin and end where messages are, and know times', async () => {
    const producer = bench.producer();
    const before = Date.now();
    for (let i = 0; i < 3; i++) {
      await producer.send({ topic: TOPIC, body: `${i}`, queue: queue(2) });
      await delay(3);
    }
    const { admin } = producer;
    expect([await admin.minOffset(queue(2)), await admin.maxOffset(queue(2))]).toEqual([0n, 3n]);
    const stored = bench.cluster.messages(TOPIC).map(({ storedAt }) => storedAt);
    expect(await admin.earliestStoreTime(queue(2))).toEqual(stored[0]);
    expect(await admin.searchOffset(queue(2), stored[1] ?? 0)).toBe(1n);
    expect(await admin.searchOffset(queue(2), before - 1000)).toBe(0n);
    expect(await admin.searchOffset(queue(2), new Date(Date.now() + 1000))).toBe(3n);
  });

  test('that are empty begin and end at 0 and have no time', async () => {
    const { admin } = bench.producer();
    expect([await admin.minOffset(queue(0)), await admin.maxOffset(queue(0))]).toEqual([0n, 0n]);
    await expect(admin.earliestStoreTime(queue(0))).rejects.toMatchObject({ code: 'RMQ_MESSAGE_NOT_FOUND' });
  });

  test('of brokers that are not there, or that are none, are told so', async () => {
    const { admin } = bench.producer();
    await expect(admin.maxOffset(queue(0, 'broker-z'))).rejects.toMatchObject({
      code: 'RMQ_BROKER_UNKNOWN',
      detail: { brokerName: 'broker-z' },
    });
    for (const none of [null, undefined, 5]) {
      await expect(admin.maxOffset(none as never)).rejects.toMatchObject(invalid('queue'));
    }
    await expect(admin.maxOffset(queue(0, 'broker-a', 'nothing'))).rejects.toMatchObject({ code: 'RMQ_ROUTE_MISSING' });
    await expect(admin.maxOffset(queue(-1))).rejects.toMatchObject(invalid('queue'));
    await expect(admin.searchOffset(queue(0), Number.NaN)).rejects.toMatchObject(invalid('time'));
  });
});

describe('messages', () => {
  const bench = new ProducerBench({ brokers: 2 });

  test('are viewed by either id, decompressed', async () => {
    const producer = bench.producer();
    const body = 'compress me '.repeat(1000);
    const receipt = await producer.send({ topic: TOPIC, body, keys: ['a', 'b'], tag: 't', flag: 7 });
    for (const id of [receipt.msgId, receipt.offsetMsgId]) {
      const found = await producer.admin.viewMessage(TOPIC, id);
      expect(Buffer.from(found.body).toString()).toBe(body);
      expect(found).toMatchObject({
        topic: TOPIC,
        tag: 't',
        keys: ['a', 'b'],
        flag: 7,
        queue: receipt.queue,
        queueOffset: receipt.queueOffset,
        msgId: receipt.msgId,
        offsetMsgId: receipt.offsetMsgId,
      });
      expect(found.properties['UNIQ_KEY']).toBe(receipt.msgId);
    }
  });

  test('are found by key on all brokers, the oldest first, and at most so many', async () => {
    const producer = bench.producer();
    for (let i = 0; i < 5; i++) await producer.send({ topic: TOPIC, body: `${i}`, keys: ['same', `k${i}`] });
    const bodies = async (...args: Parameters<typeof producer.admin.queryMessages>) =>
      (await producer.admin.queryMessages(...args)).map(({ body }) => Buffer.from(body).toString());
    expect(new Set(await bodies(TOPIC, 'same'))).toEqual(new Set(['0', '1', '2', '3', '4']));
    expect(await bodies(TOPIC, 'k3')).toEqual(['3']);
    expect(await bodies(TOPIC, 'same', { max: 1 })).toHaveLength(1);
    expect(await bodies(TOPIC, 'sam')).toEqual([]);
    expect(await bodies(TOPIC, 'same', { to: new Date(1) })).toEqual([]);
    expect(await bodies(TOPIC, 'same', { to: 1 })).toEqual([]);
    expect(await bodies(TOPIC, 'same', { from: Date.now() - 60_000, to: Date.now() + 60_000 })).toHaveLength(5);
    await expect(bodies('nothing', 'same')).rejects.toMatchObject({ code: 'RMQ_ROUTE_MISSING' });
    await expect(producer.admin.viewMessage('nothing', 'F'.repeat(32))).rejects.toMatchObject({
      code: 'RMQ_ROUTE_MISSING',
    });
  });

  test('are found also where the clock of this machine is behind that of the brokers', async () => {
    const producer = bench.producer();
    const { msgId } = await producer.send({ topic: TOPIC, body: 'x', keys: 'k' });
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 10_000);
    try {
      expect(await producer.admin.queryMessages(TOPIC, 'k')).toMatchObject([{ msgId }]);
    } finally {
      now.mockRestore();
    }
  });

  test.each([
    ['no key', '', {}, 'key'],
    ['no message', 'k', { max: 0 }, 'max'],
    ['no time', 'k', { from: Number.NaN }, 'from'],
    ['no end of time', 'k', { to: Number.POSITIVE_INFINITY }, 'to'],
    ['times the wrong way round', 'k', { from: new Date(2), to: new Date(1) }, 'time'],
  ])('%s is refused', async (_, key, options, rule) => {
    await expect(bench.producer().admin.queryMessages(TOPIC, key, options)).rejects.toMatchObject(invalid(rule));
  });
});

describe('what is mistyped', () => {
  const bench = new ProducerBench();

  test('is refused, and not as if it was not said', async () => {
    const { admin } = bench.producer();
    const settings: object = { queue: 3 };
    const options: object = { limit: 3 };
    await expect(admin.createTopic('fresh', settings)).rejects.toMatchObject(invalid('queue'));
    await expect(admin.queryMessages(TOPIC, 'k', options)).rejects.toMatchObject(invalid('limit'));
    await expect(admin.publishQueues('fresh')).rejects.toMatchObject({ code: 'RMQ_ROUTE_MISSING' });
  });
});

test('nothing is answered after the shutdown', async () => {
  const producer = createProducer({ nameServers: 'localhost:1', group: 'g', logger: false });
  const { admin } = producer;
  await producer.shutdown();
  for (const ask of [
    () => admin.createTopic('topic'),
    () => admin.publishQueues('topic'),
    () => admin.viewMessage('topic', 'id'),
    () => admin.queryMessages('topic', 'key'),
    () => admin.minOffset(queue(0)),
  ]) {
    await expect(ask()).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
  }
});
