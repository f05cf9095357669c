import { recallMessage } from '../../../../src/protocol/requests/recall-message.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(recallMessage, {
  request: { producerGroup: 'g', topic: 't', recallHandle: 'h', brokerName: 'b' },
  response: { msgId: 'K' },
  requiredOfRequest: ['topic', 'recallHandle'],
  requiredOfResponse: ['msgId'],
});

test('the frames of the Java client and of a broker are understood', () => {
  const request = read(goldenFrame('5.5.0/timer-deliver-recall', ({ code }) => code === 370).bytes);
  const answer = read(goldenFrame('5.5.0/timer-deliver-recall', ({ answers }) => answers === 370).bytes);
  expect(recallMessage.decodeRequest(request)).toMatchObject({
    producerGroup: 'golden_producer',
    topic: 'GoldenTopic',
    brokerName: 'broker-p',
  });
  expect(recallMessage.decodeResponse(answer)).toEqual({
    msgId: 'FD00000000000000000000000000000226B84E0E2F2A651A5D3A0000',
    regionId: 'DefaultRegion',
  });
});

test('a broker that does not let messages be recalled is no broker that denies access', () => {
  const refusal = read(goldenFrame('5.5.0/recall-disabled', ({ answers }) => answers === 370).bytes);
  expect(() => recallMessage.decodeResponse(refusal)).toThrow(expect.objectContaining({ code: 'RMQ_RECALL_DISABLED' }));
});
