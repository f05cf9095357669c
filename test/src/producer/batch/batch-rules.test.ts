import { batchObstacle, waitsForStore } from '../../../../src/producer/batch/batch-rules.js';

const of = (topic: string, properties = '') => ({ message: { topic, body: 'b' }, properties });

test('ordinary messages may be in a batch', () => {
  expect(batchObstacle(of('orders', 'KEYS\u0001k\u0002'))).toBeUndefined();
  expect(batchObstacle(of('RETRY%orders'))).toBeUndefined();
});

test('messages to retry topics may not', () => {
  expect(batchObstacle(of('%RETRY%group'))).toMatchObject({ code: 'RMQ_MESSAGE_INVALID', rule: 'batch-retry-topic' });
});

test.each([[{ delivery: { delayLevel: 1 } }], [{ priority: 1 }], [{ liteTopic: 'a' }]])('%j may not', (special) => {
  const message = { topic: 'orders', body: 'b', ...special };
  expect(batchObstacle({ message, properties: '' })).toMatchObject({
    code: 'RMQ_MESSAGE_INVALID',
    rule: 'batch-special',
  });
});

test('properties leave room for what 4.9.7 adds, measured in bytes', () => {
  const limit = 32_767 - 512;
  expect(batchObstacle(of('orders', 'x'.repeat(limit)))).toBeUndefined();
  expect(batchObstacle(of('orders', 'x'.repeat(limit + 1)))).toMatchObject({
    code: 'RMQ_MESSAGE_TOO_LARGE',
    rule: 'batch-properties-size',
  });
  expect(batchObstacle(of('orders', 'é'.repeat(limit / 2 + 1)))).toBeDefined();
  expect(batchObstacle(of('orders', 'é'.repeat(limit / 2 - 1)))).toBeUndefined();
});

test('a message waits for its store unless it says otherwise', () => {
  expect(waitsForStore({ topic: 't', body: 'b' })).toBe(true);
  expect(waitsForStore({ topic: 't', body: 'b', waitStoreMsgOk: false })).toBe(false);
});
