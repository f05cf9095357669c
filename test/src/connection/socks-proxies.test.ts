import { isNetwork, SocksProxies } from '../../../src/connection/socks-proxies.js';

const proxies = new SocksProxies({
  '0.0.0.0/0': { address: 'all:1080' },
  '10.0.0.0/8': { address: 'wide:1080' },
  '10.1.0.0/16': { address: 'narrow:1080' },
  '10.1.2.3': { address: 'one:1080' },
  'fd00::/8': { address: 'six:1080' },
  'mq.example': { address: 'named:1080' },
});

test.each([
  ['10.1.2.3', 'one:1080'],
  ['10.1.2.4', 'narrow:1080'],
  ['10.2.0.1', 'wide:1080'],
  ['192.168.0.1', 'all:1080'],
  ['fd00::5', 'six:1080'],
  ['fe80::5', 'all:1080'],
  ['MQ.example', 'named:1080'],
  ['other.example', 'all:1080'],
])('%s is reached through %s: the narrowest network counts', (host, address) => {
  expect(proxies.proxyFor(host)?.address).toBe(address);
});

test('a text is the proxy of everything, and what is in no network is reached directly', () => {
  expect(new SocksProxies('p:1').proxyFor('::1')?.address).toBe('p:1');
  expect(new SocksProxies({ '10.0.0.0/8': { address: 'p:1' } }).proxyFor('11.0.0.1')).toBeUndefined();
  expect(new SocksProxies({ '10.0.0.0/8': { address: 'p:1' } }).proxyFor('mq.example')).toBeUndefined();
});

test.each([
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['::1', true],
  ['10.0.0.1', true],
  ['mq.example', true],
  ['10.0.0.0/33', false],
  ['fd00::/129', false],
  ['mq.example/8', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0.1:1080', false],
  ['', false],
])('%j is a network: %s', (text, is) => {
  expect(isNetwork(text)).toBe(is);
});
