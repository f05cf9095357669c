import { encodeBatchBody } from '../../../../src/protocol/batch-body.js';
import { sendBatchMessage } from '../../../../src/testing/handlers/send-batch-message.js';
import { sendMessageV2 } from '../../../../src/testing/handlers/send-message-v2.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';
import { sendFields } from '../raw-client.js';

const member = (body: string) => ({ flag: 0, body: Buffer.from(body), properties: '' });

test.each(['json', 'binary'] as const)('every field of a %s header reaches the store', (encoding) => {
  const broker = brokerOf();
  const properties = 'UNIQ_KEY\u0001K\u0002KEYS\u0001ключ\u0002';
  const fields = sendFields({ b: 'orders', e: '3', f: '769', g: '1700000000123', h: '-7', i: properties, j: '2' });
  const request = requestOf(310, fields, Buffer.from('body'), encoding);
  expect(sendMessageV2.answer(request, broker, sender).code).toBe(0);
  expect([...broker.store.messages('orders')]).toMatchObject([
    { queueId: 3, sysFlag: 769, bornAt: 1_700_000_000_123, flag: -7, reconsumeTimes: 2, bornHost: { port: 6 } },
  ]);
  const [stored] = broker.store.messages('orders');
  expect(stored?.body.toString()).toBe('body');
  expect(stored?.properties).toContain('KEYS\u0001ключ\u0002');
});

test('what is stored does not change with the buffer it came in', () => {
  const broker = brokerOf();
  const request = requestOf(310, sendFields({ b: 'orders' }), Buffer.from('body'));
  sendMessageV2.answer(request, broker, sender);
  request.body.fill(0);
  expect(Array.from(broker.store.messages('orders'), ({ body }) => body.toString())).toEqual(['body']);
});

test('the header makes a batch, not the code', () => {
  const broker = brokerOf();
  const body = encodeBatchBody([member('1'), member('2')]);
  sendMessageV2.answer(requestOf(310, sendFields({ b: 'orders', m: 'true' }), body), broker, sender);
  expect(broker.store.count('orders')).toBe(2);
  sendBatchMessage.answer(requestOf(320, sendFields({ b: 'orders', m: 'false' }), body), broker, sender);
  expect(broker.store.count('orders')).toBe(3);
});
