import { deflateSync } from 'node:zlib';
import { createCodec } from '../../../src/protocol/compression.js';
import { type DecodedMessage, decodeMessage } from '../../../src/protocol/decoded-message.js';
import { encodeProperties } from '../../../src/protocol/properties.js';
import type { StoredMessage } from '../../../src/protocol/stored-message.js';
import { zstdLoading } from '../../../src/protocol/zstd-codec.js';
import { storedSample } from './stored-sample.js';

function decode(changes: Partial<StoredMessage> = {}): DecodedMessage {
  const stored = {
    ...storedSample,
    topic: 'ns%orders',
    commitLogOffset: 1_234_567n,
    properties: encodeProperties([
      ['UNIQ_KEY', 'U'],
      ['TAGS', 't'],
      ['KEYS', 'a b'],
      ['__proto__', 'p'],
    ]),
  };
  return decodeMessage({ ...stored, ...changes }, 'orders', 'broker-a');
}

test('a message under plain names, and under the topic that its reader knows', () => {
  const message = decode();
  expect(message).toEqual({
    topic: 'orders',
    body: Buffer.from('hi'),
    tag: 't',
    keys: ['a', 'b'],
    properties: Object.fromEntries([
      ['UNIQ_KEY', 'U'],
      ['TAGS', 't'],
      ['KEYS', 'a b'],
      ['__proto__', 'p'],
    ]),
    flag: 2,
    queue: { topic: 'orders', brokerName: 'broker-a', queueId: 1 },
    queueOffset: 3n,
    msgId: 'U',
    offsetMsgId: '7F00000100002A9F000000000012D687',
    bornAt: new Date(5),
    storedAt: new Date(7),
  });
  expect(Object.getPrototypeOf(message.properties)).toBe(Object.prototype);
});

test('one without a unique key is called by its place, and one without tag and keys has none', () => {
  const message = decode({ properties: '' });
  expect(message).toMatchObject({ tag: undefined, keys: [], properties: {}, msgId: message.offsetMsgId });
});

test.each([0x1, 0x301])('a zlib body is inflated: sysFlag %d', (sysFlag) => {
  const { body } = decode({ sysFlag, body: deflateSync('hello'.repeat(1000)) });
  expect(body.toString()).toBe('hello'.repeat(1000));
});

test.each(['lz4', 'zstd'] as const)('so is one of %s', async (name) => {
  await zstdLoading();
  const codec = createCodec(name);
  const body = Buffer.from(codec.compressSync(Buffer.from('hello'.repeat(1000)), 5));
  expect(decode({ sysFlag: codec.sysFlag, body }).body.toString()).toBe('hello'.repeat(1000));
});

test('a broken zlib body is a violation', () => {
  expect(() => decode({ sysFlag: 0x301 })).toThrow(expect.objectContaining({ code: 'RMQ_PROTOCOL_VIOLATION' }));
});
