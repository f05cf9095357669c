import os from 'node:os';
import { Sealed } from '../../../src/access/sealed.js';
import * as registry from '../../../src/client/client-registry.js';
import type { ClientInstance } from '../../../src/client/client-instance.js';
import type { TlsGiven } from '../../../src/connection/tls-dial.js';
import { type Logger, silentLogger } from '../../../src/observe/logger.js';
import { SampleCluster } from './sample-cluster.js';

type Registry = typeof registry;

const TRUSTS_ALL = 'trusts every server (tls.rejectUnauthorized: false)';

const { acquireClientInstance } = registry;
const cluster = new SampleCluster();
const acquired: ClientInstance[] = [];

function acquire(...given: Parameters<SampleCluster['config']>): ClientInstance {
  const instance = acquireClientInstance(cluster.config(...given));
  acquired.push(instance);
  return instance;
}

afterEach(async () => {
  await Promise.all(acquired.splice(0).map((instance) => instance.release()));
});

describe('client registry', () => {
  test('gives producers of one client id one instance', () => {
    const instance = acquire();
    expect(instance.clientId).toBe('192.0.2.2@test');
    expect(acquire()).toBe(instance);
  });

  test.each([{ instanceName: 'other' }, { clientIp: '192.0.2.3' }, { unitName: 'unit' }, { streamRequestType: true }])(
    'gives another client id another instance: %j',
    (given) => {
      expect(acquire(given)).not.toBe(acquire());
    },
  );

  test.each([{ instanceName: 'DEFAULT' }, { instanceName: undefined }])(
    'shares nothing without a name: %j',
    (given) => {
      const [one, other] = [acquire(given), acquire(given)];
      expect(one).not.toBe(other);
      expect(one.clientId).toMatch(new RegExp(`^192\\.0\\.2\\.2@${process.pid}#\\d+$`));
      expect(one.clientId).not.toBe(other.clientId);
    },
  );

  test('finds an address of this machine when none is given', () => {
    expect(acquire({ clientIp: undefined }).clientId).toMatch(/^.+@test$/);
  });

  test('says at debug, once for each instance, that no address of this machine can be read', async () => {
    const look = jest.spyOn(os, 'networkInterfaces').mockImplementation(() => {
      throw new Error('Unknown system error 13');
    });
    const debug = jest.fn<undefined, unknown[]>();
    const given = { clientIp: undefined, logger: { ...silentLogger, debug } };
    const [one, other] = [acquire(given), acquire(given)];
    look.mockRestore();
    expect(other).toBe(one);
    expect(one.clientId).toMatch(/^240\.\d+\.\d+\.\d+@test$/);
    expect(debug.mock.calls).toEqual([
      [
        { clientId: one.clientId, reason: 'Error: Unknown system error 13' },
        'no address of this machine can be read: a random one is used',
      ],
    ]);
  });

  test('makes a new instance after the last user has gone', async () => {
    const instance = acquireClientInstance(cluster.config());
    acquireClientInstance(cluster.config());
    await instance.release();
    const third = acquireClientInstance(cluster.config());
    expect(third).toBe(instance);
    await third.release();
    const ending = instance.release();
    expect(acquire()).not.toBe(instance);
    await ending;
  });

  test('lets the first configuration win, and says so when the other one has other name servers too', () => {
    const warnings: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (o) => void warnings.push(o) };
    const instance = acquire({ nameServers: ['a:9876', 'b:9876'] });
    acquire({ nameServers: ['b:9876', 'a:9876'], logger });
    expect(warnings).toEqual([]);
    acquire({ nameServers: ['c:9876', 'b:9876'], logger });
    acquire({ nameServers: [], discovery: { domain: 'web' }, logger });
    expect(warnings).toHaveLength(2);
    expect(instance.cluster).toBe('a:9876;b:9876');
  });

  test.each([
    [{ nameServers: ['a:1', 'b:1'] }, { nameServers: ['c:1'] }, 'is of the name servers a:1;b:1, not c:1'],
    [
      { nameServers: [], discovery: { domain: 'web' } },
      { nameServers: [], discovery: { domain: 'web', subgroup: 'other' } },
      'is of the name servers http://web:8080/rocketmq/nsaddr, not http://web:8080/rocketmq/other',
    ],
    [{}, { tls: new Sealed({ ca: 'canary' }) }, 'speaks plain text, not TLS'],
    [{ tls: new Sealed<TlsGiven>({ rejectUnauthorized: false }) }, { tls: new Sealed<TlsGiven>(true) }, TRUSTS_ALL],
    [
      { tls: new Sealed<TlsGiven>({ rejectUnauthorized: false }) },
      { tls: new Sealed<TlsGiven>({ ca: 'canary' }) },
      TRUSTS_ALL,
    ],
    [
      { tls: new Sealed<TlsGiven>(() => ({ rejectUnauthorized: false })) },
      { tls: new Sealed<TlsGiven>(() => ({ ca: 'canary' })) },
      TRUSTS_ALL,
    ],
    [{ namespaceV2: 'one' }, {}, 'has the namespaceV2 one, not (none)'],
  ])('refuses who would be led astray: first %j, then %j', async (first, other, why) => {
    const instance = acquire(first);
    expect(() => acquire(other)).toThrow(
      expect.objectContaining({
        code: 'RMQ_CONFIG_INVALID',
        message: `the client instance 192.0.2.2@test ${why}; another instanceName makes another instance`,
        detail: { clientId: '192.0.2.2@test' },
      }),
    );
    expect(acquire({ ...other, instanceName: 'other' })).not.toBe(instance);
  });

  test('says so when producers that share an instance are different users', () => {
    const warnings: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (o) => void warnings.push(o) };
    const credentialsOf = (secretKey: string) => new Sealed({ accessKey: 'user', secretKey });
    acquire({ credentials: credentialsOf('one') });
    acquire({ credentials: credentialsOf('one'), logger });
    expect(warnings).toEqual([]);
    acquire({ credentials: credentialsOf('canary'), logger });
    acquire({ logger });
    expect(warnings).toEqual([{ clientId: '192.0.2.2@test' }, { clientId: '192.0.2.2@test' }]);
  });

  test('says so when producers that share an instance would reach servers in other ways, without telling secrets', () => {
    const warnings: [object, string | undefined][] = [];
    const logger: Logger = { ...silentLogger, warn: (o, text) => void warnings.push([o, text]) };
    const proxies = (password: string) =>
      new Sealed({ '0.0.0.0/0': { address: 'proxy:1080', username: 'user', password } });
    const first = { tls: new Sealed({ ca: 'canary' }), socksProxy: proxies('canary') };
    const told = (option: string) => [
      { clientId: '192.0.2.2@test' },
      `a client instance is shared by producers with different ${option}`,
    ];
    acquire(first);
    acquire({ tls: new Sealed({ ca: 'canary' }), socksProxy: proxies('canary'), logger });
    expect(warnings).toEqual([]);
    acquire({ ...first, tls: new Sealed(true), logger });
    acquire({ ...first, socksProxy: proxies('another'), logger });
    acquire({ logger });
    expect(warnings).toEqual([told('tls'), told('socksProxy'), told('tls'), told('socksProxy')]);
  });

  test('is shared by all copies of this library in the process', () => {
    const instance = acquire();
    jest.isolateModules(() => {
      const copy = jest.requireActual<Registry>('../../../src/client/client-registry.js');
      expect(copy.acquireClientInstance).not.toBe(acquireClientInstance);
      const found = copy.acquireClientInstance(cluster.config());
      acquired.push(found);
      expect(found).toBe(instance);
    });
  });
});
