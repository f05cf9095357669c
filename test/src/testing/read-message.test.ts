import { deflateSync } from 'node:zlib';
import { toReadMessage } from '../../../src/testing/read-message.js';

test('a message as its broker has it: under its own topic, inflated, and how it was stored', () => {
  const stored = {
    topic: 'ns%orders',
    queueId: 3,
    queueOffset: 2n,
    commitLogOffset: 255n,
    flag: 7,
    sysFlag: 0x301,
    bornAt: 1000,
    bornHost: { host: '127.0.0.1', port: 6 },
    storedAt: 2000,
    storeHost: { host: '127.0.0.1', port: 10_911 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0n,
    body: deflateSync('hello'),
    properties: '',
  };
  const { topic, queue, body, sysFlag } = toReadMessage(stored, 'broker-a');
  expect({ topic, queue, body, sysFlag }).toEqual({
    topic: 'ns%orders',
    queue: { topic: 'ns%orders', brokerName: 'broker-a', queueId: 3 },
    body: Buffer.from('hello'),
    sysFlag: 0x301,
  });
});
