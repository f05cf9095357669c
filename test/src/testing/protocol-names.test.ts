import { requestCodeOf, responseCodeOf } from '../../../src/testing/protocol-names.js';

test('names stand for their numbers, numbers for themselves', () => {
  expect([requestCodeOf('SEND_MESSAGE_V2'), requestCodeOf(310), requestCodeOf(9999)]).toEqual([310, 310, 9999]);
  expect([responseCodeOf('SYSTEM_BUSY'), responseCodeOf(2), responseCodeOf(-7)]).toEqual([2, 2, -7]);
});
