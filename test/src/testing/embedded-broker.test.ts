import { RequestCode } from '../../../src/protocol/request-codes.js';
import { type Broker, createBroker } from '../../../src/testing/embedded-broker.js';
import { NameServerState } from '../../../src/testing/name-server-state.js';
import { serverRelease } from '../../../src/testing/server-release.js';
import { RawClient, sendFields } from './raw-client.js';

const release = serverRelease('5.5.0');
let nameServer: NameServerState;
let broker: Broker;
beforeEach(async () => {
  nameServer = new NameServerState(release);
  const limits = {
    defaultTopicQueues: 8,
    maxMessageBytes: 4_194_304,
    storeBodies: true,
    hasVipChannel: false,
    recallsMessages: false,
    keepsLightQueues: false,
  };
  broker = createBroker({ name: 'broker-a', release, nameServer, ...limits });
  await broker.server.restart();
});
afterEach(() => broker.server.kill());

test('it is registered while it lives', async () => {
  expect(Array.from(nameServer.brokers, ({ name, address }) => [name, address])).toEqual([
    ['broker-a', broker.server.address],
  ]);
  await broker.server.kill();
  expect([...nameServer.brokers]).toEqual([]);
  await broker.server.restart();
  await broker.server.kill({ staysInRoutes: true });
  expect([...nameServer.brokers]).toHaveLength(1);
});

test('message ids name its address', async () => {
  const client = await RawClient.connect(broker.server.address);
  const { fields } = await client.request('SEND_MESSAGE_V2', { fields: sendFields(), body: Buffer.from('body') });
  await client.close();
  const port = broker.server.port.toString(16).toUpperCase().padStart(8, '0');
  expect(fields.get('msgId')).toBe(`7F000001${port}0000000000000000`);
  expect(broker.state.store.count('topic')).toBe(1);
});

test('it has a handler for these requests, and refuses all others', async () => {
  const client = await RawClient.connect(broker.server.address);
  const answers = await Promise.all(Object.values(RequestCode).map((code) => client.request(code)));
  const refused = Object.keys(RequestCode).filter((_, i) => answers[i]?.code === 3);
  await client.close();
  const handled = ['SEND_MESSAGE', 'SEND_MESSAGE_V2', 'SEND_BATCH_MESSAGE', 'PULL_MESSAGE', 'GET_MAX_OFFSET'];
  const rest = ['GET_MIN_OFFSET', 'HEART_BEAT', 'UNREGISTER_CLIENT', 'END_TRANSACTION'];
  const queries = ['SEARCH_OFFSET_BY_TIMESTAMP', 'GET_EARLIEST_MSG_STORETIME', 'QUERY_MESSAGE', 'VIEW_MESSAGE_BY_ID'];
  const others = ['SEND_REPLY_MESSAGE', 'SEND_REPLY_MESSAGE_V2', 'RECALL_MESSAGE', 'UPDATE_AND_CREATE_TOPIC'];
  expect(
    Object.keys(RequestCode)
      .filter((name) => !refused.includes(name))
      .toSorted(),
  ).toEqual([...handled, ...rest, ...queries, ...others].toSorted());
});
