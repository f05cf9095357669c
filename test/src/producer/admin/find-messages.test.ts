import { setTimeout as delay } from 'node:timers/promises';
import { disconnect, type Turn } from '../../../../src/testing/index.js';
import { formatOffsetMsgId, parseOffsetMsgId } from '../../../../src/protocol/offset-msg-id.js';
import { BrokerQuestions } from '../../../../src/producer/admin/broker-questions.js';
import { findById } from '../../../../src/producer/admin/find-messages.js';
import { coreOf } from '../../../../src/producer/producer.js';
import { ProducerBench, TOPIC } from '../producer-kit.js';

const bench = new ProducerBench({ brokers: 2 });
const on = (brokerName: string) => ({ topic: TOPIC, brokerName, queueId: 0 });

test('an id that names an address of nobody known is not connected to', async () => {
  const { admin } = bench.producer();
  const id = formatOffsetMsgId({ host: '127.0.0.1', port: 1, commitLogOffset: 0n });
  await expect(admin.viewMessage(TOPIC, id)).rejects.toMatchObject({ code: 'RMQ_MESSAGE_NOT_FOUND', detail: { id } });
  expect(bench.cluster.brokers.map((broker) => broker.requests('VIEW_MESSAGE_BY_ID'))).toEqual([0, 0]);
});

test('an id of a broker is looked for at that broker alone', async () => {
  const producer = bench.producer();
  const { offsetMsgId } = await producer.send({ topic: TOPIC, body: 'x', queue: on('broker-b') });
  await producer.admin.viewMessage(TOPIC, offsetMsgId);
  expect(bench.cluster.brokers.map((broker) => broker.requests('VIEW_MESSAGE_BY_ID'))).toEqual([0, 1]);
  expect(bench.cluster.brokers.map((broker) => broker.requests('QUERY_MESSAGE'))).toEqual([0, 0]);
});

test('an id is found where routes call its broker by a name, and by nobody else who has something at that place', async () => {
  const producer = bench.producer();
  const { offsetMsgId } = await producer.send({ topic: TOPIC, body: 'x', queue: on('broker-b') });
  await producer.send({ topic: TOPIC, body: 'same place', queue: on('broker-a') });
  class Named extends BrokerQuestions {
    override async brokersOf(topic: string) {
      const brokers = await super.brokersOf(topic);
      return brokers.map(({ brokerName, address }) => ({
        brokerName,
        address: address.replace('127.0.0.1', 'localhost'),
      }));
    }
  }
  const questions = new Named(coreOf(producer));
  for (const id of [offsetMsgId, offsetMsgId.toLowerCase()]) {
    expect(await findById(questions, TOPIC, id)).toMatchObject({ offsetMsgId, queue: { brokerName: 'broker-b' } });
  }
  const elsewhere = formatOffsetMsgId({ ...parseOffsetMsgId(offsetMsgId), host: '10.1.1.1' });
  await expect(findById(questions, TOPIC, elsewhere)).rejects.toMatchObject({ code: 'RMQ_MESSAGE_NOT_FOUND' });
});

test('a range of time is exact, although indexes know seconds only', async () => {
  const producer = bench.producer();
  await producer.send({ topic: TOPIC, body: 'first', keys: 'k' });
  await delay(20);
  await producer.send({ topic: TOPIC, body: 'second', keys: 'k' });
  const [first, second] = await producer.admin.queryMessages(TOPIC, 'k');
  if (first === undefined || second === undefined) throw new Error('not found');
  const bodiesIn = async (from: Date, to: Date) =>
    (await producer.admin.queryMessages(TOPIC, 'k', { from, to })).map(({ body }) => Buffer.from(body).toString());
  expect(await bodiesIn(second.storedAt, second.storedAt)).toEqual(['second']);
  expect(await bodiesIn(first.storedAt, first.storedAt)).toEqual(['first']);
  expect(await bodiesIn(first.storedAt, second.storedAt)).toEqual(['first', 'second']);
});

test('a message of another topic is not found, although it lies at that place', async () => {
  bench.cluster.createTopic('others');
  const producer = bench.producer();
  const { offsetMsgId } = await producer.send({ topic: 'others', body: 'x' });
  await expect(producer.admin.viewMessage(TOPIC, offsetMsgId)).rejects.toMatchObject({ code: 'RMQ_MESSAGE_NOT_FOUND' });
});

test('of what a broker answers, only messages with the very key are taken', async () => {
  const producer = bench.producer();
  await producer.send({ topic: TOPIC, body: 'meant', keys: 'k', queue: on('broker-a') });
  await producer.send({ topic: TOPIC, body: 'same hash', keys: 'other', queue: on('broker-a') });
  const [first] = bench.cluster.brokers;
  // Answers whatever it has, as an index of hashes may.
  first.script({
    when: { code: 'QUERY_MESSAGE' },
    reply: (turn: Turn) => {
      turn.answer(turn.handle());
    },
  });
  const found = await producer.admin.queryMessages(TOPIC, 'k');
  expect(found.map(({ body }) => Buffer.from(body).toString())).toEqual(['meant']);
});

test('a broker that fails is left out where another found something, and told where none did', async () => {
  const producer = bench.producer();
  await producer.send({ topic: TOPIC, body: 'x', keys: 'k', queue: on('broker-a') });
  bench.cluster.brokers[1]?.script({ when: { code: 'QUERY_MESSAGE' }, reply: disconnect('before-storing') });
  expect(await producer.admin.queryMessages(TOPIC, 'k')).toHaveLength(1);
  await expect(producer.admin.queryMessages(TOPIC, 'nothing')).rejects.toMatchObject({ code: 'RMQ_CONNECTION_LOST' });
});

test('a unique key finds its message also as a key, once', async () => {
  const producer = bench.producer();
  const { msgId } = await producer.send({ topic: TOPIC, body: 'x' });
  expect((await producer.admin.queryMessages(TOPIC, msgId)).map((found) => found.msgId)).toEqual([msgId]);
});

test('a message that is not due yet is found where it lies until then', async () => {
  const producer = bench.producer();
  const { offsetMsgId, msgId } = await producer.send({ topic: TOPIC, body: 'x', delivery: { delayLevel: 18 } });
  const found = await producer.admin.viewMessage(TOPIC, offsetMsgId);
  expect([found.topic, found.msgId]).toEqual(['SCHEDULE_TOPIC_XXXX', msgId]);
});
