import { getMinOffset } from '../../../../src/testing/handlers/get-min-offset.js';
import { brokerOf, fill, requestOf, sender } from '../handler-kit.js';

test.each([
  ['5.5.0', ''],
  ['4.9.7', undefined],
] as const)('every queue begins at 0, which %s says with the remark %j', (release, remark) => {
  const broker = brokerOf(release);
  fill(broker, 3);
  const answer = getMinOffset.answer(requestOf(31, { topic: 'orders', queueId: '0' }), broker, sender);
  expect(answer).toEqual({ code: 0, fields: new Map([['offset', '0']]), remark });
});
