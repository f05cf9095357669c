import { decodeStoredMessages } from '../../../../src/protocol/stored-message.js';
import { viewMessage } from '../../../../src/testing/handlers/view-message.js';
import { brokerOf, fill, requestOf, sender } from '../handler-kit.js';

test('the message at a place is given as it is stored; a place without one is told so', () => {
  const broker = brokerOf();
  fill(broker, 3);
  const second = broker.store.read('orders', 0, 1, 1, 1000).messages[0];
  const view = (offset: bigint | undefined) =>
    viewMessage.answer(requestOf(33, { offset: String(offset) }), broker, sender);
  expect(decodeStoredMessages(Buffer.from(view(second?.commitLogOffset).body ?? []))[0]).toEqual(second);
  expect(view(7n)).toEqual({ code: 1, remark: 'can not find message by the offset, 7' });
});
