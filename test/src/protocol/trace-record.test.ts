import { decodeProperties } from '../../../src/protocol/properties.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import {
  encodeEndTrace,
  encodePublishTrace,
  encodeRecallTrace,
  type EndTrace,
  type PublishTrace,
} from '../../../src/protocol/trace-record.js';
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

const ID = 'FD000000000000000000000000000002346F4E0E2F2A651DD0BE0000';
const event = {
  time: 1_795_187_652_799,
  regionId: 'DefaultRegion',
  group: 'golden_producer',
  topic: 'GoldenTopic',
  msgId: ID,
};
const end = (changes: Partial<EndTrace>): EndTrace => ({
  ...event,
  tags: 'tagT',
  keys: 'traceKey1 traceKey2',
  storeHost: '127.0.0.1:29076',
  transactionId: ID,
  resolution: 'commit',
  isFromCheck: false,
  ...changes,
});
const ofNoLabels = { tags: undefined, keys: undefined, isFromCheck: true };

// What TraceDataEncoder.encoderFromContextBean of rocketmq-client 5.5.0 made of the same values, and that of 4.9.7 as well,
// but for Recall, which it does not know. Fields end with \u0001 and records with \u0002, here | and $.
const HEAD = `1795187652799|DefaultRegion|golden_producer|GoldenTopic|${ID}`;
test.each<[string, string, string]>([
  [
    'a half message',
    encodePublishTrace(trace({ kind: 'transaction' })),
    `Pub|${HEAD}|tagT|traceKey1 traceKey2|127.0.0.1:29076|11|31|1|7F0000010000757C00000000000012A2|true$`,
  ],
  [
    'a delayed message',
    encodePublishTrace(trace({ kind: 'delay' })),
    `Pub|${HEAD}|tagT|traceKey1 traceKey2|127.0.0.1:29076|11|31|3|7F0000010000757C00000000000012A2|true$`,
  ],
  [
    'a commit by the local work',
    encodeEndTrace(end({ resolution: 'commit' })),
    `EndTransaction|${HEAD}|tagT|traceKey1 traceKey2|127.0.0.1:29076|2|${ID}|COMMIT_MESSAGE|false$`,
  ],
  [
    'a commit after a check, of a message without tag and keys',
    encodeEndTrace(end({ resolution: 'commit', ...ofNoLabels })),
    `EndTransaction|${HEAD}|null|null|127.0.0.1:29076|2|${ID}|COMMIT_MESSAGE|true$`,
  ],
  [
    'a rollback',
    encodeEndTrace(end({ resolution: 'rollback' })),
    `EndTransaction|${HEAD}|tagT|traceKey1 traceKey2|127.0.0.1:29076|2|${ID}|ROLLBACK_MESSAGE|false$`,
  ],
  [
    'a transaction that stays open',
    encodeEndTrace(end({ resolution: 'unknown', ...ofNoLabels })),
    `EndTransaction|${HEAD}|null|null|127.0.0.1:29076|2|${ID}|UNKNOW|true$`,
  ],
  ['a recall', encodeRecallTrace({ ...event, isRecalled: true }), `Recall|${HEAD}|true$`],
  ['a recall that was refused', encodeRecallTrace({ ...event, isRecalled: false }), `Recall|${HEAD}|false$`],
])('%s is what the Java client makes of it', (_, ours, javas) => {
  expect(ours).toBe(javas.replaceAll('|', '\u0001').replace('$', '\u0002'));
});

test('a message that may be lost is told by its success', () => {
  const fields = encodePublishTrace(trace({ isStoredSafely: false })).split('\u0001');
  expect(fields).toHaveLength(14);
  expect(fields[13]).toBe('false\u0002');
});
