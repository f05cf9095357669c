import { encodeBatchBody } from '../../../../src/protocol/batch-body.js';
import { sendBatchMessage } from '../../../../src/testing/handlers/send-batch-message.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';
import { sendFields } from '../raw-client.js';

test('the messages of a batch are stored one behind the other', () => {
  const broker = brokerOf();
  const members = ['1', '2', '3'].map((body) => ({ flag: 0, body: Buffer.from(body), properties: '' }));
  const request = requestOf(320, sendFields({ b: 'orders', e: '1', m: 'true' }), encodeBatchBody(members));
  const { code, fields } = sendBatchMessage.answer(request, broker, sender);
  expect([code, fields?.get('queueOffset')]).toEqual([0, '0']);
  expect(fields?.get('msgId')?.split(',')).toHaveLength(3);
  const stored = Array.from(broker.store.messages('orders'), ({ queueId, body }) => `${queueId} ${body.toString()}`);
  expect(stored).toEqual(['1 1', '1 2', '1 3']);
});
