import { environmentVariable } from '../../../src/ids/environment.js';

const { env } = process;
afterEach(() => {
  process.env = env;
});

test.each([
  ['what is set', { RMQ_TEST: 'value' }, 'value'],
  ['nothing for what is not set', {}, ''],
])('is %s', (_what, given, value) => {
  process.env = given;
  expect(environmentVariable('RMQ_TEST')).toBe(value);
});

test('is nothing where it must not be read', () => {
  const forbidden = (): never => {
    throw new Error('Requires env access');
  };
  process.env = new Proxy({}, { get: forbidden, has: forbidden });
  expect(environmentVariable('RMQ_TEST')).toBe('');
});
