import { inspect } from 'node:util';
import { createError } from '../../../../src/errors/rocketmq-error.js';
import { Failure, Receipt, Unconfirmed } from '../../../../src/producer/message/outcome.js';
import { printsOf } from '../../../printers.js';

const message = {
  topic: 'orders',
  body: 'secret body',
  tag: 'tag',
  keys: ['k'],
  properties: { p: 'secret' },
  context: 7,
};
const sent = { message, context: 7, msgId: 'ID', attempt: 2, startedAt: 100, handedInAt: 100 };
const context = { row: 'secret row' };
const secretly = { ...sent, message: { ...message, context }, context };
const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 1 };
const answer = { status: 'SEND_OK', offsetMsgId: 'OFFSET', queueId: 1, queueOffset: 2n ** 60n } as const;
const lost = {
  brokerName: 'broker-a',
  address: 'a:1',
  elapsedMs: 5,
  error: createError('RMQ_CONNECTION_LOST', 'lost'),
};

describe('a receipt', () => {
  test('says where the message is, after how many attempts and how long', () => {
    expect(new Receipt(sent, queue, answer, 130)).toMatchObject({
      ok: true,
      status: 'SEND_OK',
      msgId: 'ID',
      offsetMsgId: 'OFFSET',
      queueOffset: 2n ** 60n,
      attempts: 2,
      elapsedMs: 30,
      totalMs: 30,
      context: 7,
    });
  });

  test('names the queue that the broker took, which may be another than it was sent to', () => {
    expect(new Receipt(sent, queue, answer, 130).queue).toBe(queue);
    expect(new Receipt(sent, queue, { ...answer, queueId: 3 }, 130).queue).toEqual({ ...queue, queueId: 3 });
  });
});

describe('a failure', () => {
  const failed = { message, context: 7, msgId: 'ID' };
  const because = (stored: 'no' | 'maybe') =>
    ({ stage: 'send', error: createError('RMQ_BROKER_BUSY', 'busy', { stored }) }) as const;

  test.each([
    ['no', 'no', []],
    ['maybe', 'maybe', []],
    ['maybe', 'no', [lost]],
  ] as const)('is stored %s: its last error says %s, before it %j', (stored, last, attempts) => {
    expect(new Failure(failed, because(last), attempts)).toMatchObject({ stored, attempts });
  });
});

describe.each([
  ['a receipt', new Receipt(secretly, queue, answer, 130), 'OFFSET'],
  ['a oneway receipt', new Unconfirmed(secretly, queue), 'UNCONFIRMED'],
  ['a failure', new Failure(secretly, { stage: 'send', error: lost.error }, [lost]), 'RMQ_CONNECTION_LOST'],
])('%s in a log', (_, outcome, fact) => {
  test('names the message', () => {
    for (const text of [JSON.stringify(outcome), inspect(outcome), inspect([outcome], { depth: 9 })]) {
      expect(text).toContain(fact);
      expect(text).toContain('orders');
    }
  });

  test('shows neither body nor properties nor context, however it is printed, copied or cloned', () => {
    expect(printsOf(outcome, ['secret'])).toEqual([]);
  });

  test('gives both to who asks for them', () => {
    expect(outcome.message).toBe(secretly.message);
    expect(outcome.context).toBe(context);
  });
});
