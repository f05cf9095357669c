import { nearestName } from '../../../src/options/nearest-name.js';

const names = ['nameServers', 'group', 'sendTimeoutMs', 'attemptTimeoutMs', 'retries'];

test.each([
  ['nameserver', 'nameServers'],
  ['NAMESERVERS', 'nameServers'],
  ['sendTimeout', 'sendTimeoutMs'],
  ['attemptTimeout', 'attemptTimeoutMs'],
  ['gruop', 'group'],
  ['retry', 'retries'],
])('%s means %s', (mistyped, meant) => {
  expect(nearestName(mistyped, names)).toBe(meant);
});

test('a name that is close to none means none', () => {
  for (const stranger of ['', 'x', 'secretKey', 'compressLevelOfBodies', 'x'.repeat(100)]) {
    expect(nearestName(stranger, names)).toBeUndefined();
  }
});

test('the nearest of several close names is the one', () => {
  expect(nearestName('sendTimeoutMs', ['sendTimeoutM', 'sendTimeoutMs', 'sendTimeout'])).toBe('sendTimeoutMs');
});
