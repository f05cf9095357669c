import { formatClientId, uniqueInstanceName } from '../../../src/ids/client-id.js';

describe('client id', () => {
  test('is address and instance name', () => {
    expect(formatClientId({ clientIp: '192.0.2.2', instanceName: 'a' })).toBe('192.0.2.2@a');
  });

  test('tells clients of streams by its end', () => {
    const parts = { clientIp: '192.0.2.2', instanceName: 'a', isStream: true };
    expect(formatClientId(parts)).toBe('192.0.2.2@a@STREAM');
    expect(formatClientId({ ...parts, unitName: 'u' })).toBe('192.0.2.2@a@u@STREAM');
  });

  test('has the unit name behind it unless that is blank', () => {
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
