import { getRouteInfo } from '../../../../src/protocol/requests/get-route-info.js';
import { goldenFrames } from '../../../golden/golden-frames.js';
import { bytesOf, read } from '../frames.js';
import { testSameShape } from './same-shape.js';

testSameShape(getRouteInfo, {
  request: { topic: 'GoldenTopic', acceptStandardJsonOnly: true },
  response: {
    orderTopicConf: undefined,
    queueDatas: [{ brokerName: 'a', readQueueNums: 4, writeQueueNums: 4, perm: 6, topicSysFlag: 0 }],
    brokerDatas: [{ cluster: 'c', brokerName: 'a', brokerAddrs: new Map([[0, '127.0.0.1:10911']]), zoneName: 'z' }],
    topicQueueMappings: new Map(),
  },
  requiredOfRequest: ['topic'],
  requiredOfResponse: [],
  wrong: { acceptStandardJsonOnly: 'yes' },
});

test('the frames of the Java client and of a name server are understood', () => {
  const [asked, answered, askedUnknown, refused] = goldenFrames('5.5.0/route-lookup').map(({ bytes }) => read(bytes));
  if (!asked || !answered || !askedUnknown || !refused) throw new Error('the recording is not complete');
  expect(getRouteInfo.decodeRequest(asked)).toEqual({ topic: 'GoldenTopic' });
  expect(getRouteInfo.decodeResponse(answered).queueDatas.map(({ brokerName }) => brokerName)).toEqual([
    'broker-b',
    'broker-a',
  ]);
  expect(getRouteInfo.decodeRequest(askedUnknown)).toEqual({ topic: 'GoldenNoSuchTopic' });
  expect(() => getRouteInfo.decodeResponse(refused)).toThrow(expect.objectContaining({ code: 'RMQ_TOPIC_MISSING' }));
});

test('the answer has the bytes of a name server, but for the order of its entries', () => {
  const recorded = goldenFrames('5.5.0/route-lookup')[1];
  const frame = read(recorded?.bytes ?? Buffer.alloc(0));
  const { code, fields, body } = getRouteInfo.response(getRouteInfo.decodeResponse(frame));
  expect(bytesOf({ ...frame.toCommand(), code, fields, body }, 'json').toString()).toBe(recorded?.bytes.toString());
});
