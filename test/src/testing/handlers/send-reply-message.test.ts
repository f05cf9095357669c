import type { Command } from '../../../../src/protocol/command.js';
import { REPLY_TOPIC } from '../../../../src/testing/broker-state.js';
import { sendReplyMessage } from '../../../../src/testing/handlers/send-reply-message.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

const properties = 'REPLY_TO_CLIENT\u0001requester\u0002';
const fields = {
  producerGroup: 'g',
  topic: REPLY_TOPIC,
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: '4',
  queueId: '0',
  sysFlag: '0',
  bornTimestamp: '5',
  flag: '7',
  properties,
};

test('a reply under long names is brought to who asked', async () => {
  const broker = brokerOf();
  broker.topics.set({ topic: REPLY_TOPIC, readQueues: 1, writeQueues: 1, perm: 6 });
  const pushed: Partial<Command>[] = [];
  const ask: typeof sender.ask = (request) => Promise.resolve(pushed.push(request) - 1);
  broker.clients.heartbeat('requester', ['g'], { ...sender, ask });
  expect(sendReplyMessage.code).toBe(324);
  expect(await sendReplyMessage.answer(requestOf(324, fields, Buffer.from('re')), broker, sender)).toMatchObject({
    code: 0,
  });
  expect(pushed).toHaveLength(1);
  expect(Object.fromEntries(pushed[0]?.fields ?? [])).toMatchObject({ ...fields, properties: expect.anything() });
});
