import { heartBeat } from '../../../../src/testing/handlers/heart-beat.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

const body = Buffer.from('{"clientID":"127.0.0.1@1","consumerDataSet":[],"producerDataSet":[{"groupName":"g"}]}');

test('5.5.0 says what kinds of heartbeats it knows, 4.9.7 nothing', () => {
  const five = heartBeat.answer(requestOf(34, {}, body), brokerOf('5.5.0'), sender);
  expect(Object.fromEntries(five.fields ?? [])).toEqual({ IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: 'true' });
  const four = heartBeat.answer(requestOf(34, {}, body), brokerOf('4.9.7'), sender);
  expect([five.code, four.code, four.fields]).toEqual([0, 0, new Map()]);
});
