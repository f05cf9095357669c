import { decodeProperties } from '../../../../src/protocol/properties.js';
import { sendReplyMessage } from '../../../../src/protocol/requests/send-reply-message.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { command, read, readCommand } from '../frames.js';
import { testSameShape } from './same-shape.js';
import { plainSend, requiredOfSend } from './send-sample.js';

testSameShape(sendReplyMessage, {
  request: {
    ...plainSend,
    topic: 'DefaultCluster_REPLY_TOPIC',
    queueId: 0,
    properties: 'MSG_TYPE\u0001reply\u0002',
  },
  response: { status: 'SEND_OK', offsetMsgId: '0', queueId: 0, queueOffset: 0n },
  ...requiredOfSend,
  wrong: { d: '', e: 'x', queueId: 'x' },
});

test.each(['5.5.0', '4.9.7'])('the frames of the Java client and of a broker of %s are understood', (release) => {
  const request = read(goldenFrame(`${release}/request-reply`, ({ code }) => code === 325).bytes);
  const answer = read(goldenFrame(`${release}/request-reply`, ({ answers }) => answers === 325).bytes);
  const { topic, properties = '', body } = sendReplyMessage.decodeRequest(request);
  expect(topic).toBe('DefaultCluster_REPLY_TOPIC');
  expect(Object.fromEntries(decodeProperties(properties))).toMatchObject({ MSG_TYPE: 'reply', TTL: '8000' });
  expect(Buffer.from(body).toString()).toContain('reply');
  expect(sendReplyMessage.decodeResponse(answer)).toMatchObject({ status: 'SEND_OK', queueId: 0, queueOffset: 0n });
});

test.each([
  'push reply message fail, channel of <192.0.2.2@requester> not found.',
  'push reply message to 192.0.2.2@requesterfail.',
])('a requester that cannot be reached is told apart from other errors of a broker: %s', (remark) => {
  const refused = readCommand(command({ code: 1, remark }));
  expect(() => sendReplyMessage.decodeResponse(refused)).toThrow(
    expect.objectContaining({ code: 'RMQ_REQUESTER_MISSING', stored: 'maybe' }),
  );
});
