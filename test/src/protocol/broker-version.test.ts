import { BrokerVersion, releaseName } from '../../../src/protocol/broker-version.js';

test.each([
  [213, '4.0.0'],
  [407, '4.9.7'],
  [413, '5.0.0'],
  [477, '5.3.2'],
  [513, '5.5.0'],
])('version %d is %s', (version, name) => {
  expect(releaseName(version)).toBe(name);
});

test('a version from before the formula is told as it is', () => {
  expect(releaseName(121)).toBe('version 121');
});

test('the names of the table are the releases they stand for', () => {
  const named = Object.entries(BrokerVersion).map(([name, version]) => [name, `V${releaseName(version)}`]);
  expect(named).toEqual(Object.keys(BrokerVersion).map((name) => [name, name.replaceAll('_', '.')]));
});
