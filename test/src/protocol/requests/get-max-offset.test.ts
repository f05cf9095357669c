import { getMaxOffset } from '../../../../src/protocol/requests/get-max-offset.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(getMaxOffset, {
  request: { topic: 't', queueId: 1, committed: true, brokerName: 'b' },
  response: { offset: 9_007_199_254_740_993n },
  requiredOfRequest: ['topic', 'queueId'],
  requiredOfResponse: ['offset'],
  wrong: { queueId: 'x', committed: '1', offset: '1.5' },
});

test('the frames of the Java client and of a broker are understood', () => {
  const request = read(goldenFrame('5.5.0/queries', ({ code }) => code === 30).bytes);
  const answer = read(goldenFrame('5.5.0/queries', ({ answers }) => answers === 30).bytes);
  expect(getMaxOffset.decodeRequest(request)).toEqual({
    topic: 'GoldenTopic',
    queueId: 1,
    committed: true,
    brokerName: 'broker-a',
  });
  expect(getMaxOffset.decodeResponse(answer)).toEqual({ offset: 3n });
});
