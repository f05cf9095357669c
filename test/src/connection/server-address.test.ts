import { parseServerAddress } from '../../../src/connection/server-address.js';
import { RocketMQError } from '../../../src/errors/rocketmq-error.js';

test.each([
  ['127.0.0.1:9876', '127.0.0.1', 9876],
  ['mq-1.example.com:10911', 'mq-1.example.com', 10911],
  ['[::1]:1', '::1', 1],
  ['::1:9876', '::1', 9876],
  ['[fe80::1%eth0]:65535', 'fe80::1%eth0', 65535],
])('%s is understood', (address, host, port) => {
  expect(parseServerAddress(address)).toEqual({ host, port });
});

test.each([
  '',
  'host',
  ':9876',
  'host:',
  'host:0',
  'host:65536',
  'host:99999',
  'host:-1',
  'host:9876x',
  'host:1e3',
  'ho st:9876',
  'host\n:9876',
  ' host:9876',
  '[]:1',
  '[::1:1',
])('%j is refused, by name', (address) => {
  let thrown: unknown;
  try {
    parseServerAddress(address);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(RocketMQError);
  expect(thrown).toMatchObject({ code: 'RMQ_CONNECT_FAILED', stored: 'no' });
  expect(String(thrown)).toContain('host:port');
});
