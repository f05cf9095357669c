import { decodeStoredMessages } from '../../../../src/protocol/stored-message.js';
import type { Answer } from '../../../../src/testing/answer.js';
import type { BrokerState } from '../../../../src/testing/broker-state.js';
import { pullMessage } from '../../../../src/testing/handlers/pull-message.js';
import { brokerOf, fill, requestOf, sender } from '../handler-kit.js';

function pull(broker: BrokerState, changes: Readonly<Record<string, string>> = {}): Answer {
  const place = { consumerGroup: 'g', topic: 'orders', queueId: '0', queueOffset: '0', maxMsgNums: '32' };
  const rest = { sysFlag: '4', commitOffset: '0', suspendTimeoutMillis: '0', subscription: '*', subVersion: '0' };
  return pullMessage.answer(requestOf(11, { ...place, ...rest, ...changes }), broker, sender);
}

const offsetsIn = ({ body }: Answer): bigint[] =>
  decodeStoredMessages(Buffer.from(body ?? [])).map(({ queueOffset }) => queueOffset);

test('messages come as they are stored, with the range of the queue', () => {
  const broker = brokerOf();
  fill(broker, 3);
  const { body, ...answer } = pull(broker, { queueOffset: '1' });
  expect({ ...answer, fields: Object.fromEntries(answer.fields ?? []) }).toEqual({
    code: 0,
    remark: 'FOUND',
    fields: {
      suggestWhichBrokerId: '0',
      nextBeginOffset: '3',
      minOffset: '0',
      maxOffset: '3',
      topicSysFlag: '0',
      groupSysFlag: '0',
    },
  });
  expect(decodeStoredMessages(Buffer.from(body ?? []))).toEqual([...broker.store.messages('orders')].slice(1));
});

test('4.9.7 tells no system flags', () => {
  const broker = brokerOf('4.9.7');
  fill(broker, 1);
  expect([...(pull(broker).fields?.keys() ?? [])]).not.toContain('topicSysFlag');
});

test('no more than 32 messages are handed out, and no more than asked for', () => {
  const broker = brokerOf();
  fill(broker, 50);
  expect(offsetsIn(pull(broker, { maxMsgNums: '100' }))).toHaveLength(32);
  expect(offsetsIn(pull(broker, { maxMsgNums: '5', queueOffset: '48' }))).toEqual([48n, 49n]);
  expect(offsetsIn(pull(broker, { maxMsgNums: '5' }))).toHaveLength(5);
});

test('no more than 256 KiB are handed out, but at least one message', () => {
  const broker = brokerOf();
  fill(broker, 5, 100_000);
  expect(offsetsIn(pull(broker))).toEqual([0n, 1n]);
  const large = brokerOf();
  fill(large, 2, 1_000_000);
  expect(offsetsIn(pull(large))).toEqual([0n]);
});

test.each([
  ['at its end', 3, '3', 19, 'OFFSET_OVERFLOW_ONE', '3'],
  ['beyond its end', 3, '4', 21, 'OFFSET_OVERFLOW_BADLY', '3'],
  ['before its begin', 3, '-1', 21, 'OFFSET_TOO_SMALL', '0'],
  ['at the begin of an empty one', 0, '0', 19, 'NO_MESSAGE_IN_QUEUE', '0'],
  ['elsewhere in an empty one', 0, '5', 21, 'NO_MESSAGE_IN_QUEUE', '0'],
])('a queue has nothing %s', (_, count, queueOffset, code, remark, nextBeginOffset) => {
  const broker = brokerOf();
  fill(broker, count);
  const answer = pull(broker, { queueOffset });
  expect(answer).toMatchObject({ code, remark });
  expect(answer.fields?.get('nextBeginOffset')).toBe(nextBeginOffset);
  expect(answer.body).toHaveLength(0);
});

test.each([
  ['a missing topic', { topic: 'missing' }, 17, /^topic\[missing] not exist, apply first please! \nSee/],
  [
    'a queue that does not exist',
    { queueId: '4' },
    29,
    /^queueId\[4] is illegal, topic:\[orders] topicConfig.readQueueNums:\[4] consumer:\[\/127.0.0.1:6]$/,
  ],
  ['a group without a subscription', { sysFlag: '0' }, 24, /^the consumer's group info not exist/],
] as const)('%s is refused', (_, changes, code, remark) => {
  expect(pull(brokerOf(), changes)).toEqual({ code, remark: expect.stringMatching(remark) });
});

test('4.9.7 has no code of its own for an impossible queue', () => {
  expect(pull(brokerOf('4.9.7'), { queueId: '4' })).toMatchObject({ code: 1 });
});
