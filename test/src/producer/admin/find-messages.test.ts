import { setTimeout as delay } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { disconnect, type Turn } from '../../../../src/testing/index.js';
import { formatOffsetMsgId, parseOffsetMsgId } from '../../../../src/protocol/offset-msg-id.js';
import { encodeProperties } from '../../../../src/protocol/properties.js';
import { encodeStoredMessage, type StoredMessage } from '../../../../src/protocol/stored-message.js';
import { BrokerQuestions } from '../../../../src/producer/admin/broker-questions.js';
import { findById } from '../../../../src/producer/admin/find-messages.js';
import { coreOf } from '../../../../src/producer/producer.js';
import { storedSample } from '../../protocol/stored-sample.js';
import { ProducerBench, TOPIC } from '../producer-kit.js';

const MIB = 1024 * 1024;
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

describe('bodies are inflated only where they are what was asked for', () => {
  /** Answers every query with these. */
  const answering = (...messages: readonly Partial<StoredMessage>[]): void => {
    const body = Buffer.concat(
      messages.map((message, index) =>
        encodeStoredMessage({ ...storedSample, topic: TOPIC, commitLogOffset: BigInt(index), ...message }),
      ),
    );
    for (const broker of bench.cluster.brokers) {
      broker.script({
        when: { code: 'QUERY_MESSAGE' },
        reply: (turn: Turn) => {
          turn.answer({
            code: 0,
            fields: new Map([
              ['indexLastUpdateTimestamp', '0'],
              ['indexLastUpdatePhyoffset', '0'],
            ]),
            body,
          });
        },
      });
    }
  };
  const COMPRESSED = 0x301;
  const keyed = (key: string, storedAt: number): Partial<StoredMessage> => ({
    properties: encodeProperties([['KEYS', key]]),
    storedAt,
    queueId: 0,
  });
  /** More than `maxMessageBytes`, inflated. */
  const tooLarge = { body: deflateSync(Buffer.alloc(2 * MIB)), sysFlag: COMPRESSED };
  const small = (text: string) => ({ body: deflateSync(Buffer.from(text)), sysFlag: COMPRESSED });
  const query = async (options = {}) => {
    const { admin } = bench.producer({ maxMessageBytes: MIB });
    return (await admin.queryMessages(TOPIC, 'k', options)).map(({ body }) => Buffer.from(body).toString());
  };

  test('not those of other keys and times', async () => {
    answering(
      { ...keyed('other', 1000), ...tooLarge },
      { ...keyed('k', 1), ...tooLarge },
      { ...keyed('k', 1000), ...small('meant') },
    );
    expect(await query({ from: 500 })).toEqual(['meant']);
  });

  test('not those before the latest', async () => {
    answering({ ...keyed('k', 1000), ...tooLarge }, { ...keyed('k', 2000), ...small('latest') });
    expect(await query({ max: 1 })).toEqual(['latest']);
    await expect(query({ max: 2 })).rejects.toMatchObject({
      code: 'RMQ_PROTOCOL_VIOLATION',
      message: expect.stringContaining('larger than 1048576 bytes'),
    });
  });

  test('and all together have a limit', async () => {
    const large = { body: deflateSync(Buffer.alloc(MIB)), sysFlag: COMPRESSED };
    answering(...Array.from({ length: 65 }, (_, index) => ({ ...keyed('k', 1000 + index), ...large })));
    expect(await query({ max: 63 })).toHaveLength(63);
    await expect(query({ max: 1024 })).rejects.toMatchObject({
      code: 'RMQ_ANSWER_TOO_LARGE',
      detail: { topic: TOPIC, limit: 64 * MIB },
    });
  });
});
