import fs from 'node:fs';
import os from 'node:os';
import { clientAddress, keyAddress, localAddresses, type LocalAddress } from '../../../src/ids/local-address.js';

const addresses = (...list: readonly string[]): readonly LocalAddress[] =>
  list.map((address) => ({ address, isSecondary: false }));
const keyHex = (...list: readonly string[]): string | undefined => keyAddress(addresses(...list))?.toString('hex');

describe('address of a client id', () => {
  test('is the first public IPv4 address', () => {
    expect(clientAddress(addresses('127.0.0.1', '10.1.2.3', '203.0.113.7', '203.0.113.8'))).toBe('203.0.113.7');
  });

  test.each([
    ['10.0.0.1', '10.0.0.2'],
    ['192.168.0.1', '172.31.255.255'],
  ])('is the last of internal ones only: %s, %s', (first, last) => {
    expect(clientAddress(addresses(first, last))).toBe(last);
  });

  test('is an IPv6 address in brackets where there is no IPv4 one', () => {
    expect(clientAddress(addresses('::1', 'fe80::1', '2001:db8::1'))).toBe('[2001:db8::1]');
    expect(clientAddress(addresses('fe80::1', 'fe80::2'))).toBe('[fe80::1]');
  });

  test('is not one of a bridge or a point-to-point link', () => {
    const bridge = { address: '203.0.113.7', isSecondary: true };
    expect(clientAddress([bridge, ...addresses('10.0.0.1')])).toBe('10.0.0.1');
  });

  test('is 127.0.0.1 on a machine without an address', () => {
    expect(clientAddress([])).toBe('127.0.0.1');
    expect(clientAddress(addresses('127.0.0.1', '::1'))).toBe('127.0.0.1');
  });

  test('and the one of a unique key are one random address, where this machine does not tell its own', () => {
    const look = jest.spyOn(os, 'networkInterfaces').mockImplementation(() => {
      throw new Error('uv_interface_addresses returned Unknown system error 13');
    });
    const reasons: unknown[] = [];
    const [one] = localAddresses((reason) => reasons.push(String(reason)));
    expect(one?.address).toMatch(/^240\.\d+\.\d+\.\d+$/);
    expect(clientAddress()).toBe(one?.address);
    expect(keyAddress()?.join('.')).toBe(one?.address);
    expect(reasons).toEqual(['Error: uv_interface_addresses returned Unknown system error 13']);
    look.mockRestore();
  });

  test('is found where the files about interfaces must not be read', () => {
    const known = clientAddress();
    const forbidden = (): never => {
      throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' });
    };
    const looks = [
      jest.spyOn(fs, 'existsSync').mockImplementation(forbidden),
      jest.spyOn(fs, 'readFileSync').mockImplementation(forbidden),
    ];
    expect(clientAddress()).toBe(known);
    expect(keyAddress()).toBeDefined();
    for (const look of looks) look.mockRestore();
  });

  test('can be found on this machine', () => {
    expect(clientAddress()).toMatch(/^(\d+\.\d+\.\d+\.\d+|\[.+\])$/);
    expect(localAddresses().every((a) => a.address !== '')).toBe(true);
  });
});

describe('address of a unique key', () => {
  test('is the first public address of either family', () => {
    expect(keyHex('127.0.0.1', 'fd00::2', '203.0.113.7')).toBe('fd000000000000000000000000000002');
    expect(keyHex('10.0.0.1', '203.0.113.7', 'fd00::2')).toBe('cb007107');
  });

  test('is an internal IPv4 address rather than a loopback one, and never an internal IPv6 one', () => {
    expect(keyHex('127.0.0.1', '::1', 'fe80::1', '10.0.0.1', '10.0.0.2')).toBe('0a000001');
    expect(keyHex('127.0.0.1', '::1')).toBe('7f000001');
    expect(keyHex('::1', 'fe80::1', 'fec0::1')).toBeUndefined();
  });

  test.each([
    ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['2001:db8::', '20010db8000000000000000000000000'],
    ['::ffff:203.0.113.7', '00000000000000000000ffffcb007107'],
  ])('reads %s', (address, bytes) => {
    expect(keyHex(address)).toBe(bytes);
  });
});
