import { unregisterClient } from '../../../../src/protocol/requests/unregister-client.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { bytesOfRequest, read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(unregisterClient, {
  request: { clientId: '192.0.2.2@1#2', producerGroup: 'g', consumerGroup: 'c' },
  response: {},
  requiredOfRequest: ['clientID'],
  requiredOfResponse: [],
});

test('the frames of the Java client and of a broker are understood', () => {
  const recorded = read(goldenFrame('5.5.0/unregister', ({ code }) => code === 35).bytes);
  const request = unregisterClient.decodeRequest(recorded);
  expect(request).toEqual({ clientId: '192.0.2.2@11516#1586590320953', producerGroup: 'golden_producer' });
  expect(read(bytesOfRequest(unregisterClient.request(request), 'json')).fields()).toEqual(recorded.fields());
  const answer = read(goldenFrame('5.5.0/unregister', ({ answers }) => answers === 35).bytes);
  expect(unregisterClient.decodeResponse(answer)).toEqual({});
});

test('an authentication failure is an error', () => {
  for (const scenario of ['5.5.0/auth-missing', '4.9.7/auth-missing']) {
    const answer = read(goldenFrame(scenario, ({ answers }) => answers === 35).bytes);
    expect(() => unregisterClient.decodeResponse(answer)).toThrow(
      expect.objectContaining({ code: 'RMQ_ACCESS_DENIED' }),
    );
  }
});
