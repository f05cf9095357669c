import { type BatchMember, encodeBatchBody } from '../../../src/protocol/batch-body.js';
import { decodeProperties, encodeProperties } from '../../../src/protocol/properties.js';
import { SysFlag } from '../../../src/protocol/sys-flag.js';
import type { Answer } from '../../../src/testing/answer.js';
import type { BrokerState } from '../../../src/testing/broker-state.js';
import { sendAnswerFields } from '../../../src/testing/check-send.js';
import { getMaxOffset } from '../../../src/testing/handlers/get-max-offset.js';
import { getMinOffset } from '../../../src/testing/handlers/get-min-offset.js';
import type { Handler } from '../../../src/testing/handlers/handler.js';
import { searchOffset } from '../../../src/testing/handlers/search-offset.js';
import { messagesIn } from '../../../src/testing/batch-record.js';
import { MessageStore } from '../../../src/testing/message-store.js';
import type { ReleaseName } from '../../../src/testing/server-release.js';
import { storeSend } from '../../../src/testing/store-send.js';
import { PERM } from '../../../src/testing/topic-table.js';
import { brokerOf, requestOf, sender } from './handler-kit.js';

const member = (body: string, flag = 0): BatchMember => ({
  flag,
  body: Buffer.from(body),
  properties: encodeProperties([['UNIQ_KEY', `U${body}`]]),
});

function batchCq(release: ReleaseName = '5.5.0', queueType: 'BatchCQ' | 'SimpleCQ' = 'BatchCQ'): BrokerState {
  const broker = brokerOf(release);
  broker.topics.set({ topic: 'orders', readQueues: 1, writeQueues: 1, perm: PERM.readWrite, queueType });
  return broker;
}

function send(broker: BrokerState, properties: Record<string, string>, body: Buffer, isBatch: boolean, sysFlag = 0) {
  const rest = { producerGroup: 'g', topic: 'orders', defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId: 0 };
  const header = {
    ...rest,
    sysFlag,
    bornAt: 5,
    flag: 0,
    isBatch,
    properties: encodeProperties(Object.entries(properties)),
  };
  return storeSend({ header, body, sender }, broker);
}

const sendOne = (broker: BrokerState, properties = {}, sysFlag = 0): Answer =>
  send(broker, { UNIQ_KEY: 'K', ...properties }, Buffer.from('one'), false, sysFlag);

function sendBatch(
  broker: BrokerState,
  bodies: string,
  properties: Record<string, string> = { UNIQ_KEY: 'B' },
): Answer {
  return send(broker, properties, encodeBatchBody(bodies.split('').map((body, i) => member(body, i))), true);
}

const fieldsOf = ({ fields }: Answer): unknown => Object.fromEntries(fields ?? []);
const records = ({ store }: BrokerState): unknown[] =>
  Array.from(store.messages('orders'), ({ queueOffset, sysFlag, properties }) => {
    return { queueOffset, sysFlag, properties: Object.fromEntries(decodeProperties(properties)) };
  });

// What a real 5.5.0 stored and answered.
test('a batch with a unique key becomes one record, that takes an offset for each of its messages', () => {
  const broker = batchCq();
  sendOne(broker);
  const answer = sendBatch(broker, 'abc', { UNIQ_KEY: 'B', WAIT: 'true' });
  expect(answer.code).toBe(0);
  expect(fieldsOf(answer)).toEqual({
    msgId: expect.stringMatching(/^[0-9A-F]{32}$/),
    queueId: '0',
    queueOffset: '1',
    transactionId: 'B',
    batchUniqId: 'B',
    MSG_REGION: 'DefaultRegion',
    TRACE_ON: 'true',
  });
  expect(fieldsOf(sendOne(broker))).toMatchObject({ queueOffset: '4' });
  expect(records(broker)[1]).toEqual({
    queueOffset: 1n,
    sysFlag: 0xc0,
    properties: {
      UNIQ_KEY: 'B',
      WAIT: 'true',
      CLUSTER: 'DefaultCluster',
      MSG_REGION: 'DefaultRegion',
      TRACE_ON: 'true',
      INNER_NUM: '3',
      INNER_BASE: '1',
    },
  });
  expect(broker.store.count('orders')).toBe(5);
});

test('who reads it finds its messages, each at its offset and all at one place', () => {
  const broker = batchCq();
  sendOne(broker);
  sendBatch(broker, 'abc');
  const [single, batch] = broker.store.messages('orders');
  if (single === undefined || batch === undefined) throw new Error('nothing is stored');
  expect(messagesIn(single)).toEqual([single]);
  const read = messagesIn(batch).map(({ body, flag, queueOffset, properties, commitLogOffset, sysFlag }) => {
    return [String(body), flag, queueOffset, properties.split('\u0001')[1]?.slice(0, -1), commitLogOffset, sysFlag];
  });
  const { commitLogOffset } = batch;
  expect(read).toEqual([
    ['a', 0, 1n, 'Ua', commitLogOffset, 0xc0],
    ['b', 1, 2n, 'Ub', commitLogOffset, 0xc0],
    ['c', 2, 3n, 'Uc', commitLogOffset, 0xc0],
  ]);
});

test('where only unique keys are kept, those of the messages are', () => {
  const store = new MessageStore({ storeHost: () => ({ host: '127.0.0.1', port: 1 }), storeBodies: false });
  const broker = { ...batchCq(), store };
  sendBatch(broker, 'ab');
  const read = [...store.messages('orders')].flatMap(messagesIn);
  expect(read.map(({ body, properties }) => [body.length, properties])).toEqual([
    [0, encodeProperties([['UNIQ_KEY', 'Ua']])],
    [0, encodeProperties([['UNIQ_KEY', 'Ub']])],
  ]);
});

test.each([
  ['without a unique key', batchCq(), { WAIT: 'true' }],
  ['to an ordinary topic', batchCq('5.5.0', 'SimpleCQ'), { UNIQ_KEY: 'B' }],
  ['at 4.9.7, where topics have no queue type', batchCq('4.9.7'), { UNIQ_KEY: 'B' }],
])('a batch %s becomes its messages', (_case, broker, properties) => {
  const answer = sendBatch(broker, 'ab', properties);
  expect(answer.fields?.has('batchUniqId')).toBe(false);
  expect(answer.fields?.get('msgId')?.split(',')).toHaveLength(2);
  expect(records(broker)).toMatchObject([{ queueOffset: 0n, sysFlag: 0 }, { queueOffset: 1n }]);
});

test.each([
  ['is delayed', { UNIQ_KEY: 'B', DELAY: '3' }, 1],
  ['has too large properties', { UNIQ_KEY: 'B', p: 'x'.repeat(32_700) }, 1],
  ['is too large', { UNIQ_KEY: 'B' }, 5_000_000],
])('one that %s is refused, and its key told', (_case, properties, bytes) => {
  const broker = batchCq();
  const answer = send(broker, properties, encodeBatchBody([{ ...member('x'), body: Buffer.alloc(bytes) }]), true);
  expect(answer).toMatchObject({ code: 13, remark: expect.stringContaining('the message is illegal') });
  expect(answer.fields).toEqual(new Map([...sendAnswerFields, ['batchUniqId', 'B']]));
  expect(records(broker)).toEqual([]);
});

test('nobody else may say of a message that it is such a record', () => {
  const illegal = { code: 13, fields: sendAnswerFields };
  expect(sendOne(batchCq(), { INNER_NUM: '3' })).toMatchObject(illegal);
  expect(sendOne(batchCq('5.5.0', 'SimpleCQ'), {}, SysFlag.INNER_BATCH | SysFlag.NEED_UNWRAP)).toMatchObject(illegal);
  expect(sendBatch(batchCq('5.5.0', 'SimpleCQ'), 'ab', { UNIQ_KEY: 'B', INNER_NUM: '2' })).toMatchObject(illegal);
  // As it does: the broker counts by itself.
  const broker = batchCq();
  expect(sendBatch(broker, 'ab', { UNIQ_KEY: 'B', INNER_NUM: '7' }).code).toBe(0);
  expect(records(broker)).toMatchObject([{ properties: { INNER_NUM: '2' } }]);
  expect(sendOne(batchCq(), { other: 'INNER_NUM' }).code).toBe(0);
  expect(sendOne(batchCq('4.9.7'), { INNER_NUM: '3' }).code).toBe(0);
});

test('a queue of such records is asked for as any other, but for its ends', () => {
  const broker = batchCq();
  const offsetBy = (handler: Handler<BrokerState>, fields: Record<string, string> = {}): string | undefined =>
    handler
      .answer(requestOf(handler.code, { topic: 'orders', queueId: '0', ...fields }), broker, sender)
      .fields?.get('offset');
  expect([offsetBy(getMinOffset), offsetBy(getMaxOffset)]).toEqual(['-1', '0']);
  sendOne(broker);
  sendBatch(broker, 'abc');
  expect([offsetBy(getMinOffset), offsetBy(getMaxOffset)]).toEqual(['0', '4']);
  // Where nothing is so late, a real one names the beginning of its last record.
  expect(offsetBy(searchOffset, { timestamp: String(Date.now() + 9999) })).toBe('1');
});
