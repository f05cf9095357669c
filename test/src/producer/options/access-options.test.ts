import { inspect } from 'node:util';
import { createProducer } from '../../../../src/create-producer.js';
import { checkConfig } from '../../../../src/producer/config.js';
import { silentLogger } from '../../../../src/observe/logger.js';

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

test.each([
  [{ tls: 'canary' }, 'tls is a string, it must be true or false, or an object'],
  [{ tls: { cert: 'canary' } }, 'tls cannot be used: '],
  [{ tls: { key: 'canary-key', cert: 'canary' } }, 'tls cannot be used: '],
  [{ tls: { cert: 'canary.pem' } }, 'cert and key take texts in PEM form, not names of files'],
  [{ tls: { ca: 'canary.pem' } }, 'tls cannot be used: ca has something else than certificates in PEM form'],
  [{ socksProxy: 'user:canary@proxy' }, "socksProxy is a string, it must be 'host:port'"],
  [{ socksProxy: { '10.0.0.0/8': 'canary:1' } }, 'socksProxy has a problem with 10.0.0.0/8: it must be an object'],
  [{ socksProxy: { '10.0.0.0/8': { address: 'canary' } } }, "its address must be 'host:port'"],
  [{ socksProxy: { '10.0.0.0/8': { address: 'p:1', username: 'canary' } } }, 'both username and password'],
  [
    { socksProxy: { '10.0.0.0/8': { address: 'p:1', username: 'u', password: 'canary'.repeat(50) } } },
    '1 to 255 bytes',
  ],
  [{ socksProxy: { '10.0.0.0/8': { address: 'p:1', user: 'canary' } } }, 'has other members than'],
  [{ socksProxy: { 'canary:1080': { address: 'p:1' } } }, 'has a name that is no network'],
])('TLS and proxies that cannot be used are refused without being shown (%#)', (config, told) => {
  const error = errorOf(config);
  expect(error).toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
  expect(error.message).toContain(told);
  expect(`${error.message} ${inspect(error)} ${JSON.stringify(error)}`).not.toMatch(/canary/);
});

test('tls: false is the same as no tls', () => {
  expect(checkConfig({ ...minimal, tls: false })).not.toHaveProperty('tls');
  expect(checkConfig({ ...minimal, tls: true }).tls?.open()).toBe(true);
});

test('neither the checked configuration nor the producer shows keys and passwords', () => {
  const secrets = {
    tls: { passphrase: 'canary-phrase' },
    socksProxy: { '0.0.0.0/0': { address: 'p:1', username: 'u', password: 'canary' } },
  };
  for (const one of [createProducer({ ...minimal, ...secrets }), checkConfig({ ...minimal, ...secrets })]) {
    expect(inspect(one, { depth: null, showHidden: true })).not.toContain('canary');
  }
});
