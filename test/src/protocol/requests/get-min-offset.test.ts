import { getMinOffset } from '../../../../src/protocol/requests/get-min-offset.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(getMinOffset, {
  request: { topic: 't', queueId: 1, brokerName: 'b' },
  response: { offset: -1n },
  requiredOfRequest: ['topic', 'queueId'],
  requiredOfResponse: ['offset'],
  wrong: { queueId: 'x', offset: 'x' },
});

test('the frames of the Java client and of a broker are understood', () => {
  const request = read(goldenFrame('5.5.0/queries', ({ code }) => code === 31).bytes);
  const answer = read(goldenFrame('5.5.0/queries', ({ answers }) => answers === 31).bytes);
  expect(getMinOffset.decodeRequest(request)).toEqual({ topic: 'GoldenTopic', queueId: 1, brokerName: 'broker-a' });
  expect(getMinOffset.decodeResponse(answer)).toEqual({ offset: 0n });
});
