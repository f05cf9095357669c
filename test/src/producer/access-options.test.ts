import { inspect } from 'node:util';
import { createProducer } from '../../../src/create-producer.js';
import { checkConfig } from '../../../src/producer/config.js';
import { silentLogger } from '../../../src/observe/logger.js';

const minimal = { nameServers: '127.0.0.1:9876', group: 'orders', logger: silentLogger };

const errorOf = (config: object): Error => {
  try {
    checkConfig({ ...minimal, ...config });
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it was taken');
};

test.each([
  [{ accessKey: 'canary-key', secretKey: '' }, 'credentials have a problem: secretKey is empty'],
  [{ accessKey: 'canary-key' }, 'credentials have a problem: secretKey is missing'],
  ['canary-key:canary-secret', 'credentials is a string, it must be an object with accessKey'],
  [['canary-key', 'canary-secret'], 'credentials is an array, it must be an object with accessKey'],
  [12345, 'credentials is a number'],
  [null, 'credentials is null'],
])('credentials that cannot be used are refused without being shown (%#)', (credentials, told) => {
  const error = errorOf({ credentials });
  expect(error).toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
  expect(error.message).toContain(told);
  expect(`${error.message} ${inspect(error)} ${JSON.stringify(error)}`).not.toMatch(/canary|12345/);
});

test('neither the checked configuration nor the producer shows credentials', () => {
  const config = {
    ...minimal,
    credentials: { accessKey: 'canary-key', secretKey: 'canary-secret', securityToken: 'canary-token' },
  };
  const producer = createProducer(config);
  const shown = [producer, checkConfig(config)].flatMap((one) => [
    inspect(one, { depth: null, showHidden: true }),
    JSON.stringify(one, (_key, value: unknown) => (typeof value === 'function' ? undefined : value)),
  ]);
  expect(shown.filter((text) => text?.includes('canary'))).toEqual([]);
});

test('a function is taken as it is, and not called', () => {
  const credentials = jest.fn(() => ({ accessKey: 'a', secretKey: 's' }));
  expect(checkConfig({ ...minimal, credentials }).credentials?.open()).toBe(credentials);
  expect(credentials).not.toHaveBeenCalled();
});
