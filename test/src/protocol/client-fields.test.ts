/** What clients say in every request, compared with what the Java client of 5.5.0 was recorded to say. */
import { formatClientId } from '../../../src/ids/client-id.js';
import { type ClientFields, clientFields, isSameZone } from '../../../src/protocol/client-fields.js';
import { getRouteInfo } from '../../../src/protocol/requests/get-route-info.js';
import { heartBeat } from '../../../src/protocol/requests/heart-beat.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { SendFrameEncoder } from '../../../src/protocol/send-frame.js';
import { goldenFrame, goldenFrames } from '../../golden/golden-frames.js';
import { read, written } from './frames.js';

const ofStreams = clientFields({ streamRequestType: true });
const stream = (code: number) => read(goldenFrame('5.5.0/stream-unit', (frame) => frame.code === code).bytes);

test.each<[ClientFields, object]>([
  [{ streamRequestType: true }, { ReqT: '0' }],
  [{ zone: { name: 'near', mode: 'true' } }, { __ZONE_NAME: 'near', __ZONE_MODE: 'true' }],
  [{ zone: { name: 'near' } }, { __ZONE_NAME: 'near' }],
  [{ zone: { mode: 'true' } }, { __ZONE_MODE: 'true' }],
  [{ namespaceV2: 'space' }, { nsd: 'true', ns: 'space' }],
  [
    { namespaceV2: 'space', streamRequestType: true, zone: { name: 'near' } },
    { nsd: 'true', ns: 'space', ReqT: '0', __ZONE_NAME: 'near' },
  ],
])('%j is said as %j', (client, fields) => {
  expect(Object.fromEntries(clientFields(client) ?? [])).toEqual(fields);
});

test.each<ClientFields>([{}, { streamRequestType: false, zone: {} }])('%j says nothing', (client) => {
  expect(clientFields(client)).toBeUndefined();
});

test('every request of the Java client says that it is part of a stream', () => {
  const requests = goldenFrames('5.5.0/stream-unit').filter(({ dir }) => dir === 'c2s');
  expect(requests.map(({ code, extFields }) => [code, extFields?.['ReqT']])).toEqual([
    [105, '0'],
    [310, '0'],
    [34, '0'],
    [34, '0'],
  ]);
});

test('the question for a route has the fields of the Java client', () => {
  const recorded = stream(105);
  const { topic } = getRouteInfo.decodeRequest(recorded);
  const ours = read(written((out) => getRouteInfo.request({ topic }).writeTo(out, 0, 'json', ofStreams)));
  expect(Object.fromEntries(ours.toCommand().fields)).toEqual(Object.fromEntries(recorded.toCommand().fields));
});

test('a send in unit mode has the fields of the Java client', () => {
  const recorded = stream(310);
  const { topic, brokerName = '', properties = '', queueId, ...others } = sendMessage.decodeRequest(recorded);
  const encoder = new SendFrameEncoder({
    group: 'golden_producer',
    createTopicKey: 'TBW102',
    defaultTopicQueueNums: 4,
    unitMode: true,
    requestFields: ofStreams,
  });
  const sent = { ...others, properties, queue: { topic, brokerName, queueId } };
  const ours = read(written((out) => encoder.write(out, recorded.opaque, recorded.encoding, false, sent)));
  expect(Object.fromEntries(ours.toCommand().fields)).toEqual(Object.fromEntries(recorded.toCommand().fields));
});

test('a heartbeat has the fields of the Java client, and the client id its parts', () => {
  const recorded = stream(34);
  const request = heartBeat.decodeRequest(recorded);
  const ours = read(written((out) => heartBeat.request(request).writeTo(out, recorded.opaque, 'json', ofStreams)));
  expect(Object.fromEntries(ours.toCommand().fields)).toEqual(Object.fromEntries(recorded.toCommand().fields));
  const [clientIp = '', instanceName = ''] = request.clientId.split('@');
  expect(formatClientId({ clientIp, instanceName, unitName: 'unitA', isStream: true })).toBe(request.clientId);
});

test('zones are the same when name and mode are', () => {
  expect(isSameZone(undefined, {})).toBe(true);
  expect(isSameZone({ name: 'a', mode: 'true' }, { name: 'a', mode: 'true' })).toBe(true);
  expect(isSameZone({ name: 'a', mode: 'true' }, { name: 'a' })).toBe(false);
  expect(isSameZone({ name: 'a' }, { name: 'b' })).toBe(false);
});
