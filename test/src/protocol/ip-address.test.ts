import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { formatIpAddress, parseIpAddress } from '../../../src/protocol/ip-address.js';
import { expectViolation } from './frames.js';

const format = (hex: string): string => formatIpAddress(Buffer.from(hex, 'hex'));

test('IPv4 is four numbers', () => {
  expect(format('7f000001')).toBe('127.0.0.1');
  expect(parseIpAddress('192.0.2.255')).toEqual(Buffer.from([192, 0, 2, 255]));
});

test.each([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
  ['20010000000000010000000000000001', '2001:0:0:1::1'],
  ['20010db8000100010001000100010000', '2001:db8:1:1:1:1:1:0'],
  ['fd000000000000000000000000000000', 'fd00::'],
  ['00100000000000000000000000000100', '10::100'],
  ['00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
])('%s is %s', (hex, text) => {
  expect(format(hex)).toBe(text);
  expect(parseIpAddress(text).toString('hex')).toBe(hex);
});

test('every address comes back, in a form that Node takes for one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      const text = formatIpAddress(Buffer.from(bytes));
      expect(isIPv4(text)).toBe(true);
      expect(parseIpAddress(text)).toEqual(Buffer.from(bytes));
    }),
  );
  const zeroOften = fc.oneof(fc.constant(0), fc.nat(255));
  fc.assert(
    fc.property(fc.array(zeroOften, { minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatIpAddress(Buffer.from(bytes));
      expect(isIPv6(text)).toBe(true);
      expect(parseIpAddress(text)).toEqual(Buffer.from(bytes));
    }),
  );
});

test('anything else is a violation', () => {
  const others = ['', 'localhost', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.-4', '1.2.3.x', ' 1.2.3.4', '1.2.3.0004'];
  const v6 = [
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2:3:4:5:6:7:8',
    'g::',
    '12345::',
    '::1%1',
  ];
  for (const text of [...others, ...v6]) expectViolation(() => parseIpAddress(text));
});
