import { formatClientId, uniqueInstanceName } from '../../../src/ids/client-id.js';

describe('client id', () => {
  test('is address and instance name', () => {
    expect(formatClientId({ clientIp: '192.0.2.2', instanceName: 'a' })).toBe('192.0.2.2@a');
  });

  test('ends with the unit name unless that is blank', () => {
    expect(formatClientId({ clientIp: '192.0.2.2', instanceName: 'a', unitName: 'u' })).toBe('192.0.2.2@a@u');
    expect(formatClientId({ clientIp: '192.0.2.2', instanceName: 'a', unitName: ' ' })).toBe('192.0.2.2@a');
  });
});

describe('unique instance name', () => {
  test('is the pid and a number that nobody else has', () => {
    const names = Array.from({ length: 100 }, () => uniqueInstanceName());
    expect(new Set(names).size).toBe(100);
    for (const name of names) expect(name).toMatch(new RegExp(`^${process.pid}#\\d+$`));
  });
});
