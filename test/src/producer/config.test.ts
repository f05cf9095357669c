import { expectTypeOf } from 'expect-type';
import { asyncScheduler, VirtualTimeScheduler } from 'rxjs';
import { AsyncContext } from '../../../src/callbacks/async-context.js';
import { neutralContext } from '../../../src/callbacks/neutral-context.js';
import { ConfigurationError, type RocketMQError } from '../../../src/errors/rocketmq-error.js';
import { type Logger, silentLogger } from '../../../src/observe/logger.js';
import type { Given, Option, OptionGroup } from '../../../src/options/check-options.js';
import { checkConfig, type ProducerConfig, producerOptions } from '../../../src/producer/config.js';
import { backgroundScheduler } from '../../../src/time/background-scheduler.js';

const minimal = { nameServers: '127.0.0.1:9876', group: 'orders' };

function errorOf(config: unknown): RocketMQError {
  try {
    checkConfig(config);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

let environment: string | undefined;
beforeEach(() => {
  environment = process.env['NAMESRV_ADDR'];
  delete process.env['NAMESRV_ADDR'];
});
afterEach(() => {
  delete process.env['NAMESRV_ADDR'];
  if (environment !== undefined) process.env['NAMESRV_ADDR'] = environment;
});

test('the type and the table describe the same options', () => {
  expectTypeOf<ProducerConfig>().branded.toEqualTypeOf<Given<typeof producerOptions>>();
});

test('a minimal configuration gets the defaults of the Java client', () => {
  const { logger, callerContext, ...config } = checkConfig(minimal);
  expect(callerContext).toBe(neutralContext);
  expect(config).toStrictEqual({
    nameServers: ['127.0.0.1:9876'],
    group: 'orders',
    instanceName: 'DEFAULT',
    unitMode: false,
    exclusiveInstanceName: false,
    streamRequestType: false,
    vipChannel: false,
    latencyFaultTolerance: false,
    sendTimeoutMs: 3000,
    retries: 2,
    retryAnotherBrokerWhenNotStoreOk: false,
    compress: { overBytes: 4096, codec: 'zlib', level: 5 },
    createTopicKey: 'TBW102',
    defaultTopicQueueNums: 4,
    maxMessageBytes: 4_194_304,
    warmUpTopics: [],
    routeRefreshMs: 30_000,
    heartbeatMs: 30_000,
    transactionChecks: { concurrency: 16, timeoutMs: 10_000, waiting: 2000 },
    scheduler: backgroundScheduler,
  });
  expect(logger).toEqual({
    debug: expect.any(Function),
    info: expect.any(Function),
    warn: expect.any(Function),
    error: expect.any(Function),
  });
});

test('what is given is taken as given, and the caller’s object is left alone', () => {
  const given: Required<ProducerConfig> = {
    nameServers: ['mq1:9876'],
    group: '%g|roup_-1',
    namespace: 'space',
    namespaceV2: 'space-2',
    instanceName: 'a#1',
    unitName: 'unit',
    unitMode: true,
    exclusiveInstanceName: true,
    streamRequestType: true,
    zone: { name: 'near', mode: true },
    clientIp: '::1',
    credentials: { accessKey: 'user', secretKey: 'secret' },
    tls: { servername: 'rocketmq.example' },
    socksProxy: { '10.0.0.0/8': { address: 'proxy:1080', username: 'u', password: 'p' } },
    sendTimeoutMs: 86_400_000,
    attemptTimeoutMs: 1,
    retries: 0,
    retryableCodes: [1, 2017],
    retryAnotherBrokerWhenNotStoreOk: true,
    compress: { overBytes: 1, codec: 'lz4', level: 9 },
    latencyFaultTolerance: { detector: true },
    createTopicKey: 'my_default',
    defaultTopicQueueNums: 1,
    maxMessageBytes: 1,
    vipChannel: true,
    hooks: { beforeSend: () => {} },
    trace: { topic: 'Traces', batch: 1 },
    header: 'binary',
    warmUpTopics: ['a', 'b'],
    mapBrokerAddress: (address) => address,
    routeRefreshMs: 100,
    heartbeatMs: 100_000,
    maxInFlight: 1,
    maxInFlightBytes: 1,
    checkTransaction: () => 'unknown',
    transactionChecks: { concurrency: 1, timeoutMs: 1, waiting: 1 },
    logger: { ...silentLogger },
    scheduler: new VirtualTimeScheduler(),
  };
  const before = { ...given };
  const config = checkConfig(Object.freeze(given));
  const called = expect.any(Function);
  expect({
    ...config,
    credentials: config.credentials?.open(),
    tls: config.tls?.open(),
    socksProxy: config.socksProxy?.open(),
  }).toEqual({
    ...given,
    zone: { name: 'near', mode: 'true' },
    // Called in the context of whoever configured them.
    logger: { debug: called, info: called, warn: called, error: called },
    mapBrokerAddress: called,
    callerContext: expect.any(AsyncContext),
  });
  expect(config.mapBrokerAddress?.('a')).toBe('a');
  expect(config.scheduler).toBe(given.scheduler);
  expect(given).toEqual(before);
  expect(Object.isFrozen(config)).toBe(true);
});

test('a name server may name the namespace, unless it is given', () => {
  const nameServers = 'http://MQ_INST_1_2.mq.example:80';
  expect(checkConfig({ ...minimal, nameServers })).toMatchObject({
    nameServers: ['MQ_INST_1_2.mq.example:80'],
    namespace: 'MQ_INST_1_2',
  });
  expect(checkConfig({ ...minimal, nameServers, namespace: 'mine' }).namespace).toBe('mine');
  expect(checkConfig(minimal)).not.toHaveProperty('namespace');
});

test.each([
  [{ namespace: 'a%b' }, /namespace is 'a%b'/],
  [{ namespace: 'n'.repeat(100), group: 'g'.repeat(20) }, /group is too long with the namespace/],
  [{ namespaceV2: 'a b' }, /namespaceV2 is 'a b'/],
  [{ zone: 'a b' }, /zone is 'a b', it must be a name/],
  [{ exclusiveInstanceName: true }, /exclusiveInstanceName needs an instanceName/],
  [{ latencyFaultTolerance: { detect: true } }, /latencyFaultTolerance is an object, it must be true, false or/],
  [{ vipChannel: 'yes' }, /vipChannel is 'yes', it must be true or false/],
])('%j is refused', (given, told) => {
  expect(() => checkConfig({ ...minimal, ...given })).toThrow(told);
});

test('false switches compression and the log off', () => {
  expect(checkConfig({ ...minimal, compress: false, logger: false })).toMatchObject({
    compress: false,
    logger: silentLogger,
  });
  expect(checkConfig({ ...minimal, compress: {} }).compress).toEqual({ overBytes: 4096, codec: 'zlib', level: 5 });
});

test('all problems are reported at once, before anything is started', () => {
  const error = errorOf({
    nameServers: 'mq1',
    group: '',
    sendTimout: 5,
    sendTimeoutMs: Number.NaN,
    retries: '5',
    compress: { level: 23 },
    logger: console.log,
    mapBrokerAddress: 'x',
    namesrvAddr: 'mq1:9876',
  });
  expect(error).toMatchObject({
    code: 'RMQ_CONFIG_INVALID',
    name: 'ConfigurationError',
    stored: 'no',
    retryable: false,
  });
  expect(error.detail).toEqual({
    sendTimout: 'is not an option, did you mean sendTimeoutMs?',
    namesrvAddr: 'is not an option, did you mean nameServers?',
    nameServers: expect.stringContaining("is 'mq1', it must be 'host:port'"),
    group: expect.stringContaining("is '', it must be 1 to 120 characters"),
    sendTimeoutMs: 'is NaN, it must be a whole number from 1 to 86400000',
    retries: "is '5', it must be a whole number from 0 to 100",
    'compress.level': 'is 23, it must be a whole number from 1 to 22',
    logger: expect.stringContaining('is a function, it must be false, or a logger'),
    mapBrokerAddress: "is 'x', it must be a function from address to address",
  });
  for (const [option, text] of Object.entries(error.detail)) expect(error.message).toContain(`${option} ${text}`);
});

const numbers = [
  'sendTimeoutMs',
  'attemptTimeoutMs',
  'retries',
  'defaultTopicQueueNums',
  'maxMessageBytes',
  'routeRefreshMs',
  'heartbeatMs',
  'maxInFlight',
  'maxInFlightBytes',
];
test.each(numbers)('%s is a whole number with finite limits', (name) => {
  for (const given of [Number.NaN, Infinity, -Infinity, -1, 0.5, '5', 2 ** 31, 2 ** 53, 1n, null, true, {}, [5]]) {
    expect(Object.keys(errorOf({ ...minimal, [name]: given }).detail)).toContain(name);
  }
});

test('every option with a number has a finite range', () => {
  const options: readonly (Option<unknown> | OptionGroup)[] = Object.values(producerOptions);
  const members = options
    .flatMap((option): readonly (Option<unknown> | OptionGroup)[] =>
      'members' in option ? Object.values(option.members) : [option],
    )
    .filter((option): option is Option<unknown> => 'kind' in option);
  const numeric = members.filter(({ kind }) => kind.accepts(100) || kind.accepts(5));
  // Beside those of compression (2) and of transactions (3), which have tests of their own.
  expect(numeric.length).toBe(numbers.length + 5);
  for (const { kind } of numeric)
    expect([kind.accepts(2 ** 31), kind.accepts(Infinity), kind.accepts(-1)]).toEqual([false, false, false]);
});

test('one attempt may not have more time than all of them', () => {
  expect(errorOf({ ...minimal, attemptTimeoutMs: 3001 }).detail).toEqual({
    attemptTimeoutMs: 'is 3001, more than the 3000 of sendTimeoutMs for all attempts',
  });
  expect(errorOf({ ...minimal, sendTimeoutMs: 99, attemptTimeoutMs: 100 }).code).toBe('RMQ_CONFIG_INVALID');
  expect(checkConfig({ ...minimal, sendTimeoutMs: 100, attemptTimeoutMs: 100 }).attemptTimeoutMs).toBe(100);
});

describe('the group', () => {
  test.each([['a'], ['%retry|x_-9'], ['x'.repeat(120)], ['CLIENT_INNER_PRODUCER']])('%s is allowed', (group) => {
    expect(checkConfig({ ...minimal, group }).group).toBe(group);
  });

  test.each([[''], [' '], ['a b'], ['x'.repeat(121)], ['größe'], ['a\n'], ['DEFAULT_PRODUCER'], [7], [null]])(
    '%p is refused',
    (group) => {
      expect(Object.keys(errorOf({ ...minimal, group }).detail)).toEqual(['group']);
    },
  );

  test('is required', () => {
    expect(errorOf({ nameServers: 'a:1' }).detail).toEqual({
      group: expect.stringMatching(/^is missing, it must be 1 to 120/),
    });
  });
});

describe('name servers', () => {
  test.each<[string | readonly string[], readonly string[]]>([
    ['mq1:9876', ['mq1:9876']],
    ['mq1:9876;mq2:9876', ['mq1:9876', 'mq2:9876']],
    [' mq1:9876 ; mq2:9876;', ['mq1:9876', 'mq2:9876']],
    ['mq1:9876;mq1:9876', ['mq1:9876']],
    [
      ['mq1:9876', '10.0.0.1:1;[::1]:65535'],
      ['mq1:9876', '10.0.0.1:1', '[::1]:65535'],
    ],
    ['http://mq.example.com:80', ['mq.example.com:80']],
  ])('%p is understood', (nameServers, addresses) => {
    expect(checkConfig({ ...minimal, nameServers }).nameServers).toEqual(addresses);
  });

  test.each([
    ['mq1'],
    ['mq1:'],
    [':9876'],
    ['mq1:0'],
    ['mq1:65536'],
    ['mq1:1e3'],
    ['mq1:-1'],
    ['::1:9876'],
    ['[::1]'],
    ['[mq1]:9876'],
    ['a:1:2'],
    ['a b:1'],
    ['user@host:1'],
    [''],
    [';'],
    ['mq1:9876,mq2:9876'],
    [['']],
    [['a:1', 7]],
    [7],
    [null],
    [{}],
  ])('%p is refused', (nameServers) => {
    process.env['NAMESRV_ADDR'] = 'not-used:9876';
    expect(Object.keys(errorOf({ ...minimal, nameServers }).detail)).toEqual(['nameServers']);
  });

  test('come from NAMESRV_ADDR when they are not given', () => {
    process.env['NAMESRV_ADDR'] = 'env1:9876;env2:9876';
    expect(checkConfig({ group: 'g' }).nameServers).toEqual(['env1:9876', 'env2:9876']);
    expect(checkConfig({ group: 'g', nameServers: undefined }).nameServers).toEqual(['env1:9876', 'env2:9876']);
    expect(checkConfig({ group: 'g', nameServers: 'given:1' }).nameServers).toEqual(['given:1']);
  });

  test('a bad NAMESRV_ADDR is named as what it is', () => {
    process.env['NAMESRV_ADDR'] = 'nonsense';
    expect(errorOf({ group: 'g' }).detail).toEqual({
      NAMESRV_ADDR: expect.stringContaining("in the environment is 'nonsense'"),
    });
  });

  test('when there are none at all, the error says what to set', () => {
    const error = errorOf({ group: 'g' });
    expect(error.code).toBe('RMQ_NAME_SERVER_MISSING');
    expect(error.advice).toContain('NAMESRV_ADDR');
    expect(errorOf({ group: '' })).toMatchObject({
      code: 'RMQ_CONFIG_INVALID',
      detail: { group: expect.anything(), nameServers: expect.anything() },
    });
  });
});

test.each<[string, readonly unknown[]]>([
  ['instanceName', ['', ' ', 'a b', 'a@b', 'a\nb', 'x'.repeat(256), 5]],
  ['unitName', ['', 'a@b', 5]],
  ['clientIp', ['', 'localhost', '127.0.0.1:80', '1.2.3', 5]],
  ['createTopicKey', ['', 'a b', 'x'.repeat(128), 5]],
  ['warmUpTopics', ['a', [''], ['a', 'b c'], [5], {}]],
  ['retryableCodes', [1, ['1'], [0], [Number.NaN], {}]],
  ['compress', [true, 5, 'zlib', [], null, { codec: 'gzip' }, { overBytes: 0 }, { level: 0 }]],
  ['header', ['JSON', '', 1, null]],
  ['mapBrokerAddress', ['x', {}, null]],
  ['logger', [true, {}, null, { debug: () => 1, info: () => 1, warn: () => 1 }]],
  ['scheduler', ['x', {}, null, { now: () => 1 }]],
])('%s refuses what it cannot work with', (name, values) => {
  for (const given of values) expect(errorOf({ ...minimal, [name]: given }).message).toContain(name);
});

test('a logger and a scheduler are known by their methods, whoever made them', () => {
  class Console implements Logger {
    debug(): void {}
    info(): void {}
    warn(): void {}
    error(): void {}
  }
  const logger = new Console();
  expect(checkConfig({ ...minimal, logger, scheduler: asyncScheduler })).toMatchObject({
    logger,
    scheduler: asyncScheduler,
  });
});

test.each([[null], [undefined], ['orders'], [[]], [() => minimal]])('%p is no configuration', (config) => {
  expect(errorOf(config).message).toContain('it is');
});

describe('name servers that are discovered', () => {
  const environment = { ...process.env };
  beforeEach(() => {
    delete process.env['NAMESRV_ADDR'];
    delete process.env['ROCKETMQ_NAMESRV_DOMAIN'];
    delete process.env['ROCKETMQ_NAMESRV_DOMAIN_SUBGROUP'];
  });
  afterAll(() => {
    process.env = environment;
  });

  test.each([
    [{ domain: 'web' }, {}, { domain: 'web' }],
    [{ domain: 'web:80', subgroup: 'sub' }, { NAMESRV_ADDR: 'ns:1' }, { domain: 'web:80', subgroup: 'sub' }],
    [undefined, { ROCKETMQ_NAMESRV_DOMAIN: 'web' }, { domain: 'web' }],
    [
      undefined,
      { ROCKETMQ_NAMESRV_DOMAIN: 'web', ROCKETMQ_NAMESRV_DOMAIN_SUBGROUP: 'sub' },
      { domain: 'web', subgroup: 'sub' },
    ],
  ])('given %j, in an environment of %j, are asked for at %j', (nameServers, env, discovery) => {
    Object.assign(process.env, env);
    const config = checkConfig({ group: 'g', ...(nameServers && { nameServers }) });
    expect(config).toMatchObject({ nameServers: [], discovery });
  });

  test.each([
    ['ns:1', {}],
    [undefined, { NAMESRV_ADDR: 'ns:1' }],
  ])('given %j, in an environment of %j, are not looked for', (nameServers, env) => {
    Object.assign(process.env, { ROCKETMQ_NAMESRV_DOMAIN: 'web', ...env });
    const config = checkConfig({ group: 'g', ...(nameServers !== undefined && { nameServers }) });
    expect(config).toMatchObject({ nameServers: ['ns:1'] });
    expect(config.discovery).toBeUndefined();
  });

  test('have no place of their own: without any word of one, there are none', () => {
    expect(() => checkConfig({ group: 'g' })).toThrow(expect.objectContaining({ code: 'RMQ_NAME_SERVER_MISSING' }));
  });

  test.each([{ domain: '' }, { domain: 'a/b' }, { domain: 'a', subgroup: 'x y' }, { domain: 'a', port: 1 }, {}])(
    'cannot be at %j',
    (nameServers) => {
      expect(() => checkConfig({ group: 'g', nameServers })).toThrow(/nameServers is an object, it must be/);
    },
  );

  test('cannot be at a place of the environment that makes no sense', () => {
    process.env['ROCKETMQ_NAMESRV_DOMAIN'] = 'http://web';
    expect(() => checkConfig({ group: 'g' })).toThrow(/ROCKETMQ_NAMESRV_DOMAIN in the environment is 'http:\/\/web'/);
  });
});
