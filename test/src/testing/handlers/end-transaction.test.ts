import { endTransaction } from '../../../../src/testing/handlers/end-transaction.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

const fields = {
  producerGroup: 'g',
  commitLogOffset: '0',
  tranStateTableOffset: '0',
  msgId: 'K',
};

test('an end that is not known is not answered', () => {
  const request = requestOf(37, { ...fields, commitOrRollback: '0' });
  expect(endTransaction.answer(request, brokerOf(), sender)).toBeUndefined();
});

test('the end of a transaction that the broker does not know is refused', () => {
  const request = requestOf(37, { ...fields, commitOrRollback: '8' });
  expect(endTransaction.answer(request, brokerOf(), sender)).toMatchObject({ code: 1 });
});
