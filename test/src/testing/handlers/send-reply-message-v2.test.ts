import { decodeProperties, encodeProperties } from '../../../../src/protocol/properties.js';
import { sendReplyMessage } from '../../../../src/protocol/requests/send-reply-message.js';
import type { Command } from '../../../../src/protocol/command.js';
import { REPLY_TOPIC } from '../../../../src/testing/broker-state.js';
import { sendReplyMessageV2 } from '../../../../src/testing/handlers/send-reply-message-v2.js';
import type { ReleaseName } from '../../../../src/testing/server-release.js';
import { bytesOfRequest, read } from '../../protocol/frames.js';
import { brokerOf, sender } from '../handler-kit.js';

function replyAt(release: ReleaseName, properties: readonly (readonly [string, string])[]) {
  const broker = brokerOf(release);
  broker.topics.set({ topic: REPLY_TOPIC, readQueues: 1, writeQueues: 1, perm: 6 });
  const pushed: Partial<Command>[] = [];
  broker.clients.heartbeat('requester', [], { ...sender, sendRequest: (request) => void pushed.push(request) });
  const request = sendReplyMessage.request({
    producerGroup: 'g',
    topic: REPLY_TOPIC,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornAt: 5,
    flag: 0,
    properties: encodeProperties(properties),
    body: Buffer.from('the reply'),
  });
  const answer = sendReplyMessageV2.answer(read(bytesOfRequest(request, 'json')), broker, sender);
  return { broker, pushed, answer };
}

test.each(['5.5.0', '4.9.7'] as const)('a reply is brought to who asked, and stored, as %s', (release) => {
  const { broker, pushed, answer } = replyAt(release, [
    ['REPLY_TO_CLIENT', 'requester'],
    ['CORRELATION_ID', 'c'],
  ]);
  expect([answer.code, broker.store.count(REPLY_TOPIC)]).toEqual([0, 1]);
  expect(pushed).toMatchObject([{ code: 326, body: Buffer.from('the reply') }]);
  const properties = decodeProperties(pushed[0]?.fields?.get('properties') ?? '');
  expect([properties.get('CORRELATION_ID'), properties.has('PUSH_REPLY_TIME')]).toEqual(['c', true]);
  expect(properties.has('MSG_REGION')).toBe(release === '5.5.0');
});

test.each([
  [[['REPLY_TO_CLIENT', 'nobody']], 'push reply message fail, channel of <nobody> not found.'],
  [[], 'reply message properties[REPLY_TO_CLIENT] is null'],
] as const)('a reply to %j is refused, and not stored', (properties, remark) => {
  const { broker, answer } = replyAt('5.5.0', properties);
  expect(answer).toMatchObject({ code: 1, remark });
  expect(broker.store.count(REPLY_TOPIC)).toBe(0);
});
