import { checkConfig } from '../../../src/producer/config.js';
import { innerConfig } from '../../../src/producer/internal-producer-config.js';

test('keeps what is about the cluster, and nothing that is about messages of the application', () => {
  const config = checkConfig({
    nameServers: 'mq1:9876',
    group: 'group',
    namespace: 'space',
    namespaceV2: 'space2',
    streamRequestType: true,
    zone: 'near',
    logger: false,
    hooks: { checkForbidden: () => {} },
    trace: true,
    vipChannel: true,
    maxInFlight: 1,
    maxInFlightBytes: 1,
    attemptTimeoutMs: 1,
    warmUpTopics: ['a'],
    header: 'json',
    compress: { codec: 'lz4' },
    maxMessageBytes: 1000,
  });
  const inner = innerConfig(config);
  expect(inner).toMatchObject({
    nameServers: ['mq1:9876'],
    group: 'CLIENT_INNER_PRODUCER',
    namespaceV2: 'space2',
    streamRequestType: true,
    zone: { name: 'near', mode: 'true' },
    header: 'json',
    compress: { codec: 'lz4' },
    vipChannel: false,
    maxMessageBytes: 128_000,
    warmUpTopics: [],
  });
  for (const name of ['namespace', 'hooks', 'trace', 'maxInFlight', 'maxInFlightBytes', 'attemptTimeoutMs']) {
    expect(inner).not.toHaveProperty(name);
  }
});
