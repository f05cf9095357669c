import fc from 'fast-check';
import { decodeBatchBody, encodeBatchBody } from '../../../src/protocol/batch-body.js';
import { sendBatchMessage } from '../../../src/protocol/requests/send-batch-message.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { namespaceFields } from '../../../src/protocol/namespace.js';
import { type SendFields, SendFrameEncoder } from '../../../src/protocol/send-frame.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { bytesOfRequest, ENCODINGS, int32, read, text, written } from './frames.js';

const options = { group: 'group', createTopicKey: 'TBW102', defaultTopicQueueNums: 4 };
const queue = { topic: 'topic', brokerName: 'broker-a', queueId: 3 };
const send: SendFields = {
  queue,
  sysFlag: 0,
  bornAt: 1_700_000_000_000,
  flag: 0,
  properties: 'KEYS\u0001k\u0002',
  body: Buffer.from('body'),
};

const base = (from: typeof options, to: typeof queue) => ({
  producerGroup: from.group,
  topic: to.topic,
  defaultTopic: from.createTopicKey,
  defaultTopicQueueNums: from.defaultTopicQueueNums,
  queueId: to.queueId,
  brokerName: to.brokerName,
  reconsumeTimes: 0,
  unitMode: false,
});

/** The same frame by the call that says what it means. */
function slowly(from: typeof options, { queue: to, ...fields }: SendFields, isOneway: boolean) {
  const request = { ...base(from, to), isBatch: false, ...fields };
  return isOneway ? sendMessage.oneway(request) : sendMessage.request(request);
}

const anyOptions = fc.record({ group: text, createTopicKey: text, defaultTopicQueueNums: int32 });
const anyQueue = fc.record({ topic: text, brokerName: text, queueId: int32 });
const anySend = fc.record({
  queue: anyQueue,
  sysFlag: fc.oneof(fc.nat(9), int32),
  bornAt: fc.oneof(fc.maxSafeInteger(), fc.constant(0)),
  flag: fc.oneof(fc.nat(9), int32),
  properties: fc.oneof(text, fc.string({ unit: 'binary' })),
  body: fc.uint8Array({ maxLength: 400 }),
});

test('the frame has the bytes that the call itself would write, whatever the values are', () => {
  const all = fc.array(fc.tuple(anySend, int32, fc.boolean(), fc.constantFrom(...ENCODINGS)), { minLength: 1 });
  fc.assert(
    fc.property(anyOptions, all, (from, sends) => {
      // One encoder for all: what it remembers of one message must not show in the next.
      const encoder = new SendFrameEncoder(from);
      for (const [fields, opaque, isOneway, encoding] of sends) {
        const fast = written((out) => encoder.write(out, opaque, encoding, isOneway, fields));
        const slow = bytesOfRequest(slowly(from, fields, isOneway), encoding, opaque);
        expect(fast.toString('hex')).toBe(slow.toString('hex'));
      }
    }),
  );
});

test('quotes, control characters and other alphabets go through both encodings', () => {
  const properties = 'a\u0001"\\/\b\f\n\r\t <&>\'\u0002ключ\u0001значение ✓ 中文 😀\u2028\u0002';
  const encoder = new SendFrameEncoder(options);
  for (const encoding of ENCODINGS) {
    const bytes = written((out) => encoder.write(out, 1, encoding, false, { ...send, properties }));
    expect(sendMessage.decodeRequest(read(bytes)).properties).toBe(properties);
  }
});

test.each([
  ['5.5.0/send-plain', 'golden_producer'],
  ['5.5.0/binary-plain', 'golden_producer'],
  ['5.5.0/send-oneway', 'golden_producer'],
])('the frame of the Java client in %s is rewritten but for language and version', (scenario, group) => {
  const { bytes } = goldenFrame(scenario, ({ code }) => code === 310);
  const recorded = read(bytes);
  const {
    topic,
    brokerName = '',
    queueId,
    sysFlag,
    bornAt,
    flag,
    properties = '',
    body,
  } = sendMessage.decodeRequest(recorded);
  const encoder = new SendFrameEncoder({ ...options, group });
  const fields = { queue: { topic, brokerName, queueId }, sysFlag, bornAt, flag, properties, body };
  const ours = written((out) => encoder.write(out, recorded.opaque, recorded.encoding, recorded.isOneway, fields));
  const { language, version } = recorded;
  expect({ ...read(ours).toCommand(), language, version }).toEqual(recorded.toCommand());
});

test.each([
  [
    '4.9.7/namespace-v1',
    { topicOnWire: (topic: string) => `MQ_INST_golden%${topic}` },
    'MQ_INST_golden%golden_producer',
  ],
  ['5.5.0/namespace-v2', { requestFields: namespaceFields('nsv2') }, 'golden_producer'],
])(
  'the namespace in %s is written as the Java client writes it, for a queue with a plain topic',
  (scenario, more, group) => {
    const recorded = read(goldenFrame(scenario, ({ code }) => code === 310).bytes);
    const { brokerName = '', properties = '', ...fields } = sendMessage.decodeRequest(recorded);
    const encoder = new SendFrameEncoder({ ...options, ...more, group });
    const sent = { ...fields, properties, queue: { topic: 'GoldenTopic', brokerName, queueId: fields.queueId } };
    const { fields: ours } = read(
      written((out) => encoder.write(out, recorded.opaque, recorded.encoding, false, sent)),
    ).toCommand();
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(recorded.toCommand().fields));
  },
);

test('unit mode is field k', () => {
  const encoder = new SendFrameEncoder({ ...options, unitMode: true });
  const bytes = written((out) => encoder.write(out, 1, 'json', false, send));
  expect(read(bytes).toCommand().fields.get('k')).toBe('true');
});

test('the frame of a batch has the bytes that its call would write, beside frames of single messages', () => {
  const all = fc.array(fc.tuple(anySend, fc.nat(), fc.boolean(), fc.constantFrom(...ENCODINGS)), { minLength: 1 });
  fc.assert(
    fc.property(anyOptions, anyQueue, all, (from, to, sends) => {
      const encoder = new SendFrameEncoder(from);
      for (const [given, opaque, isBatch, encoding] of sends) {
        const fields = { ...given, queue: to };
        const fast = written((out) => {
          if (isBatch) encoder.writeBatch(out, opaque, encoding, fields);
          else encoder.write(out, opaque, encoding, false, fields);
        });
        const { queue: _, ...rest } = fields;
        const request = sendBatchMessage.request({ ...base(from, to), ...rest });
        const slow = isBatch
          ? bytesOfRequest(request, encoding, opaque)
          : bytesOfRequest(slowly(from, fields, false), encoding, opaque);
        expect(fast.toString('hex')).toBe(slow.toString('hex'));
      }
    }),
  );
});

test.each(['5.5.0/send-batch', '4.9.7/send-batch', '5.5.0/send-inner-batch'])(
  'the batch of the Java client in %s is rewritten but for language and version',
  (scenario) => {
    const { bytes } = goldenFrame(scenario, ({ code }) => code === 320);
    const recorded = read(bytes);
    const request = sendBatchMessage.decodeRequest(recorded);
    const { topic, brokerName = '', queueId, sysFlag, bornAt, flag, properties = '' } = request;
    const body = encodeBatchBody(decodeBatchBody(Buffer.from(request.body)));
    const encoder = new SendFrameEncoder({ ...options, group: 'golden_producer' });
    const fields = { queue: { topic, brokerName, queueId }, sysFlag, bornAt, flag, properties, body };
    const ours = written((out) => encoder.writeBatch(out, recorded.opaque, recorded.encoding, fields));
    const { language, version } = recorded;
    expect({ ...read(ours).toCommand(), language, version }).toEqual(recorded.toCommand());
  },
);

test('frames are written behind each other, large bodies included', () => {
  const encoder = new SendFrameEncoder(options);
  const sends = [10, 300_000, 0, 4_194_304, 1000].map((size, i) => ({ ...send, flag: i, body: Buffer.alloc(size, i) }));
  for (const encoding of ENCODINGS) {
    const bytes = written((out) => {
      for (const [i, fields] of sends.entries()) encoder.write(out, i, encoding, false, fields);
    });
    const expected = sends.map((fields, i) => bytesOfRequest(slowly(options, fields, false), encoding, i));
    expect(bytes.equals(Buffer.concat(expected))).toBe(true);
  }
});

test('every byte of a frame is written', () => {
  const encoder = new SendFrameEncoder(options);
  for (const encoding of ENCODINGS) {
    const frames = [0xa5, 0x5a].map((poison) =>
      written((out) => {
        out.bytes.fill(poison);
        encoder.write(out, 1, encoding, false, send);
      }),
    );
    expect(frames[0]).toEqual(frames[1]);
  }
});

test('the body is copied: what is written stays what it was', () => {
  const encoder = new SendFrameEncoder(options);
  const body = Buffer.from('before');
  const bytes = written((out) => {
    encoder.write(out, 1, 'binary', false, { ...send, body });
    body.fill('x');
  });
  expect(read(bytes).body.toString()).toBe('before');
});
