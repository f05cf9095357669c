import { getEarliestStoreTime } from '../../../../src/testing/handlers/get-earliest-store-time.js';
import { brokerOf, fill, requestOf, sender } from '../handler-kit.js';

test('it is the time of the first message, and -1 where there is none', () => {
  const broker = brokerOf();
  const ask = () =>
    getEarliestStoreTime
      .answer(requestOf(32, { topic: 'orders', queueId: '0' }), broker, sender)
      .fields?.get('timestamp');
  expect(ask()).toBe('-1');
  fill(broker, 2);
  expect(ask()).toBe(String(broker.store.read('orders', 0, 0, 1, 1).messages[0]?.storedAt));
});
