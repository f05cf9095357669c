import fc from 'fast-check';
import { BATCH_MEMBER_BYTES, decodeBatchBody, encodeBatchBody } from '../../../src/protocol/batch-body.js';
import { decodeProperties } from '../../../src/protocol/properties.js';
import { sendBatchMessage } from '../../../src/protocol/requests/send-batch-message.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { expectViolation, int32, read, text } from './frames.js';

const recorded = (scenario: string): Buffer => {
  const { bytes } = goldenFrame(scenario, ({ code }) => code === 320);
  return Buffer.from(sendBatchMessage.decodeRequest(read(bytes)).body);
};

// Written by the Java classes.
test('a member has the bytes of Java', () => {
  const properties = 'KEYS\u0001k1 k2\u0002WAIT\u0001true\u0002TAGS\u0001tag\u0002';
  const bytes = encodeBatchBody([{ flag: 3, body: Buffer.from('body'), properties }]);
  expect(bytes.toString('hex')).toBe(
    '0000003800000000000000000000000300000004626f6479001e4b455953016b31206b320257414954017472756502544147530174616702',
  );
  expect(decodeBatchBody(bytes)).toEqual([{ flag: 3, body: Buffer.from('body'), properties }]);
});

test.each(['5.5.0/send-batch', '4.9.7/send-batch', '5.5.0-on-4.9.7/send-batch', '5.5.0/auto-batch'])(
  'the body of %s is read, and written again byte for byte',
  (scenario) => {
    const body = recorded(scenario);
    const members = decodeBatchBody(body);
    expect(members.length).toBeGreaterThan(3);
    for (const { properties } of members) expect(decodeProperties(properties).get('UNIQ_KEY')).toMatch(/^[0-9A-F]+$/);
    expect(encodeBatchBody(members).equals(body)).toBe(true);
  },
);

test('every batch comes back', () => {
  const member = fc.record({ flag: int32, body: fc.uint8Array().map(Buffer.from), properties: text });
  fc.assert(
    fc.property(fc.array(member), (members) => {
      const bytes = encodeBatchBody(members);
      expect(decodeBatchBody(bytes)).toEqual(members);
      const expected = members.reduce(
        (sum, { body, properties }) => sum + BATCH_MEMBER_BYTES + body.length + Buffer.byteLength(properties),
        0,
      );
      expect(bytes).toHaveLength(expected);
    }),
  );
});

test('properties of more than 32767 bytes are refused: Java writes a negative length', () => {
  const member = (bytes: number) => ({ flag: 0, body: Buffer.alloc(0), properties: 'é'.repeat(bytes / 2) });
  expect(decodeBatchBody(encodeBatchBody([member(32_766)]))).toHaveLength(1);
  expect(() => encodeBatchBody([member(32_768)])).toThrow(
    expect.objectContaining({ code: 'RMQ_MESSAGE_TOO_LARGE', stored: 'no' }),
  );
});

test('more members than 16 bits can count are refused: brokers would lose what follows in the queue', () => {
  const member = { flag: 0, body: Buffer.alloc(0), properties: '' };
  const members = (count: number) => Array.from({ length: count }, () => member);
  expect(decodeBatchBody(encodeBatchBody(members(32_767)))).toHaveLength(32_767);
  expect(() => encodeBatchBody(members(32_768))).toThrow(
    expect.objectContaining({
      code: 'RMQ_MESSAGE_TOO_LARGE',
      stored: 'no',
      detail: { rule: 'batch-count', messages: 32_768, limit: 32_767 },
    }),
  );
});

test('sizes that do not add up are violations', () => {
  const good = encodeBatchBody([{ flag: 0, body: Buffer.from('body'), properties: 'a\u0001b' }]);
  const changed = (at: number, value: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes.writeInt32BE(value, at);
    return bytes;
  };
  for (const size of [-1, 0, 4, 21, good.length - 1, good.length + 1, 2 ** 31 - 1]) {
    expectViolation(() => decodeBatchBody(changed(0, size)));
  }
  for (const length of [-1, 3, 5, 2 ** 31 - 1]) expectViolation(() => decodeBatchBody(changed(16, length)));
  for (let length = 1; length < good.length; length++) expectViolation(() => decodeBatchBody(good.subarray(0, length)));
  expectViolation(() => decodeBatchBody(Buffer.concat([good, Buffer.alloc(3)])));
});

test('random bytes cause violations and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(60), (bytes, size) => {
      const body = Buffer.from(bytes);
      if (body.length > 4) body.writeInt32BE(size, 0);
      try {
        decodeBatchBody(body);
      } catch (error) {
        expect(error).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION' });
      }
    }),
  );
});
