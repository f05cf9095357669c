import { deflateSync } from 'node:zlib';
import { toReadMessages } from '../../../src/testing/read-message.js';
import { storedSample } from '../protocol/stored-sample.js';

test('a message as its broker has it: under its own topic, inflated, and how it was stored', () => {
  const stored = { ...storedSample, topic: 'ns%orders', sysFlag: 0x301, body: deflateSync('hello') };
  expect(toReadMessages(stored, 'broker-a')).toMatchObject([
    {
      topic: 'ns%orders',
      queue: { topic: 'ns%orders', brokerName: 'broker-a', queueId: 1 },
      body: Buffer.from('hello'),
      sysFlag: 0x301,
    },
  ]);
});
