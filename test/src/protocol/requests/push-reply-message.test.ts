import { decodeProperties } from '../../../../src/protocol/properties.js';
import { pushReplyMessage } from '../../../../src/protocol/requests/push-reply-message.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { read } from '../frames.js';
import { testSameShape } from './same-shape.js';
import { plainSend } from './send-sample.js';

testSameShape(pushReplyMessage, {
  request: {
    ...plainSend,
    topic: 'DefaultCluster_REPLY_TOPIC',
    queueId: 0,
    properties: 'CORRELATION_ID\u0001c\u0002',
    reconsumeTimes: 0,
    unitMode: false,
    bornHost: '127.0.0.1:1',
    storeHost: '127.0.0.1:2',
    storedAt: 1_700_000_000_001,
  },
  response: {},
  requiredOfRequest: [
    'producerGroup',
    'topic',
    'defaultTopic',
    'defaultTopicQueueNums',
    'queueId',
    'sysFlag',
    'bornTimestamp',
    'flag',
    'bornHost',
    'storeHost',
    'storeTimestamp',
  ],
  requiredOfResponse: [],
  wrong: { sysFlag: 'x', storeTimestamp: 'x', unitMode: '1' },
});

test.each(['5.5.0', '4.9.7'])(
  'the push of a broker of %s and the answer of the Java client are understood',
  (release) => {
    const push = read(goldenFrame(`${release}/request-reply`, ({ code }) => code === 326).bytes);
    const answer = read(goldenFrame(`${release}/request-reply`, ({ answers }) => answers === 326).bytes);
    const { topic, properties = '', body } = pushReplyMessage.decodeRequest(push);
    expect(topic).toBe('DefaultCluster_REPLY_TOPIC');
    expect(decodeProperties(properties).get('PUSH_REPLY_TIME')).toMatch(/^\d{13}$/);
    expect(body).toHaveLength(24);
    expect(pushReplyMessage.decodeResponse(answer)).toEqual({});
  },
);
