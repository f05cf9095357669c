import { formatRecallHandle } from '../../../../src/protocol/recall-handle.js';
import { recallMessage } from '../../../../src/testing/handlers/recall-message.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

const handleOf = (changes: object = {}): string =>
  formatRecallHandle({
    topic: 'orders',
    brokerName: 'broker-a',
    deliverAt: Date.now() + 60_000,
    uniqueKey: 'K',
    ...changes,
  });
const recall = (recallHandle: string, topic = 'orders', broker = brokerOf()) =>
  recallMessage.answer(requestOf(370, { topic, recallHandle }), broker, sender);

test('what waits under the key is taken back, and the answer names the key', () => {
  const broker = brokerOf();
  const message = { topic: 'orders', queueId: 0, flag: 0, sysFlag: 0, bornAt: 0, bornPort: 0, reconsumeTimes: 0 };
  broker.delayed.add({
    dueAt: Date.now() + 60_000,
    recall: { topic: 'orders', uniqueKey: 'K' },
    toStore: () => ({ ...message, body: Buffer.from('x'), properties: '' }),
  });
  const answer = recall(handleOf(), 'orders', broker);
  expect([broker.delayed.size, answer]).toEqual([
    0,
    {
      code: 0,
      remark: 'not set any response code',
      fields: new Map([
        ['msgId', 'K'],
        ['MSG_REGION', 'DefaultRegion'],
      ]),
    },
  ]);
});

test.each([
  [
    'a topic that does not exist',
    () => recall(handleOf(), 'nothing'),
    17,
    'recall failed, the topic[nothing] not exist',
  ],
  ['what is no handle', () => recall('abc'), 604, 'recall handle is invalid'],
  ['another topic', () => recall(handleOf({ topic: 'x' })), 604, 'recall failed, topic not match'],
  ['another broker', () => recall(handleOf({ brokerName: 'x' })), 604, 'recall failed, broker service not available'],
  ['a message that is due', () => recall(handleOf({ deliverAt: 1 })), 604, 'recall failed, timestamp invalid'],
])('%s is refused', (_, answer, code, remark) => {
  expect(answer()).toMatchObject({ code, remark, fields: new Map([['MSG_REGION', 'DefaultRegion']]) });
});

test('a broker refuses everything unless it is enabled', () => {
  expect(recall(handleOf(), 'orders', { ...brokerOf(), recallsMessages: false })).toMatchObject({
    code: 16,
    remark: 'recall failed, operation is forbidden',
  });
});

test('4.x does not know the request', () => {
  expect(recall(handleOf(), 'orders', brokerOf('4.9.7'))).toMatchObject({ code: 3 });
});
