import { originDetail, originInWords, silenceInWords } from '../../../src/connection/server-origin.js';

const origin = { brokerNames: ['broker-a'], nameServer: '10.0.0.1:9876', told: '172.17.0.2:10911' };
const proxy = '10.0.0.1:8080';
const behindProxy = { brokerNames: ['a', 'b', 'c', 'd'], nameServer: proxy, told: proxy };

test('the origin of an address is its broker, and who told the route', () => {
  expect(originInWords('172.17.0.2:10911', origin)).toBe(
    ' (broker-a, from the route of the name server 10.0.0.1:9876)',
  );
  expect(originDetail(origin)).toEqual({ nameServer: '10.0.0.1:9876' });
});

test('it says what the route told, where that is another address', () => {
  expect(originInWords('127.0.0.1:10911', origin)).toBe(
    ' (broker-a, from the route of the name server 10.0.0.1:9876; there it is 172.17.0.2:10911, which mapBrokerAddress or vipChannel changed)',
  );
});

test('of many brokers behind one address some are named', () => {
  expect(originInWords(proxy, behindProxy)).toBe(` (a, b, c and others, from the route of the name server ${proxy})`);
});

test('of an address that no route told nothing is said', () => {
  expect([originInWords('a:1', undefined), originDetail(undefined), silenceInWords('a:1', undefined)]).toEqual([
    '',
    {},
    '',
  ]);
});

test('a silent server that is its own name server may be a proxy, wherever it is reached', () => {
  expect(silenceInWords(proxy, behindProxy)).toContain('proxy of 5.x in cluster mode');
  expect(silenceInWords('127.0.0.1:1', behindProxy)).toContain('local mode');
  expect(silenceInWords('172.17.0.2:10911', origin)).toBe('');
});
