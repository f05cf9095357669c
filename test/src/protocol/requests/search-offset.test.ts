import { searchOffset } from '../../../../src/protocol/requests/search-offset.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(searchOffset, {
  request: { topic: 't', queueId: 1, timestamp: 1_700_000_000_000, boundary: 'UPPER', brokerName: 'b' },
  response: { offset: 7n },
  requiredOfRequest: ['topic', 'queueId', 'timestamp'],
  requiredOfResponse: ['offset'],
  wrong: { queueId: 'x', timestamp: 'x', offset: 'x' },
});

test('the frames of the Java client and of a broker are understood', () => {
  const request = read(goldenFrame('5.5.0/queries', ({ code }) => code === 29).bytes);
  const answer = read(goldenFrame('5.5.0/queries', ({ answers }) => answers === 29).bytes);
  expect(searchOffset.decodeRequest(request)).toEqual({
    topic: 'GoldenTopic',
    queueId: 1,
    timestamp: 1_795_187_533_748,
    boundary: 'LOWER',
    brokerName: 'broker-a',
  });
  expect(searchOffset.decodeResponse(answer)).toEqual({ offset: 0n });
});
