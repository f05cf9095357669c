import { decodeProperties } from '../../../src/protocol/properties.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { encodePublishTrace, type PublishTrace } from '../../../src/protocol/trace-record.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { read } from './frames.js';

const trace = (changes: Partial<PublishTrace> = {}): PublishTrace => ({
  time: 1_795_187_652_799,
  regionId: 'DefaultRegion',
  group: 'golden_producer',
  topic: 'GoldenTopic',
  msgId: 'FD000000000000000000000000000002346F4E0E2F2A651DD0BE0000',
  tags: 'tagT',
  keys: 'traceKey1 traceKey2',
  storeHost: '127.0.0.1:29076',
  bodyBytes: 11,
  costMs: 31,
  kind: 'normal',
  offsetMsgId: '7F0000010000757C00000000000012A2',
  isStoredSafely: true,
  ...changes,
});

test('the records of the Java client are the same, byte for byte', () => {
  const { body, properties = '' } = sendMessage.decodeRequest(
    read(goldenFrame('5.5.0/trace', ({ code, bytes }) => code === 310 && bytes.includes('RMQ_SYS_TRACE_TOPIC')).bytes),
  );
  const plain = encodePublishTrace(trace());
  const delayed = encodePublishTrace(
    trace({
      time: 1_795_187_652_839,
      msgId: 'FD000000000000000000000000000002346F4E0E2F2A651DD0E60002',
      tags: undefined,
      keys: undefined,
      bodyBytes: 12,
      costMs: 7,
      kind: 'delay',
      offsetMsgId: '7F0000010000757C00000000000013C0',
    }),
  );
  expect(plain + delayed).toBe(Buffer.from(body).toString());
  expect(new Set(decodeProperties(properties).get('KEYS')?.split(' '))).toEqual(
    new Set([
      'traceKey1',
      'traceKey2',
      'FD000000000000000000000000000002346F4E0E2F2A651DD0BE0000',
      'FD000000000000000000000000000002346F4E0E2F2A651DD0E60002',
    ]),
  );
});

test('a half message is told by its kind, and one that may be lost by its success', () => {
  const fields = encodePublishTrace(trace({ kind: 'transaction', isStoredSafely: false })).split('\u0001');
  expect(fields).toHaveLength(14);
  expect([fields[11], fields[13]]).toEqual(['1', 'false\u0002']);
});
