import type { Command } from '../../../../src/protocol/command.js';
import { REPLY_TOPIC } from '../../../../src/testing/broker-state.js';
import { sendReplyMessageV2 } from '../../../../src/testing/handlers/send-reply-message-v2.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

const properties = 'REPLY_TO_CLIENT\u0001requester\u0002';
const fields = { a: 'g', b: REPLY_TOPIC, c: 'TBW102', d: '4', e: '0', f: '0', g: '5', h: '7', i: properties };

test('a reply is brought to who asked', async () => {
  const broker = brokerOf();
  broker.topics.set({ topic: REPLY_TOPIC, readQueues: 1, writeQueues: 1, perm: 6 });
  const pushed: Partial<Command>[] = [];
  const ask: typeof sender.ask = (request) => Promise.resolve(pushed.push(request) - 1);
  broker.clients.heartbeat('requester', ['g'], { ...sender, ask });
  expect(sendReplyMessageV2.code).toBe(325);
  expect(await sendReplyMessageV2.answer(requestOf(325, fields, Buffer.from('re')), broker, sender)).toMatchObject({
    code: 0,
  });
  expect(pushed).toHaveLength(1);
  expect(Object.fromEntries(pushed[0]?.fields ?? [])).toMatchObject({ topic: REPLY_TOPIC, queueId: '0', flag: '7' });
});
