import { getEarliestStoreTime } from '../../../../src/protocol/requests/get-earliest-store-time.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(getEarliestStoreTime, {
  request: { topic: 't', queueId: 1, brokerName: 'b' },
  response: { timestamp: -1 },
  requiredOfRequest: ['topic', 'queueId'],
  requiredOfResponse: ['timestamp'],
  wrong: { queueId: 'x', timestamp: 'x' },
});

test('the frames of the Java client and of a broker are understood', () => {
  const request = read(goldenFrame('5.5.0/queries', ({ code }) => code === 32).bytes);
  const answer = read(goldenFrame('5.5.0/queries', ({ answers }) => answers === 32).bytes);
  expect(getEarliestStoreTime.decodeRequest(request)).toEqual({
    topic: 'GoldenTopic',
    queueId: 1,
    brokerName: 'broker-a',
  });
  expect(getEarliestStoreTime.decodeResponse(answer)).toEqual({ timestamp: 1_795_187_564_382 });
});
