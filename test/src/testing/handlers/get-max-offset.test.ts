import { getMaxOffset } from '../../../../src/testing/handlers/get-max-offset.js';
import { brokerOf, fill, requestOf, sender } from '../handler-kit.js';

test.each([
  ['orders', 0, 3],
  ['orders', 1, 0],
  ['orders', 99, 0],
  ['missing', 0, 0],
])('queue %s %d ends at %d', (topic, queueId, offset) => {
  const broker = brokerOf();
  fill(broker, 3);
  const request = requestOf(30, { topic, queueId: String(queueId), committed: 'true', bname: 'broker-a' });
  expect(getMaxOffset.answer(request, broker, sender)).toEqual({
    code: 0,
    fields: new Map([['offset', String(offset)]]),
  });
});
