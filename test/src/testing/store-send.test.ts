import { type BatchMember, encodeBatchBody } from '../../../src/protocol/batch-body.js';
import { decodeProperties, encodeProperties } from '../../../src/protocol/properties.js';
import type { BrokerState } from '../../../src/testing/broker-state.js';
import { sendAnswerFields } from '../../../src/testing/check-send.js';
import { MessageStore } from '../../../src/testing/message-store.js';
import type { ReleaseName } from '../../../src/testing/server-release.js';
import { type Send, storeSend } from '../../../src/testing/store-send.js';
import { PERM, TopicTable } from '../../../src/testing/topic-table.js';
import { brokerOf as handlerBroker, sender } from './handler-kit.js';

const maxMessageBytes = 1000;

function brokerOf(release: ReleaseName): BrokerState {
  const topics = new TopicTable();
  for (const topic of ['orders', '%RETRY%group']) {
    topics.set({ topic, readQueues: 4, writeQueues: 4, perm: PERM.readWrite });
  }
  const store = new MessageStore({ storeHost: () => ({ host: '127.0.0.1', port: 1 }), storeBodies: true });
  return { ...handlerBroker(release), topics, store, maxMessageBytes };
}

const sendOf = (changes: Partial<Send['header']> = {}, body: Buffer = Buffer.from('hello')): Send => ({
  header: {
    producerGroup: 'group',
    topic: 'orders',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 1,
    sysFlag: 0,
    bornAt: 5,
    flag: 7,
    properties: encodeProperties([['UNIQ_KEY', 'K']]),
    ...changes,
  },
  body,
  sender,
});

const member = (body: string, properties: Record<string, string>, flag = 0): BatchMember => ({
  flag,
  body: Buffer.from(body),
  properties: encodeProperties(Object.entries(properties)),
});

const members = [member('m1', { UNIQ_KEY: 'K1', a: '1' }, 1), member('m2', { UNIQ_KEY: 'K2' }), member('', {})];
const batchOf = (changes: Partial<Send['header']> = {}): Send =>
  sendOf({ isBatch: true, properties: encodeProperties([['WAIT', 'true']]), ...changes }, encodeBatchBody(members));

const stored = ({ store }: BrokerState): unknown[] =>
  Array.from(store.messages('orders'), ({ queueId, queueOffset, flag, body, properties }) => {
    const names = Object.fromEntries(decodeProperties(properties));
    return { queueId, queueOffset, flag, body: String(body), properties: names };
  });

const illegal = { code: 13, remark: expect.stringMatching(/^the message is illegal/), fields: sendAnswerFields };
const releases = ['5.5.0', '4.9.7'] as const;

describe('one message', () => {
  test('is stored and answered with its place', () => {
    const broker = brokerOf('5.5.0');
    storeSend(sendOf(), broker);
    const { code, fields } = storeSend(sendOf({ bornAt: 9, sysFlag: 0x301, reconsumeTimes: 2 }), broker);
    expect([code, Object.fromEntries(fields ?? [])]).toEqual([
      0,
      {
        msgId: expect.stringMatching(/^7F00000100000001[0-9A-F]{16}$/),
        queueId: '1',
        queueOffset: '1',
        transactionId: 'K',
        MSG_REGION: 'DefaultRegion',
        TRACE_ON: 'true',
      },
    ]);
    const [, second] = broker.store.messages('orders');
    expect(second).toMatchObject({ bornAt: 9, bornHost: { port: 6 }, sysFlag: 0x301, reconsumeTimes: 2, flag: 7 });
  });

  test('of a negative queue goes where the broker likes', () => {
    const broker = brokerOf('5.5.0');
    const queues = Array.from({ length: 100 }, () => storeSend(sendOf({ queueId: -1 }), broker).fields?.get('queueId'));
    expect(new Set(queues)).toEqual(new Set(['0', '1', '2', '3']));
  });

  test('to 4.9.7 is answered without its unique key', () => {
    expect(storeSend(sendOf(), brokerOf('4.9.7')).fields?.has('transactionId')).toBe(false);
  });

  test.each(releases)('may have a body as large as the limit, and not a byte more: %s', (release) => {
    const broker = brokerOf(release);
    expect(storeSend(sendOf({}, Buffer.alloc(maxMessageBytes)), broker).code).toBe(0);
    expect(storeSend(sendOf({}, Buffer.alloc(maxMessageBytes + 1)), broker)).toEqual(illegal);
    expect(broker.store.count('orders')).toBe(1);
  });

  // 4.9.7 does not count the separator behind the last one.
  test.each([
    ['5.5.0', 32_767],
    ['4.9.7', 32_768],
  ] as const)('of %s may have properties of %d bytes together with what the broker adds', (release, most) => {
    const broker = brokerOf(release);
    const ofSize = (bytes: number): Send => {
      const key = encodeProperties([['UNIQ_KEY', 'K']]);
      return sendOf({ properties: `${key}a\u0001${'x'.repeat(bytes - key.length - 3)}\u0002` });
    };
    storeSend(ofSize(100), broker);
    const [probe] = broker.store.messages('orders');
    const added = (probe?.properties.length ?? 0) - 100;
    expect(storeSend(ofSize(most - added), broker).code).toBe(0);
    expect(storeSend(ofSize(most + 1 - added), broker)).toEqual(illegal);
  });

  test('without a body is an exception to 5.5.0 and a message to 4.9.7', () => {
    const empty = sendOf({}, Buffer.alloc(0));
    expect(storeSend(empty, brokerOf('5.5.0'))).toEqual({
      code: 1,
      remark: expect.stringMatching(/^java.lang.NullPointer/),
    });
    expect(storeSend(empty, brokerOf('4.9.7')).code).toBe(0);
  });

  test('to an impossible queue is refused', () => {
    expect(storeSend(sendOf({ queueId: 99 }), brokerOf('5.5.0'))).toMatchObject({ code: 29 });
  });
});

describe('a batch', () => {
  test('is stored as its members, one behind the other, and answered with all ids', () => {
    const broker = brokerOf('5.5.0');
    storeSend(sendOf(), broker);
    const { code, fields } = storeSend(batchOf(), broker);
    expect([code, fields?.get('queueOffset'), fields?.has('transactionId')]).toEqual([0, '1', false]);
    const ids = fields?.get('msgId')?.split(',');
    expect(new Set(ids)).toHaveProperty('size', 3);
    expect(stored(broker).slice(1)).toEqual([
      { queueId: 1, queueOffset: 1n, flag: 1, body: 'm1', properties: { UNIQ_KEY: 'K1', a: '1' } },
      { queueId: 1, queueOffset: 2n, flag: 0, body: 'm2', properties: { UNIQ_KEY: 'K2' } },
      { queueId: 1, queueOffset: 3n, flag: 0, body: '', properties: {} },
    ]);
  });

  test('to 4.9.7 has the properties of its envelope on every member', () => {
    const broker = brokerOf('4.9.7');
    const { fields } = storeSend(batchOf({ properties: encodeProperties([['UNIQ_KEY', 'E']]) }), broker);
    expect(fields?.has('transactionId')).toBe(false);
    expect(stored(broker).map((one) => (one as { properties: object }).properties)).toEqual([
      { UNIQ_KEY: 'E', a: '1', CLUSTER: 'DefaultCluster' },
      { UNIQ_KEY: 'E', CLUSTER: 'DefaultCluster' },
      { UNIQ_KEY: 'E', CLUSTER: 'DefaultCluster' },
    ]);
  });

  test('to 5.5.0 is answered with the unique key of its envelope', () => {
    const properties = encodeProperties([['UNIQ_KEY', 'E']]);
    expect(storeSend(batchOf({ properties }), brokerOf('5.5.0')).fields?.get('transactionId')).toBe('E');
  });

  test.each(releases)('that is delayed or part of a transaction is illegal: %s', (release) => {
    const broker = brokerOf(release);
    expect(storeSend(batchOf({ properties: encodeProperties([['DELAY', '3']]) }), broker)).toEqual(illegal);
    expect(storeSend(batchOf({ sysFlag: 0x4 }), broker)).toEqual(illegal);
    expect(storeSend(batchOf({ properties: encodeProperties([['DELAY', '0']]) }), broker).code).toBe(0);
  });

  test('to a retry topic is refused by 5.5.0', () => {
    const retry = batchOf({ topic: '%RETRY%group' });
    expect(storeSend(retry, brokerOf('5.5.0'))).toMatchObject({
      code: 13,
      remark: 'batch request does not support retry group %RETRY%group',
    });
    expect(storeSend(retry, brokerOf('4.9.7')).code).toBe(0);
  });

  test('over the limit is an exception to 5.5.0 and illegal to 4.9.7', () => {
    const body = encodeBatchBody([member('x'.repeat(900), {}), member('x'.repeat(90), {})]);
    const large = sendOf({ isBatch: true }, body);
    expect(storeSend(large, brokerOf('5.5.0'))).toEqual({
      code: 1,
      remark: expect.stringMatching(/^java.lang.RuntimeException: message body size exceeded/),
    });
    expect(storeSend(large, brokerOf('4.9.7'))).toEqual(illegal);
  });

  test('that is cut off is stored not at all', () => {
    const broker = brokerOf('5.5.0');
    const cut = sendOf({ isBatch: true }, encodeBatchBody(members).subarray(0, -1));
    expect(() => storeSend(cut, broker)).toThrow(expect.objectContaining({ code: 'RMQ_PROTOCOL_VIOLATION' }));
    expect(broker.store.count('orders')).toBe(0);
  });
});

describe('a compaction topic', () => {
  const compacted = (release: ReleaseName): BrokerState => {
    const broker = brokerOf(release);
    broker.topics.set({ topic: 'orders', readQueues: 4, writeQueues: 4, perm: PERM.readWrite, isCompacted: true });
    return broker;
  };
  const properties = (keys: string): string =>
    encodeProperties([['UNIQ_KEY', 'K'], ...(keys === '' ? [] : [['KEYS', keys] as const])]);

  test.each(['', ' '])('of 5.5.0 refuses a message with the keys %j', (keys) => {
    const broker = compacted('5.5.0');
    const refusal = { code: 13, remark: 'Required message key is missing', fields: sendAnswerFields };
    expect(storeSend(sendOf({ properties: properties(keys) }), broker)).toEqual(refusal);
    expect(stored(broker)).toEqual([]);
  });

  test('of 5.5.0 acknowledges those of a batch, and keeps those with keys', () => {
    const broker = compacted('5.5.0');
    const body = encodeBatchBody([member('a', {}), member('b', { KEYS: 'k' }), member('c', {})]);
    const answer = storeSend(sendOf({ isBatch: true, properties: '' }, body), broker);
    expect(answer).toMatchObject({ code: 0 });
    expect(stored(broker)).toMatchObject([{ body: 'b', queueOffset: 1n }]);
    expect([broker.store.length('orders', 1), broker.store.readableEnd('orders', 1)]).toEqual([3, 2]);
    expect(broker.store.count('orders')).toBe(1);
  });

  test('is an ordinary one at 4.9.7', () => {
    const broker = compacted('4.9.7');
    expect(storeSend(sendOf(), broker)).toMatchObject({ code: 0 });
    expect(stored(broker)).toHaveLength(1);
  });
});
