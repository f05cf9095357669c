import { decodeProperties } from '../../../../src/protocol/properties.js';
import { sendMessage } from '../../../../src/protocol/requests/send-message.js';
import { goldenFrame, goldenFrames } from '../../../golden/golden-frames.js';
import { bytesOfRequest, command, expectViolation, read, readCommand } from '../frames.js';
import { testSameShape } from './same-shape.js';
import { plainSend, requiredOfSend } from './send-sample.js';

const request = {
  ...plainSend,
  properties: 'KEYS\u0001k\u0002',
  reconsumeTimes: 0,
  unitMode: false,
  isBatch: false,
};

testSameShape(sendMessage, {
  request: { ...request, maxReconsumeTimes: 3, brokerName: 'b' },
  response: {
    status: 'FLUSH_DISK_TIMEOUT',
    offsetMsgId: '7F0000010000751800000000000001F1',
    queueId: 3,
    queueOffset: 9_007_199_254_740_993n,
    transactionId: 'id',
    regionId: 'DefaultRegion',
    traceOn: 'true',
  },
  ...requiredOfSend,
  wrong: {
    d: '',
    e: 'x',
    f: '1.5',
    g: '-',
    h: '9999999999',
    j: 'x',
    k: '1',
    l: 'x',
    m: '0',
    queueId: '-1',
    queueOffset: '-1',
  },
});

// Written by the Java classes, which declare another language and version.
test('the binary request has the bytes of Java', () => {
  const java =
    '0000009a0100009401360001df0000000700000000000000000000007f00016100000001670001620000000174000163000000065442573130' +
    '320001640000000134000165000000013100016600000001300001670000000d313730303030303030303030300001680000000130000169000000' +
    '074b455953016b0200016a000000013000016b0000000566616c736500016d0000000566616c73656869';
  const ours = bytesOfRequest(sendMessage.request(request), 'binary');
  expect(ours.toString('hex')).toBe(java.replace('01360001df', '0136070201'));
  expect(sendMessage.decodeRequest(read(Buffer.from(java, 'hex')))).toEqual(request);
});

// Written by the Java classes, likewise; Java's bname is a field that 310 does not need.
test('the JSON request has the text of Java', () => {
  const ours = bytesOfRequest(sendMessage.request(request), 'json');
  expect(ours.subarray(8, 8 + ours.readUIntBE(5, 3)).toString()).toBe(
    String.raw`{"code":310,"extFields":{"a":"g","b":"t","c":"TBW102","d":"4","e":"1","f":"0","g":"1700000000000","h":"0","i":"KEYS\u0001k\u0002","j":"0","k":"false","m":"false"},"flag":0,"language":"OTHER","opaque":7,"serializeTypeCurrentRPC":"JSON","version":513}`,
  );
});

test.each(['5.5.0/send-plain', '5.5.0/send-oneway', '4.9.7/send-to-queue', '5.5.0/send-selector-sharding'])(
  'the requests of %s are rewritten but for language and version',
  (scenario) => {
    for (const { bytes } of goldenFrames(scenario).filter(({ code }) => code === 310)) {
      const recorded = read(bytes);
      const decoded = sendMessage.decodeRequest(recorded);
      const call = recorded.isOneway ? sendMessage.oneway(decoded) : sendMessage.request(decoded);
      const ours = read(bytesOfRequest(call, recorded.encoding, recorded.opaque)).toCommand();
      const { language, version } = recorded;
      expect({ ...ours, language, version }).toEqual(recorded.toCommand());
    }
  },
);

test('the request of a retry topic carries its counts', () => {
  const { bytes } = goldenFrame('5.5.0/retry-topic', ({ code }) => code === 310);
  const { reconsumeTimes, maxReconsumeTimes, topic } = sendMessage.decodeRequest(read(bytes));
  expect(topic.startsWith('%RETRY%')).toBe(true);
  expect([reconsumeTimes, maxReconsumeTimes]).toEqual([2, 5]);
});

test('non-ASCII properties of the Java client are read from both encodings', () => {
  for (const scenario of ['5.5.0/binary-plain', '4.9.7/binary-plain']) {
    const { bytes } = goldenFrame(scenario, ({ code }) => code === 310);
    const { properties = '', flag } = sendMessage.decodeRequest(read(bytes));
    expect(decodeProperties(properties).get('userUtf8')).toBe('значение ✓ 中文 😀');
    expect(flag).toBe(7);
  }
});

test('answers of 5.5.0 and 4.9.7, in JSON and binary, are read', () => {
  const answers = ['5.5.0/send-plain', '4.9.7/send-plain', '4.9.7/binary-plain'].map((scenario) => {
    const { bytes } = goldenFrame(scenario, ({ answers: to }) => to === 310);
    return sendMessage.decodeResponse(read(bytes));
  });
  expect(answers).toEqual([
    {
      status: 'SEND_OK',
      offsetMsgId: '7F0000010000751800000000000001F1',
      queueId: 3,
      queueOffset: 0n,
      transactionId: 'FD0000000000000000000000000000022D424E0E2F2A651C6A940000',
      regionId: 'DefaultRegion',
      traceOn: 'true',
    },
    {
      status: 'SEND_OK',
      offsetMsgId: '7F00000100009C8C00000000000000D0',
      queueId: 0,
      queueOffset: 0n,
      regionId: 'DefaultRegion',
      traceOn: 'true',
    },
    {
      status: 'SEND_OK',
      offsetMsgId: '7F00000100009C280000000000000E65',
      queueId: 2,
      queueOffset: 1n,
      regionId: 'DefaultRegion',
      traceOn: 'true',
    },
  ]);
});

test('the statuses that mean stored are told apart', () => {
  const fields = new Map(Object.entries({ msgId: 'x', queueId: '0', queueOffset: '0' }));
  const statuses = [0, 10, 11, 12].map(
    (code) => sendMessage.decodeResponse(readCommand(command({ code, fields }))).status,
  );
  expect(statuses).toEqual(['SEND_OK', 'FLUSH_DISK_TIMEOUT', 'SLAVE_NOT_AVAILABLE', 'FLUSH_SLAVE_TIMEOUT']);
});

test('an offset is exact, and one that is impossible is a violation', () => {
  const answer = (queueOffset: string): unknown => {
    const fields = new Map(Object.entries({ msgId: 'x', queueId: '0', queueOffset }));
    return sendMessage.decodeResponse(readCommand(command({ fields }))).queueOffset;
  };
  expect(answer('9007199254740993')).toBe(9_007_199_254_740_993n);
  for (const impossible of ['abc', '-1', '', '9223372036854775808']) expectViolation(() => answer(impossible));
});
