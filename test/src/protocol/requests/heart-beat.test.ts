import { heartBeat } from '../../../../src/protocol/requests/heart-beat.js';
import { goldenFrames } from '../../../golden/golden-frames.js';
import { bytesOfRequest, command, expectViolation, read, readCommand } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(heartBeat, {
  request: { clientId: '192.0.2.2@1#2', producerGroups: ['CLIENT_INNER_PRODUCER', 'grüppe "1"'] },
  response: { supportsHeartBeatV2: true, isSubscriptionChanged: false },
  requiredOfRequest: [],
  requiredOfResponse: [],
  wrong: { IS_SUB_CHANGE: 'maybe' },
});

// Written by the Java classes.
test('the body has the bytes of Java', () => {
  const request = heartBeat.request({ clientId: '127.0.0.1@1#2', producerGroups: ['pg'] });
  expect(read(bytesOfRequest(request, 'binary')).body.toString()).toBe(
    '{"clientID":"127.0.0.1@1#2","consumerDataSet":[],"heartbeatFingerprint":0,"producerDataSet":[{"groupName":"pg"}],"withoutSub":false}',
  );
});

test.each(['5.5.0/heartbeat', '4.9.7/heartbeat', '5.5.0/binary-heartbeat', '5.5.0-on-4.9.7/heartbeat'])(
  'requests and answers of %s are read',
  (scenario) => {
    const frames = goldenFrames(scenario).map(({ bytes, answers }) => ({ frame: read(bytes), answers }));
    for (const { frame, answers } of frames) {
      if (frame.code === heartBeat.code && !frame.isResponse) {
        const { clientId, producerGroups } = heartBeat.decodeRequest(frame);
        expect(clientId).toMatch(/^192\.0\.2\.2@/);
        expect([...producerGroups].sort()).toEqual(['CLIENT_INNER_PRODUCER', 'golden_producer']);
        if (scenario === '5.5.0/heartbeat') {
          const ours = read(bytesOfRequest(heartBeat.request({ clientId, producerGroups }), 'json'));
          expect(ours.body.toString()).toBe(frame.body.toString());
        }
      } else if (answers === heartBeat.code) {
        const says5x = frame.version >= 413 ? true : undefined;
        expect(heartBeat.decodeResponse(frame)).toEqual({ supportsHeartBeatV2: says5x, isSubscriptionChanged: says5x });
      }
    }
  },
);

test('a body that is no heartbeat is a violation; entries that make no sense are left out', () => {
  const decode = (body: string): unknown => heartBeat.decodeRequest(readCommand(command({ body: Buffer.from(body) })));
  for (const body of ['', '{', '[]', '{}', '{"clientID":5}', 'x'.repeat(2_000_000)])
    expectViolation(() => decode(body));
  expect(decode('{"clientID":"c","producerDataSet":[1,{},{"groupName":7},{"groupName":"g"}]}')).toEqual({
    clientId: 'c',
    producerGroups: ['g'],
  });
  expect(decode('{"clientID":"c","producerDataSet":"none"}')).toEqual({ clientId: 'c', producerGroups: [] });
});
