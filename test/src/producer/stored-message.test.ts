import { deflateSync } from 'node:zlib';
import { toStoredMessage } from '../../../src/producer/stored-message.js';
import { encodeProperties } from '../../../src/protocol/properties.js';

const stored = {
  topic: 'ns%orders',
  queueId: 3,
  queueOffset: 7n,
  commitLogOffset: 255n,
  flag: 9,
  sysFlag: 0,
  bornAt: 1,
  bornHost: { host: '127.0.0.1', port: 1 },
  storedAt: 2,
  storeHost: { host: '127.0.0.1', port: 10911 },
  reconsumeTimes: 0,
  preparedTransactionOffset: 0n,
  body: Buffer.from('body'),
  properties: encodeProperties(Object.entries({ UNIQ_KEY: 'K', KEYS: 'a b', TAGS: 't', x: 'y' })),
};

test('a message is decoded, under the name of the caller', () => {
  expect(toStoredMessage(stored, 'orders', 'broker-a')).toEqual({
    topic: 'orders',
    body: Buffer.from('body'),
    tag: 't',
    keys: ['a', 'b'],
    properties: { UNIQ_KEY: 'K', KEYS: 'a b', TAGS: 't', x: 'y' },
    flag: 9,
    queue: { topic: 'orders', brokerName: 'broker-a', queueId: 3 },
    queueOffset: 7n,
    msgId: 'K',
    offsetMsgId: '7F00000100002A9F00000000000000FF',
    bornAt: new Date(1),
    storedAt: new Date(2),
  });
});

test('one without a unique key is called by its place, and one without keys has none', () => {
  const { msgId, offsetMsgId, keys } = toStoredMessage({ ...stored, properties: '' }, 'orders', 'broker-a');
  expect([msgId, keys]).toEqual([offsetMsgId, []]);
});

test('a compressed body is inflated, and a broken one is a violation', () => {
  const compressed = { ...stored, sysFlag: 0x301, body: deflateSync('body') };
  expect(toStoredMessage(compressed, 'orders', 'broker-a').body).toEqual(Buffer.from('body'));
  expect(() => toStoredMessage({ ...compressed, body: Buffer.from('x') }, 'orders', 'broker-a')).toThrow(
    expect.objectContaining({ code: 'RMQ_PROTOCOL_VIOLATION' }),
  );
});
