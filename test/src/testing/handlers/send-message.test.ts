import { sendMessage } from '../../../../src/testing/handlers/send-message.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

test('every field under its long name reaches the store', () => {
  const broker = brokerOf();
  const identity = { producerGroup: 'g', topic: 'orders', defaultTopic: 'TBW102', defaultTopicQueueNums: '4' };
  const rest = { sysFlag: '1', bornTimestamp: '1700000000123', flag: '5', reconsumeTimes: '2', unitMode: 'false' };
  const more = { queueId: '2', properties: 'UNIQ_KEY\u0001K\u0002', batch: 'false', bname: 'broker-a' };
  const request = requestOf(10, { ...identity, ...rest, ...more }, Buffer.from('body'));
  expect(sendMessage.answer(request, broker, sender).fields?.get('transactionId')).toBe('K');
  expect([...broker.store.messages('orders')]).toMatchObject([
    { queueId: 2, sysFlag: 1, bornAt: 1_700_000_000_123, flag: 5, reconsumeTimes: 2 },
  ]);
});
