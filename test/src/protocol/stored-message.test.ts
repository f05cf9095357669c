import fc from 'fast-check';
import { formatOffsetMsgId } from '../../../src/protocol/offset-msg-id.js';
import { decodeProperties } from '../../../src/protocol/properties.js';
import { decodeStoredMessages, encodeStoredMessage } from '../../../src/protocol/stored-message.js';
import { goldenFrames } from '../../golden/golden-frames.js';
import { expectViolation, int32, text } from './frames.js';
import { storedSample } from './stored-sample.js';

// Written by the Java classes.
const java =
  '00000065daa320a758932aac00000001000000020000000000000003000000000000000400000000000000000000000' +
  '57f0000010000000600000000000000077f00000100002a9f0000000800000000000000090000000268690174000754414753017802';

test('a message has the bytes of Java', () => {
  expect(encodeStoredMessage(storedSample).toString('hex')).toBe(java);
  expect(decodeStoredMessages(Buffer.from(java, 'hex'))).toEqual([storedSample]);
});

test('the messages of a recorded query are read and written again byte for byte', () => {
  const bodies = goldenFrames('5.5.0/queries')
    .filter(({ answers, code }) => answers === 12 && code === 0)
    .map(({ body }) => body);
  expect(bodies.length).toBe(2);
  for (const body of bodies) {
    const [message, ...others] = decodeStoredMessages(body);
    if (message === undefined) throw new Error('there is a message');
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      topic: 'GoldenTopic',
      queueId: 1,
      queueOffset: 2n,
      body: Buffer.from('to be queried'),
    });
    expect(decodeProperties(message.properties).get('TAGS')).toBe('tagQ');
    const { storeHost, commitLogOffset } = message;
    expect(formatOffsetMsgId({ ...storeHost, commitLogOffset })).toBe('7F000001000075180000000000000DC5');
    expect(encodeStoredMessage(message).equals(body)).toBe(true);
  }
});

test('the message of a recorded transaction check is read', () => {
  const checks = goldenFrames('5.5.0/tx-check').filter(({ code }) => code === 39);
  const messages = checks.flatMap(({ body }) => decodeStoredMessages(body));
  expect(messages.map(({ properties }) => decodeProperties(properties).get('TRAN_MSG'))).toEqual(['true', 'true']);
});

const host = fc.record({
  host: fc.oneof(fc.ipV4(), fc.constantFrom('::1', 'fd00::2')),
  port: fc.nat(65_535),
});
const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const anyMessage = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 200 }),
  queueId: int32,
  queueOffset: offset,
  commitLogOffset: offset,
  flag: int32,
  sysFlag: int32.map((bits) => bits & ~0x30),
  bornAt: fc.maxSafeNat(),
  bornHost: host,
  storedAt: fc.maxSafeNat(),
  storeHost: host,
  reconsumeTimes: int32,
  preparedTransactionOffset: offset,
  body: fc.uint8Array().map(Buffer.from),
  properties: text,
});

test('every message comes back, with the flags of its hosts: long topics and IPv6 too', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 4 }), (messages) => {
      const bytes = Buffer.concat(messages.map(encodeStoredMessage));
      const expected = messages.map((message) => {
        const flags =
          (message.bornHost.host.includes(':') ? 0x10 : 0) | (message.storeHost.host.includes(':') ? 0x20 : 0);
        return { ...message, sysFlag: message.sysFlag | flags };
      });
      expect(decodeStoredMessages(bytes)).toEqual(expected);
    }),
  );
});

test('the blank end of a commit log file is passed over', () => {
  const blank = Buffer.alloc(20);
  blank.writeInt32BE(20, 0);
  blank.writeUInt32BE(0xcbd43194, 4);
  const bytes = Buffer.concat([encodeStoredMessage(storedSample), blank, encodeStoredMessage(storedSample)]);
  expect(decodeStoredMessages(bytes)).toEqual([storedSample, storedSample]);
});

test('sizes that do not add up, and unknown layouts, are violations', () => {
  const good = encodeStoredMessage(storedSample);
  for (const [at, values] of [
    [0, [-1, 0, 3, 7, good.length - 1, good.length + 1, 2 ** 31 - 1]],
    [4, [0, -1]],
    [84, [-1, 1, 3, 2 ** 31 - 1]],
  ] as const) {
    for (const value of values) {
      const bytes = Buffer.from(good);
      bytes.writeInt32BE(value, at);
      expectViolation(() => decodeStoredMessages(bytes));
    }
  }
  for (let length = 1; length < good.length; length++) {
    expectViolation(() => decodeStoredMessages(good.subarray(0, length)));
  }
});

test('mutated messages cause violations and nothing else', () => {
  const good = encodeStoredMessage(storedSample);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1 }), (flips) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of flips) bytes[at] = value;
      try {
        decodeStoredMessages(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION' });
      }
    }),
  );
});
